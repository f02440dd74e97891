import Core
import Files
import Repositories
import Store

extension Feature {
    /// The repositories of apps as files.
    static let repo = Feature("repo", "Repositories and what builds keep", commands: RepoCommands.all)
}

/// What can be done with an app's repository besides pushing to it.
struct Repo: Sendable {
    /// Written by `repo:purge-cache` alone.
    private static let purged = Property("purged", default: "false", scope: .app, "", validate: Allowed.boolean)

    let host: Host

    init(on host: Host) { self.host = host }

    /// Packs the repository as tightly as git can, while nobody else works on the app.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when nothing was ever pushed.
    func pack(_ app: App) async throws {
        guard host.repositories.exists(app.id) else {
            throw Failure(
                .notFound,
                "\(app.name) has no repository yet",
                why: "nothing was ever pushed to it",
                fix: "git push slipway main"
            )
        }
        let lock = try await Operations(on: host).take(app, waiting: .seconds(60))
        defer { lock.release() }
        try await host.repositories.pack(app.id)
    }

    /// The next build takes nothing from the cache.
    ///
    /// - Returns: False when it would not anyway.
    func purgeCache(_ app: App) async throws -> Bool {
        let changed = try await Properties("repo", on: host).set(Self.purged, to: "true", of: app)
        guard changed else { return false }
        let event = Event("repo:purge-cache", "the next build takes nothing from the cache", of: app, by: host)
        try await host.store.write { try HostTable.record(event, $0) }
        return true
    }

    func buildsFromScratch(_ app: App) async throws -> Bool {
        try await Properties("repo", on: host).raw(Self.purged, of: app) == "true"
    }

    /// A build from scratch has succeeded.
    func hasBuilt(_ app: App) async throws {
        _ = try await Properties("repo", on: host).set(Self.purged, to: nil, of: app)
    }
}
