import Core
import Programs
import Support
import SystemPackage
import Testing

/// What becomes of programs when the one who waits goes away.
@Suite(.timeLimit(.minutes(1))) struct EndingTests {
    let programs = Programs.live
    let folder: TemporaryFolder
    var marker: FilePath { folder.path.appending("pid") }

    init() throws { folder = try TemporaryFolder() }

    @Test func `cancelling ends the program`() async throws {
        let (programs, program) = (programs, shell("echo $$ > \(marker); exec sleep 300"))
        let running = Task { try await programs.run(program) }
        let process = try await writtenID()
        #expect(isRunning(process))
        running.cancel()
        _ = await running.result
        #expect(!isRunning(process))
    }

    @Test func `one that ignores the polite signal is ended all the same`() async throws {
        let (programs, program) = (programs, shell("trap '' TERM; echo $$ > \(marker); while :; do sleep 1; done"))
        let running = Task { try await programs.run(program) }
        let process = try await writtenID()
        running.cancel()
        _ = await running.result
        #expect(!isRunning(process))
    }

    @Test func `the leader of a session takes its children with it`() async throws {
        var program = shell("sleep 300 & echo $! > \(marker); wait")
        program.leadsSession = true
        let running = Task { [programs, program] in try await programs.run(program) }
        let child = try await writtenID()
        #expect(isRunning(child))
        running.cancel()
        _ = await running.result
        try await eventually("the child is gone") { !isRunning(child) }
    }

    @Test func `a detached program has a session of its own, no descriptor of ours, and its words in a file`()
        async throws
    {
        let log = folder.path.appending("log")
        let ours = try FileDescriptor.open("/dev/zero", .readOnly)
        let script =
            "readlink /proc/$$/fd/*; cut -d' ' -f6 /proc/$$/stat; echo $$ > \(marker); echo err >&2; exec sleep 300"
        let process = try programs.detach(shell(script), log)
        defer { end(process) }
        #expect(try await writtenID() == process)
        try await eventually("it has spoken") { text(of: log)?.contains("err") == true }
        try ours.close()
        let lines = (text(of: log) ?? "").split(separator: "\n").map(String.init)
        #expect(!lines.contains("/dev/zero"))
        #expect(lines.contains("/dev/null"))
        #expect(lines.contains("\(process)"), "its session is its own id")
        #expect(try folder.mode("log") == 0o600)
        #expect(isRunning(process))
    }

    @Test func `a detached program outlives the one who started it`() async throws {
        let (programs, program) = (programs, shell("echo $$ > \(marker); exec sleep 300"))
        let starting = Task { try programs.detach(program, nil) }
        let process = try await starting.value
        starting.cancel()
        defer { end(process) }
        #expect(try await writtenID() == process)
        #expect(isRunning(process))
    }

    @Test func `one that cannot be started is an error at once`() {
        #expect(throws: ProgramError.self) { try programs.detach(Program("/nowhere/program", []), nil) }
    }

    private func writtenID() async throws -> Int32 {
        let marker = marker
        try await eventually("the program has written its id") { text(of: marker)?.hasSuffix("\n") == true }
        return try #require(text(of: marker).flatMap { Int32($0.trimmed) })
    }
}
