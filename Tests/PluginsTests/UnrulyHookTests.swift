import Core
import Plugins
import Programs
import Support
import SystemPackage
import Testing

/// Hooks that do what they should not: what fired them ends as the page of plugins says, and nothing is left over.
@Suite(.timeLimit(.minutes(2))) struct UnrulyHookTests {
    let folder: TemporaryFolder
    let said = Said()

    init() throws {
        folder = try TemporaryFolder()
        // As the product does: who does not read what he is given must not end us.
        ignorePipeSignals()
    }

    @Test func `a flood of 100 MB is cut to so many lines, and the hook is heard to its end`() async throws {
        let line = String(repeating: "x", count: 99)
        try plugin("flood", "post-stop", "yes \(line) | head -n 1000000; echo last >&2; exit 3")
        let error = await #expect(throws: PluginError.self) {
            try await triggers().fire(.postStop, ["shop"], say: said.take)
        }
        #expect(said.lines.count == 2001)
        #expect(said.lines.last == "flood|(more than 2000 lines: the rest is left out)")
        guard case .refused(_, _, .exited(3), let words) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words.last == "last")
    }

    @Test func `a flood without line ends costs no memory, and an answer of more than 1 MiB is none`() async throws {
        try plugin("flat", "post-stop", "head -c 20000000 /dev/zero | tr '\\0' x")
        try await triggers().fire(.postStop, ["shop"], say: said.take)
        #expect(said.lines.allSatisfy { $0.utf8.count < 9000 })
        try plugin("wordy", "app-urls", "head -c 2000000 /dev/zero | tr '\\0' x; sleep 300")
        await #expect(
            throws: PluginError.saidTooMuch(plugin: "wordy", trigger: .appURLs, limit: 1 << 20)
        ) { try await triggers().fire(.appURLs, ["shop", "urls"], say: said.take) }
    }

    @Test func `what a hook forks ends with it, and what begins a session of its own lives on`() async throws {
        let (inside, outside) = (folder.path.appending("inside"), folder.path.appending("outside"))
        try plugin(
            "forks",
            "post-stop",
            """
            sleep 300 & echo $! >\(inside)
            setsid sh -c 'echo $$ >\(outside); exec sleep 300' >/dev/null 2>&1 </dev/null &
            while ! [ -s \(outside) ]; do :; done
            """
        )
        try await triggers().fire(.postStop, ["shop"], say: said.take)
        let child = try #require(Int32(try text(of: inside).trimmed))
        try await eventually("the child of the hook is gone") { !isRunning(child) }
        let other = try #require(Int32(try text(of: outside).trimmed))
        #expect(isRunning(other))
        end(other)
    }

    @Test func `words that are no text are shown as far as they are`() async throws {
        try plugin("odd", "post-stop", #"printf 'good \377\376 bad\n\n\033]0;title\007end'"#)
        try await triggers().fire(.postStop, ["shop"], say: said.take)
        #expect(said.lines.first?.hasPrefix("odd|good ") == true)
        #expect(said.lines.allSatisfy { line in line.unicodeScalars.allSatisfy { $0.value >= 32 } })
        #expect(said.lines.last?.hasSuffix("end") == true)
    }

    @Test func `a hook that leaves a large input unread, and one that waits for more, come to their ends`() async throws
    {
        try plugin("deaf", "post-stop", "exit 0")
        try plugin("keen", "post-stop", "cat | wc -c")
        let input = [UInt8](repeating: UInt8(ascii: "a"), count: 4 << 20)
        try await triggers().fire(.postStop, ["shop"], input: input, say: said.take)
        #expect(said.lines.map { $0.filter { $0 != " " } } == ["keen|\(4 << 20)"])
    }

    @Test func `a plugin that is removed while its hook runs is heard to its end`() async throws {
        try plugin("gone", "post-stop", "rm -rf \(folder.path)/plugins/gone; echo still here")
        try plugin("next", "post-stop", "echo next")
        try await triggers().fire(.postStop, ["shop"], say: said.take)
        #expect(said.lines == ["gone|still here", "next|next"])
    }

    @Test func `a hook that another one has removed is no hook any more`() async throws {
        try plugin("a", "pre-start", "rm -f \(folder.path)/plugins/b/hooks/pre-start")
        try plugin("b", "pre-start", "echo never")
        try await triggers().fire(.preStart, ["shop"], say: said.take)
        #expect(said.lines.isEmpty)
    }

    private func plugin(_ name: String, _ trigger: String, _ body: String) throws {
        try folder.write("plugins/\(name)/plugin.toml", "[plugin]\ndescription = \"a test\"\nversion = \"1\"\n")
        try folder.write("plugins/\(name)/hooks/\(trigger)", "#!/bin/sh\n\(body)\n", mode: 0o755)
    }

    private func triggers() -> Triggers {
        Triggers(
            in: [folder.path.appending("plugins")],
            programs: .live,
            environment: HookEnvironment(root: folder.path, binary: "/usr/bin/true", caller: "ana"),
            limit: .seconds(60)
        )
    }
}
