import Core
import Store

extension Feature {
    /// The numbered past of an app.
    static let releases = Feature(
        "releases",
        "What was deployed, by whom, and the way back",
        commands: ReleasesCommands.all,
        migrations: ReleasesTable.migrations
    )
}

/// What can be asked of releases.
struct Releases: Sendable {
    /// Noted by us alone: the last release of an app that was destroyed, whose image went with it.
    static let retired = "retired"

    let host: Host
    /// Where images are looked for.
    var shelf: ImageShelf

    init(on host: Host) {
        self.host = host
        shelf = ImageShelf(on: host)
    }

    func current(of app: App) async throws -> Release? {
        try await host.store.read { try ReleasesTable.current(of: app.id, $0) }
    }

    /// What was built with skip-deploy and nothing has overtaken; nil when there is none.
    func waiting(of app: App) async throws -> Release? {
        guard let newest = try await all(of: app).first(where: { $0.status == .pending }), newest.image != nil,
            try await Operations(on: host).running().allSatisfy({ $0.app != app.id })
        else { return nil }
        return newest
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func find(_ number: Int, of app: App) async throws -> Release {
        guard let release = try await host.store.read({ try ReleasesTable.find(number, of: app.id, $0) }) else {
            throw Failure(.notFound, "\(app.name) has no release v\(number)", fix: "slipway releases \(app.name)")
        }
        return release
    }

    func all(of app: App) async throws -> [Release] {
        try await host.store.read { try ReleasesTable.all(of: app.id, $0) }
    }

    /// Numbers of the releases whose image retention must keep.
    func pinned(of app: App) async throws -> Set<Int> {
        try await host.store.read { try ReleasesTable.pinned(of: app.id, $0) }
    }

    /// Up to which number releases are those of an archived app that was brought back; 0 where it never was.
    func retired(of app: App) async throws -> Int {
        let note = try await host.store.read { try PropertiesTable.value("releases", Self.retired, app.id, $0) }
        return note.flatMap { Int($0) } ?? 0
    }

    /// What the next release is made of, from every noun that has a part in it.
    func draft(of app: App) async throws -> Settings {
        var settings = Settings()
        for feature in Features.all { try await feature.collect?(&settings, app, host) }
        return settings
    }
}

extension Failure {
    static func notDeployed(_ app: App) -> Failure {
        Failure(.notDeployed, "App \(app.name) has not been deployed", fix: "git push slipway main")
    }
}
