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
    let host: Host

    init(on host: Host) { self.host = host }

    func current(of app: App) async throws -> Release? {
        guard let number = try await Apps(on: host).find(app.id).current else { return nil }
        return try await host.store.read { try ReleasesTable.find(number, of: app.id, $0) }
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

    /// The release a rollback goes to: the one asked for, else the last good one before the current.
    ///
    /// - Throws: ``Failure`` when there is none or it never was live.
    func target(_ number: ReleaseNumber?, of app: App) async throws -> Release {
        guard let current = app.current else { throw Failure.notDeployed(app) }
        if let number {
            let release = try await find(number.number, of: app)
            guard release.status == .live || release.status == .superseded, release.image != nil else {
                throw Failure(
                    .unchangeable,
                    "\(release.name) cannot be rolled back to",
                    why: "it never was live",
                    fix: "slipway releases \(app.name) shows those that were"
                )
            }
            return release
        }
        let good = try await all(of: app).first {
            $0.number < current && $0.status == .superseded && $0.image != nil
        }
        guard let good else {
            throw Failure(.notFound, "\(app.name) has no release before v\(current) to go back to")
        }
        return good
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
