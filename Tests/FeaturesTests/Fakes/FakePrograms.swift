import Core
import Engine
import Scheduling
import Synchronization

/// Programs inside containers that say what a test wants.
final class FakePrograms: Sendable {
    struct Run: Sendable {
        var handle: String
        var program: EnteringProgram
        /// All it was given to read.
        var input: String

        /// Its words in one line.
        var words: String { program.command.joined(separator: " ") }
    }

    struct Answer: Sendable {
        var output = ""
        var error = ""
        var status = 0
    }

    typealias Script = @Sendable (Run) -> Answer

    private let state = Mutex<(runs: [Run], script: Script?)>(([], nil))

    var runs: [Run] { state.withLock(\.runs) }

    /// From now on programs answer so.
    func answer(_ script: @escaping Script) { state.withLock { $0.script = script } }

    func forget() { state.withLock { $0.runs = [] } }

    /// The program reads to the end of its input, and then answers.
    func enter(_ handle: String, _ program: EnteringProgram) throws -> Session {
        guard let script = state.withLock(\.script) else {
            throw Failure(.engineRefused, "this scheduler lets nobody into its instances")
        }
        let (output, sink) = AsyncThrowingStream.makeStream(of: LogFrame.self, bufferingPolicy: .unbounded)
        let end = FakeEnd()
        let answer: @Sendable () -> Void = { [self] in
            guard end.isFirst() else { return }
            let run = Run(handle: handle, program: program, input: end.input)
            state.withLock { $0.runs.append(run) }
            let said = script(run)
            end.status(said.status)
            if !said.output.isEmpty { sink.yield(LogFrame(stream: .stdout, bytes: Array(said.output.utf8))) }
            if !said.error.isEmpty { sink.yield(LogFrame(stream: .stderr, bytes: Array(said.error.utf8))) }
            sink.finish()
        }
        return Session(
            output: output,
            send: { end.add($0) },
            endInput: { answer() },
            resize: { _ in },
            signal: { _ in },
            status: { end.code },
            abandon: { sink.finish() }
        )
    }
}

/// What a program was given, and how it ended.
private final class FakeEnd: Sendable {
    private let state = Mutex<(isOver: Bool, code: Int, input: [UInt8])>((false, 0, []))

    var code: Int { state.withLock(\.code) }
    var input: String { state.withLock { String(decoding: $0.input, as: UTF8.self) } }
    func add(_ bytes: [UInt8]) { state.withLock { $0.input += bytes } }
    func status(_ code: Int) { state.withLock { $0.code = code } }
    func isFirst() -> Bool {
        state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
    }
}
