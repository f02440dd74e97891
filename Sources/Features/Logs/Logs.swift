import Core
import Files
import Scheduling
import SystemPackage

extension Feature {
    /// What apps say.
    static let logs = Feature("logs", "What an app says", commands: LogsCommands.all)
}

/// What can be asked of logs.
struct Logs: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Hands out the lines of an app's instances, oldest first; with `follow` until cancelled.
    func read(_ app: App, _ wish: LogWish, only: String?, _ handle: @escaping @Sendable (String, LogLine) -> Void)
        async throws
    {
        guard app.current != nil else { throw Failure.notDeployed(app) }
        let instances = try await Ps(on: host).instances(of: app).filter { instance in
            instance.state == .live && (only.map { $0 == instance.type.text || $0 == instance.name } ?? true)
        }
        guard !instances.isEmpty else {
            throw Failure(
                .notFound,
                "\(app.name) has no process \(quoted(only ?? ""))",
                fix: "slipway ps:report \(app.name)"
            )
        }
        let host = host
        guard wish.follow else { return try await inOrder(instances, wish, handle) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for instance in instances {
                guard let container = instance.handle else { continue }
                group.addTask {
                    for try await line in host.scheduler.logs(of: container, wish) { handle(instance.name, line) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Lines of several instances by their times.
    private func inOrder(_ instances: [Instance], _ wish: LogWish, _ handle: (String, LogLine) -> Void) async throws {
        var all: [(String, LogLine)] = []
        for instance in instances {
            guard let container = instance.handle else { continue }
            for try await line in host.scheduler.logs(of: container, wish) { all.append((instance.name, line)) }
        }
        all += try notes(about: instances)
        let sorted = all.sorted { $0.1.time < $1.1.time }
        for (name, line) in wish.tail.map({ sorted.suffix($0) }) ?? sorted[...] { handle(name, line) }
    }

    /// What is kept of a release that is not live: its build, and what its instances said before they were removed.
    func ofFailed(_ app: App, _ number: Int) async throws -> [String] {
        let release = try await Releases(on: host).find(number, of: app)
        let folder = host.paths.logs(of: app.id)
        let files = [release.build.map { "build-\($0).log" }, "v\(number).log"].compactMap(\.self)
        let texts = try files.compactMap { try readFile(folder.appending($0), limit: 64 << 20) }
        guard !texts.isEmpty else {
            throw Failure(
                .notFound,
                "nothing is kept of what v\(number) of \(app.name) said",
                fix: "slipway logs \(app.name)"
            )
        }
        return texts.flatMap {
            String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init
            )
            .dropLast()
        }
    }
}
