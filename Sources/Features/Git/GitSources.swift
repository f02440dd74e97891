import Core
import Files
import Repositories
import Store

/// Content that did not come by a push: it becomes a commit on the app's branch and is deployed as one.
struct GitSource: Sendable {
    /// The command it came by, which is what the build's record says.
    var command: String
    var message: String
    /// Of the image it is made from, where that came from a registry.
    var digest: String?
    /// The name of that image, where it is made from one.
    var image: String?
    /// Makes the commit after the given one; nil when that one has the same content.
    var commit: @Sendable (_ parent: Revision?) async throws -> Revision?
}

extension Git {
    /// Holds the commit until a release refers to it.
    private static let pending = "refs/slipway/pending"

    /// The branch that content goes to while no push has set one.
    static let firstBranch = "main"

    /// Commits and deploys, under the app's lock; the branch moves once the release is live.
    ///
    /// - Parameters:
    ///   - source: The content.
    ///   - app: Whose it is.
    ///   - allowLocked: Goes on where the app is locked, for whoever has locked it.
    /// - Returns: The release, which is live.
    /// - Throws: ``Failure`` with code ``FailureCode/unchanged`` when the app runs this content already.
    func deploy(_ source: GitSource, on app: App, allowLocked: Bool = false) async throws -> Release {
        if !allowLocked, let reason = app.lock {
            throw Failure.locked(app, reason)
        }
        let operations = Operations(on: host)
        let lock = try await operations.take(app, waiting: .seconds(60))
        defer { lock.release() }
        try await prepare(app)
        try await operations.settleOrphans(of: app)
        let branch = try await branch(of: app)
        let parent = try host.repositories.resolve("refs/heads/\(branch)", in: app.id)
        let made = try await source.commit(parent)
        let revision = if let made { made } else { try await unchanged(parent, app) }
        try host.repositories.move(Self.pending, to: revision, in: app.id, message: "slipway: \(source.command)")
        defer { try? host.repositories.delete(Self.pending, in: app.id) }
        if parent == nil { try host.repositories.setHead(branch, in: app.id) }
        let subject = String(source.message.prefix { $0 != "\n" })
        let order = DeployOrder(
            origin: .commit(revision, subject: cleaned(subject, keepTabs: false)),
            branch: branch,
            source: source.command,
            reason: "deploy \(revision.short)",
            digest: source.digest
        )
        let release = try await Deploys(on: host).run(
            order,
            on: app,
            holding: lock,
            allowLocked: allowLocked,
            token: nil
        )
        try await forgetSynced(app, sourceImage: source.image)
        return release
    }

    func branch(of app: App) async throws -> String {
        let branch = try await Properties("git", on: host).effective(Self.deployBranch, of: app)
        return branch.isEmpty ? Self.firstBranch : branch
    }

    /// The branch has this content: deployed again only when something else runs, after a rollback.
    private func unchanged(_ tip: Revision?, _ app: App) async throws -> Revision {
        let current = try await Releases(on: host).current(of: app)
        if let tip, let current, current.revision != tip { return tip }
        throw Failure(
            .unchanged,
            "No changes detected",
            why: "\(app.name) runs exactly this content already",
            fix: "slipway ps:rebuild \(app.name) builds it once more"
        )
    }
}

extension Git {
    /// A commit of a few files, or of those on top of what a tar archive holds.
    func commit(
        _ app: App,
        _ message: String,
        author: String,
        archive: ArchiveParts? = nil,
        files: [(path: String, bytes: [UInt8])],
        unwrapping: Bool = false,
        parent: Revision?
    ) async throws -> Revision? {
        guard var archive else {
            return try await host.repositories.commit(
                files: files,
                parent: parent,
                message: message,
                author: author,
                in: app.id
            )
        }
        archive.extra = files
        return try await host.repositories.commit(
            archive,
            parent: parent,
            message: message,
            author: author,
            unwrapping: unwrapping,
            in: app.id
        )
    }
}
