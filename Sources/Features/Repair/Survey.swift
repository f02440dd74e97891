import Core
import Engine
import Scheduling
import Store

/// What repair asks of the engine besides containers.
struct EngineDesk: Sendable {
    var network: @Sendable () async throws -> NetworkFacts?
    var makeNetwork: @Sendable () async throws -> Void
    /// All that carry our label.
    var images: @Sendable () async throws -> [ImageSummary]
    /// Whether there is an image of this id, whoever made it.
    var holds: @Sendable (String) async throws -> Bool
    /// Takes away one name of an image.
    var untag: @Sendable (String) async throws -> Void

    init(
        network: @escaping @Sendable () async throws -> NetworkFacts?,
        makeNetwork: @escaping @Sendable () async throws -> Void,
        images: @escaping @Sendable () async throws -> [ImageSummary],
        holds: @escaping @Sendable (String) async throws -> Bool,
        untag: @escaping @Sendable (String) async throws -> Void
    ) {
        self.network = network
        self.makeNetwork = makeNetwork
        self.images = images
        self.holds = holds
        self.untag = untag
    }

    init(on host: Host) {
        network = { try await host.engine.network(host.settings.network) }
        makeNetwork = { _ = try await Setup(on: host).prepareNetwork() }
        images = { try await host.engine.images() }
        holds = { try await host.engine.image($0) != nil }
        untag = { _ = try await host.engine.removeImage($0) }
    }
}

/// What the engine has, in three questions however many apps there are.
struct EngineHoldings: Sendable {
    var containers: [ScheduledInstance]
    var images: [ImageSummary]
    var network: NetworkFacts?

    static func see(_ host: Host, _ desk: EngineDesk) async throws -> EngineHoldings {
        async let containers = host.scheduler.list(labels: [:])
        async let images = desk.images()
        async let network = desk.network()
        return try await EngineHoldings(containers: containers, images: images, network: network)
    }
}

/// What the rows say, at one moment.
struct Survey: Sendable {
    var apps: [App]
    var instances: [AppID: [Instance]]
    /// The newest first.
    var releases: [AppID: [ReleaseOutline]]
    /// Builds that made an image, of the newest release first.
    var builds: [AppID: [Build]]
    /// Operations that are not over.
    var operations: [Operation]
    /// Rows of instances that die too often; whoever supervises them starts them.
    var held: Set<String>

    static func read(_ host: Host) async throws -> Survey {
        try await host.store.read { database in
            Survey(
                apps: try AppsTable.all(database),
                instances: Dictionary(grouping: try PsTable.allInstances(database), by: \.app),
                releases: Dictionary(grouping: try ReleasesTable.outlines(database), by: \.app),
                builds: Dictionary(grouping: try BuildsTable.succeeded(database), by: \.app),
                operations: try OperationsTable.allRunning(database),
                held: Set(try ServeTable.all(database).keys)
            )
        }
    }

    var operationIDs: Set<Int64> { Set(operations.map(\.id)) }

    /// Somebody works on it, or has left it in the middle of something.
    func isBetweenSteps(_ app: App) -> Bool { operations.contains { $0.app == app.id } }

    /// The newest release that was built of a commit of the app's own repository.
    ///
    /// One that was built and waits for somebody to start it counts: while nobody works on the app, it is what a pending
    /// release of a good build is. So does one that was started so, as a release of its own.
    func lastCommit(of app: App) -> (release: ReleaseOutline, revision: Revision)? {
        let all = releases[app.id] ?? []
        let started = Set(all.filter(\.wasLive).compactMap(\.basis))
        let known = all.filter { $0.wasLive || $0.status == .pending || started.contains($0.number) }
        let good = Dictionary(known.map { ($0.number, $0) }) { first, _ in first }
        for build in builds[app.id] ?? [] {
            if let release = good[build.release], let revision = release.revision { return (release, revision) }
        }
        return nil
    }

    /// Releases whose image must be there, the current one first.
    func retained(of app: App, keeping count: Int) -> [ReleaseOutline] {
        let all = releases[app.id] ?? []
        let good = all.good(keeping: all.count)
        let numbers = Set((good.prefix(count) + good.filter(\.isPinned)).map(\.number))
        let kept = all.filter { numbers.contains($0.number) || $0.number == app.current }
        return kept.filter { $0.number == app.current } + kept.filter { $0.number != app.current }
    }
}
