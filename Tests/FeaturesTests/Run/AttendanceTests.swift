import Core
import Engine
import Glibc
import Scheduling
import Synchronization
import Terminals
import Testing

@testable import Features

@Suite("A person and a program joined", .timeLimit(.minutes(1)))
struct AttendanceTests {
    let keys: Ends
    let screen: Ends
    let program = FarProgram()

    init() throws {
        signal(SIGPIPE, SIG_IGN)
        (keys, screen) = (try Ends(), try Ends())
    }

    private func attendance(
        isTerminal: Bool = false,
        limit: Duration? = nil,
        clock: any Clock<Duration> = ContinuousClock()
    ) throws -> Attendance {
        let near = try Terminal(input: keys.outlet, output: screen.inlet, error: screen.inlet, signals: [])
        return Attendance(near: near, isTerminal: isTerminal, limit: limit, clock: clock)
    }

    @Test(arguments: [0, 1, 42, 137, 255])
    func `the program's own status passes unchanged`(_ status: Int) async throws {
        program.finish()
        let session = program.session(status: status)
        #expect(try await attendance().attend { session } == Int32(status))
        #expect(!program.isAbandoned)
    }

    @Test func `what is sent arrives in order, then its end, and what is said comes back`() async throws {
        keys.write("one two")
        keys.closeInlet()
        program.finishesAtEndOfInput = true
        program.say("hello", .stdout)
        program.say(" world", .stderr)
        let session = program.session(status: 3)
        #expect(try await attendance().attend { session } == 3)
        #expect(program.received == "one two")
        #expect(screen.taken == "hello world")
    }

    @Test func `a program that ends while nobody types is over at once`() async throws {
        program.say("bye", .stdout)
        program.finish()
        let session = program.session(status: 0)
        #expect(try await attendance().attend { session } == 0)
        #expect(screen.taken == "bye")
    }

    @Test func `it is ended when nobody reads any more`() async throws {
        screen.closeOutlet()
        let session = program.session(status: 0)
        #expect(try await attendance().attend { session } == Attendance.abandoned)
        #expect(program.isAbandoned)
    }

    @Test func `it is ended when its time is over, and that is told`() async throws {
        let session = program.session(status: 0)
        var attendance = try attendance(limit: .seconds(1), clock: NoWaiting())
        let told = Mutex(false)
        attendance.expired = { told.withLock { $0 = true } }
        #expect(try await attendance.attend { session } == Attendance.abandoned)
        #expect(program.isAbandoned)
        #expect(told.withLock { $0 })
    }

    @Test func `it is ended when its output breaks`() async throws {
        program.finish(EngineError.unreachable(socket: "s", reason: "gone"))
        let session = program.session(status: 0)
        await #expect(throws: EngineError.self) { try await attendance().attend { session } }
        #expect(program.isAbandoned)
    }

    @Test func `a program that takes no more input is heard to its end`() async throws {
        program.refusesInput = true
        keys.write("x")
        program.say("still here", .stdout)
        program.finishesWhenInputIsRefused = true
        let session = program.session(status: 6)
        #expect(try await attendance().attend { session } == 6)
        #expect(screen.taken == "still here")
    }
}

/// A program elsewhere that does what a test says.
final class FarProgram: Sendable {
    private let state = Mutex((received: [UInt8](), isAbandoned: false, refuses: false, atEnd: false, atRefusal: false))
    private let output: AsyncThrowingStream<LogFrame, any Error>
    private let voice: AsyncThrowingStream<LogFrame, any Error>.Continuation

    init() { (output, voice) = AsyncThrowingStream.makeStream() }

    var received: String { String(decoding: state.withLock { $0.received }, as: UTF8.self) }
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }
    var refusesInput: Bool {
        get { state.withLock { $0.refuses } }
        set { state.withLock { $0.refuses = newValue } }
    }
    var finishesAtEndOfInput: Bool {
        get { state.withLock { $0.atEnd } }
        set { state.withLock { $0.atEnd = newValue } }
    }
    var finishesWhenInputIsRefused: Bool {
        get { state.withLock { $0.atRefusal } }
        set { state.withLock { $0.atRefusal = newValue } }
    }

    func say(_ text: String, _ stream: LogFrame.Stream) {
        voice.yield(LogFrame(stream: stream, bytes: Array(text.utf8)))
    }
    func finish(_ error: (any Error)? = nil) { voice.finish(throwing: error) }

    func session(status: Int) -> Session {
        Session(
            output: output,
            send: { try self.take($0) },
            endInput: { if self.finishesAtEndOfInput { self.finish() } },
            resize: { _ in },
            signal: { _ in },
            status: { status },
            abandon: { self.state.withLock { $0.isAbandoned = true } }
        )
    }

    private func take(_ bytes: [UInt8]) throws {
        if refusesInput {
            if finishesWhenInputIsRefused { finish() }
            throw EngineError.unreachable(socket: "s", reason: "the program's input is closed")
        }
        state.withLock { $0.received += bytes }
    }
}

/// The two ends of a pipe, closed with it.
final class Ends: Sendable {
    let outlet: Int32
    let inlet: Int32
    private let open = Mutex((outlet: true, inlet: true))

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (outlet, inlet) = (ends[0], ends[1])
    }

    deinit {
        closeOutlet()
        closeInlet()
    }

    /// What stands in it and was not read, up to 64 kB.
    var taken: String {
        closeInlet()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        return String(decoding: buffer[..<max(0, read(outlet, &buffer, buffer.count))], as: UTF8.self)
    }

    func write(_ text: String) { _ = Glibc.write(inlet, text, text.utf8.count) }

    func closeOutlet() {
        open.withLock { open in
            if open.outlet { close(outlet) }
            open.outlet = false
        }
    }

    func closeInlet() {
        open.withLock { open in
            if open.inlet { close(inlet) }
            open.inlet = false
        }
    }
}
