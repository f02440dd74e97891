import Core
import Scheduling

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
