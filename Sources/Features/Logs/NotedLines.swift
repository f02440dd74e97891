import Core
import Scheduling

/// Lines of instances as they come, with ours about them in their place.
///
/// The engine's lines take a moment to arrive, so one of ours waits for a later line of its instance, or for the second
/// ``look()``.
actor NotedLines {
    /// Between two looks.
    static let pause = Duration.milliseconds(500)

    private var tail: NoteTail
    private var waiting: [(String, LogLine)]
    private let handle: @Sendable (String, LogLine) -> Void

    /// - Parameters:
    ///   - waiting: Lines of ours to begin with, oldest first.
    ///   - tail: Tells of those behind them.
    ///   - handle: Is given all lines, one at a time.
    init(
        _ waiting: [(String, LogLine)],
        _ tail: NoteTail,
        _ handle: @escaping @Sendable (String, LogLine) -> Void
    ) {
        (self.waiting, self.tail, self.handle) = (waiting, tail, handle)
    }

    /// A line of an instance, behind those of ours that are older.
    func say(_ name: String, _ line: LogLine) {
        tell { $0 == name && $1.time <= line.time }
        handle(name, line)
    }

    /// Tells what has waited since the last look, and looks for more.
    func look() {
        tell { _, _ in true }
        waiting = tail.next()
    }

    /// Tells all there is.
    func end() {
        look()
        tell { _, _ in true }
    }

    private func tell(_ isDue: (String, LogLine) -> Bool) {
        let due = waiting.filter { isDue($0.0, $0.1) }
        waiting.removeAll { isDue($0.0, $0.1) }
        for (name, note) in due { handle(name, note) }
    }
}
