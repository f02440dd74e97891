import Core
import Glibc
import Programs
import Support
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProgramsTests {
    let programs = Programs.live

    /// As `main` does: a program that leaves its input unread must not end us.
    init() { signal(SIGPIPE, SIG_IGN) }

    @Test func `output, errors and ending are told apart`() async throws {
        let outcome = try await programs.run(shell("echo out; echo err >&2; exit 3"))
        #expect(outcome.ending == .exited(3))
        #expect(outcome.text == "out\n")
        #expect(outcome.errorText == "err\n")
    }

    @Test func `a signal is an ending of its own, and 128 more as a status`() async throws {
        let outcome = try await programs.run(shell("kill -TERM $$"))
        #expect(outcome.ending == .signalled(15))
        #expect(outcome.ending.status == 143)
        #expect(!outcome.ending.isSuccess)
    }

    @Test func `arguments reach the program as they are, no shell is between`() async throws {
        let words = ["a b", "$HOME", "'", "\"", "*", "", "\n;exit"]
        let outcome = try await programs.run(Program("/usr/bin/printf", ["%s|"] + words))
        #expect(outcome.text == words.map { $0 + "|" }.joined())
    }

    @Test func `input is given whole, and a program may leave it unread`() async throws {
        let bytes = (0..<300_000).map { UInt8($0 % 251) }
        let outcome = try await programs.run(Program("/bin/cat", [], input: bytes))
        #expect(outcome.output == bytes)
        #expect(try await programs.run(Program("/bin/true", [], input: bytes)).ending == .exited(0))
    }

    @Test func `an exact environment holds nothing of ours`() async throws {
        let exact = Program("/usr/bin/env", [], environment: .exactly(["A": "1", "B": "x=y"]))
        #expect(Set(try await programs.run(exact).text.split(separator: "\n")) == ["A=1", "B=x=y"])
    }

    @Test func `an inherited environment has ours, with what is added`() async throws {
        let program = Program("/usr/bin/env", [], environment: .inherited(adding: ["PATH": "/only", "NEW": "1"]))
        let lines = Set(try await programs.run(program).text.split(separator: "\n"))
        #expect(lines.isSuperset(of: ["PATH=/only", "NEW=1"]))
        #expect(lines.count > 2)
    }

    @Test func `it runs where it is told to`() async throws {
        let outcome = try await programs.run(Program("/bin/pwd", [], directory: "/usr/bin"))
        #expect(outcome.text == "/usr/bin\n")
    }

    @Test func `a program that is not there is named`() async throws {
        let error = await #expect(throws: ProgramError.self) {
            try await programs.run(Program("/nowhere/nginx", []))
        }
        #expect(error?.failure.code == .programFailed)
        #expect(error?.failure.what == "nginx could not be run")
    }

    @Test func `saying more than the limit is an error, not a cut`() async throws {
        let exact = try await programs.run(Program("/usr/bin/head", ["-c", "1000", "/dev/zero"], limit: 1000))
        #expect(exact.output.count == 1000)
        await #expect(throws: ProgramError.saidTooMuch(program: "head", limit: 1000)) {
            try await programs.run(Program("/usr/bin/head", ["-c", "1001", "/dev/zero"], limit: 1000))
        }
        await #expect(throws: ProgramError.saidTooMuch(program: "sh", limit: 1000)) {
            try await programs.run(limited("head -c 5000 /dev/zero >&2", to: 1000))
        }
    }

    @Test func `one that never stops talking is ended`() async throws {
        await #expect(throws: ProgramError.saidTooMuch(program: "sh", limit: 1000)) {
            try await programs.run(limited("trap '' PIPE; head -c 5000 /dev/zero; sleep 300", to: 1000))
        }
    }

    @Test func `succeed demands success and passes on the words`() async throws {
        try await programs.succeed(shell("exit 0"))
        await #expect(throws: ProgramError.endedBadly(program: "sh", ending: .exited(4), words: "why\n")) {
            try await programs.succeed(shell("echo shown; echo why >&2; exit 4"))
        }
        await #expect(throws: ProgramError.endedBadly(program: "sh", ending: .exited(4), words: "only\n")) {
            try await programs.succeed(shell("echo only; exit 4"))
        }
    }

    @Test func `a pass-through tells the id of a running program and its ending`() async throws {
        let told = Box<Int32?>(nil)
        let ending = try await programs.passThrough(shell("exit 9")) { told.set($0) }
        #expect(ending == .exited(9))
        #expect((told.value ?? 0) > 1)
    }

    private func limited(_ script: String, to limit: Int) -> Program {
        Program("/bin/sh", ["-c", script], limit: limit)
    }

    @Test func `a program whose file is still open for writing is tried again until it is free`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("program", "#!/bin/sh\necho ran >>\"$0.said\"\n", mode: 0o755)
        let held = folder.path.appending("held")
        // In a process of its own: nothing that waits here can keep it from letting go.
        _ = try programs.detach(shell("exec 3>>\(file); : >\(held); sleep 0.3"), nil)
        try await eventually("it is held") { text(of: held) != nil }
        async let run = programs.run(Program(file, []))
        _ = try programs.detach(Program(file, []), nil)
        #expect(try await run.ending == .exited(0))
        try await eventually("both have run") { text(of: FilePath("\(file).said")) == "ran\nran\n" }
    }

    @Test func `a program that somebody keeps open is said to be busy`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("program", "#!/bin/sh\n", mode: 0o755)
        let writer = try FileDescriptor.open(file, .writeOnly)
        defer { try? writer.close() }
        let error = await #expect(throws: ProgramError.self) { try await programs.run(Program(file, [])) }
        #expect(error?.failure.why?.contains("Text file busy") == true)
        #expect(throws: ProgramError.self) { try programs.detach(Program(file, []), nil) }
    }
}
