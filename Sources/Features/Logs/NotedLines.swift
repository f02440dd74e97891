import Core
import Files
import Scheduling
import SystemPackage

/// Our lines about instances, read on as their files grow.
struct NoteTail: Sendable {
    private var files: [FileTail]
    private let names: Set<String>
    /// A file that is cut is written anew, with lines that were told.
    private var told: Set<Substring> = []

    init(_ paths: [FilePath], about names: Set<String>) {
        files = paths.map { FileTail($0) }
        self.names = names
    }

    /// Those that were not told yet, by names of instances; a file that cannot be read has none.
    mutating func next() -> [(String, LogLine)] {
        var result: [(String, LogLine)] = []
        for index in files.indices {
            while let bytes = try? files[index].next(), !bytes.isEmpty {
                for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                    guard let note = Logs.note(line), names.contains(note.0) else { continue }
                    if told.insert(line).inserted { result.append(note) }
                }
            }
        }
        return result
    }
}

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

extension Logs {
    /// Lines as they come, and ours among them, until no instance says anything any more.
    func follow(
        _ instances: [Instance],
        _ wish: LogWish,
        _ handle: @escaping @Sendable (String, LogLine) -> Void
    ) async throws {
        var tail = tail(about: instances)
        let notes = try await last(tail.next(), of: instances, wish)
        let lines = NotedLines(notes, tail, handle)
        let (host, containers) = (host, instances.compactMap { one in one.handle.map { (one.name, $0) } })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (name, container) in containers {
                group.addTask {
                    for try await line in host.scheduler.logs(of: container, wish) { await lines.say(name, line) }
                }
            }
            group.addTask {
                while (try? await host.time.clock.sleep(for: NotedLines.pause)) != nil { await lines.look() }
            }
            for _ in containers { try await group.next() }
            group.cancelAll()
        }
        // How they left is written down behind their last line.
        try? await host.time.clock.sleep(for: NotedLines.pause)
        await lines.end()
    }

    /// Our lines that are among the last ones of their instance.
    private func last(
        _ notes: [(String, LogLine)],
        of instances: [Instance],
        _ wish: LogWish
    ) async throws -> [(String, LogLine)] {
        let wish = LogWish(tail: wish.tail, timestamps: true)
        var result: [(String, LogLine)] = []
        for instance in instances {
            var all = notes.filter { $0.0 == instance.name }.map { (line: $0.1, isOurs: true) }
            guard !all.isEmpty, let container = instance.handle else { continue }
            for try await line in host.scheduler.logs(of: container, wish) { all.append((line, false)) }
            all.sort { $0.line.time < $1.line.time }
            let shown = wish.tail.map { all.suffix($0) } ?? all[...]
            result += shown.filter(\.isOurs).map { (instance.name, $0.line) }
        }
        return result
    }
}
