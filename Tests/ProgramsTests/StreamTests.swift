import Core
import Programs
import Support
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    let programs = Programs.live

    @Test func `every byte arrives in order`() async throws {
        let got = Box<[UInt8]>([])
        let outcome = try await programs.stream(shell("seq 1 50000; exit 2")) { bytes in got.change { $0 += bytes } }
        #expect(outcome.ending == .exited(2))
        #expect(String(decoding: got.value, as: UTF8.self) == (1...50000).map { "\($0)\n" }.joined())
    }

    @Test func `a program waits while a piece is handled`() async throws {
        let folder = try TemporaryFolder()
        let progress = folder.path.appending("progress")
        let script = """
            i=0
            while [ $i -lt 64 ]; do head -c 65536 /dev/zero; i=$((i + 1)); echo $i > \(progress); done
            """
        let (seen, isFirst) = (Box(0), Box(true))
        let gate = AsyncStream.makeStream(of: Void.self)
        let writing = Task {
            try await programs.stream(shell(script)) { bytes in
                seen.change { $0 += bytes.count }
                guard isFirst.value else { return }
                isFirst.set(false)
                for await _ in gate.stream {}
            }
        }
        // The pipe holds 64 KiB, one more piece is in our hands, and the program stands in `write`.
        try await eventually("the program stands still") {
            let before = text(of: progress)
            try await Task.sleep(for: .milliseconds(300))
            return before != nil && text(of: progress) == before
        }
        #expect((text(of: progress).flatMap { Int($0.trimmed) } ?? 99) <= 8)
        gate.continuation.finish()
        #expect(try await writing.value.ending == .exited(0))
        #expect(seen.value == 64 * 65536)
    }

    @Test func `an error of the handler ends the program and is the error of the call`() async throws {
        struct Enough: Error {}
        let folder = try TemporaryFolder()
        let marker = folder.path.appending("pid")
        await #expect(throws: Enough.self) {
            _ = try await programs.stream(shell("echo $$ > \(marker); echo line; exec sleep 300")) { _ in throw Enough()
            }
        }
        let process = try #require(text(of: marker).flatMap { Int32($0.trimmed) })
        #expect(!isRunning(process))
    }

    @Test func `errors are kept apart, or joined in order when asked`() async throws {
        var program = shell("echo 1; echo 2 >&2; echo 3")
        let apart = Box<[UInt8]>([])
        let outcome = try await programs.stream(program) { bytes in apart.change { $0 += bytes } }
        #expect(apart.value == Array("1\n3\n".utf8))
        #expect(outcome.errorText == "2\n")
        program.joinsErrors = true
        let joined = Box<[UInt8]>([])
        _ = try await programs.stream(program) { bytes in joined.change { $0 += bytes } }
        #expect(joined.value == Array("1\n2\n3\n".utf8))
    }
}
