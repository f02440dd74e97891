import Core
import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@Suite("Programs beside the app, over ssh", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct RunStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    static let verbs = ["run story-run", "enter story-run web"]

    @Test(arguments: verbs)
    func `without a terminal bytes, streams and exit codes pass unharmed`(_ verb: String) async throws {
        try await sandbox.withApp("story-run") { _ in
            let megabyte = (0..<(1 << 20)).map { _ in UInt8.random(in: .min ... .max) }
            let echoed = try await sandbox.ssh([verb, "cat"], input: megabyte).succeeded("cat")
            #expect(echoed.bytes == megabyte)
            let counted = try await sandbox.ssh([verb, "wc", "-c"], input: megabyte).succeeded("wc")
            #expect(counted.answer == "1048576", "the program sees the end of its input")
            let split = try await sandbox.ssh(["\(verb) sh -c 'echo out; echo err >&2; exit 42'"])
            #expect(split.out == "out\n", "\(split)")
            #expect(split.err.contains("err\n") && !split.err.contains("out\n"), "\(split)")
            #expect(split.status == 42)
        }
    }

    @Test(arguments: verbs)
    func `with a terminal the size, Ctrl-C and the exit code pass`(_ verb: String) async throws {
        try await sandbox.withApp("story-run") { _ in
            // Engines before API 1.42 give a terminal its size a moment after the program's first.
            let size = try await terminal("\(verb) sh -c 'until stty size 2>/dev/null | grep .; do :; done'")
            #expect(size.out.contains("40 100"), "\(size)")
            let loop = "trap \"echo caught; exit 9\" INT; echo started; while :; do sleep 0.1; done"
            let stopped = try await terminal("\(verb) sh -c '\(loop)'", typing: "\u{3}", after: "started")
            #expect(stopped.out.contains("caught"), "\(stopped)")
            #expect(stopped.status == 9)
        }
    }

    @Test func `a program that ran leaves no container`() async throws {
        let app = "story-run"
        try await sandbox.withApp(app) { _ in
            #expect(try await sandbox.ssh("run", app, "true").status == 0)
            #expect(try await sandbox.ssh("run", app, "nosuchprogram").status == 127)
            try await sandbox.settle(app, to: 1)
            let refused = try await sandbox.ssh("run", "story-nowhere", "true")
            #expect(refused.status == 20)
        }
    }

    @Test(arguments: verbs)
    func `a program whose person is gone is ended`(_ verb: String) async throws {
        let app = "story-run"
        try await sandbox.withApp(app) { _ in
            let marker = "\(Int.random(in: 100_000..<1_000_000))"
            let ssh = sandbox.sshProgram(["\(verb) sh -c 'echo started; exec sleep \(marker)'"])
            await #expect(throws: Left.self, "the connection is cut as soon as it runs") {
                _ = try await Programs.live.stream(ssh) { _ in throw Left() }
            }
            try await eventually("nothing sleeps on in \(app)", within: .seconds(10)) {
                try !runs(["sleep", marker])
            }
            try await sandbox.settle(app, to: 1)
        }
    }

    private struct Left: Error {}

    /// Runs a command over `ssh -t` from a terminal of 40 rows and 100 columns, typing once some words have been shown.
    private func terminal(_ command: String, typing: String = "", after words: String = "") async throws -> Finished {
        let folder = FilePath(FileManager.default.temporaryDirectory.path)
            .appending("slipway-terminal-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        let ssh = sandbox.sshProgram([command], terminal: true)
        let line = ([ssh.path.string] + ssh.arguments).map(ShellWords.quote).joined(separator: " ")
        let inside = "stty rows 40 cols 100; exec \(line)"
        let typist = "until grep -q '\(words)' seen; do sleep 0.1; done; printf '\(typing)'; sleep 60"
        let outside = """
            : >seen; mkfifo keys; (\(typist)) >keys & typist=$!
            script -qefc \(ShellWords.quote(inside)) seen <keys; status=$?
            kill $typist; exit $status
            """
        return try await .run(Program("/bin/sh", ["-c", outside], directory: folder))
    }
}
