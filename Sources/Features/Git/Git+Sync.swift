import Core
import Files
import Repositories
import Store
import SystemPackage

/// What `git:sync` was told.
struct SyncWish: Sendable {
    enum Building: Sendable { case never, always, ifChanged }

    var url: RemoteURL
    /// A branch, a tag or a commit; nil is the deploy branch, else what a clone would get.
    var reference: String?
    var building = Building.never
    var keepsDeployBranch = false

    /// - Throws: ``Failure`` when the address is none, or leads into our own state.
    init(_ url: String, _ reference: String?, _ paths: Paths) throws {
        self.url = try RemoteURL(url)
        if let folder = self.url.folder {
            let path = FilePath(folder).lexicallyNormalized()
            guard !path.starts(with: paths.root) else {
                throw Failure(.notAllowed, "\(path) holds slipway's own state", fix: "push to the app instead")
            }
        }
        if let reference { try Allowed.branch(reference) }
        self.reference = reference
    }
}

/// What a sync brought.
struct Synced: Sendable {
    let revision: Revision
    let branch: String
    /// Nil when nothing was built.
    let release: Release?
}

extension Git {
    /// Holds what was fetched and not deployed yet.
    static let synced = "refs/slipway/synced"

    /// Fetches a commit of another repository, and deploys it when that is asked for, under the app's lock.
    ///
    /// Without a deploy nothing that serves or that people push to changes; `ps:rebuild` deploys it later.
    func sync(_ wish: SyncWish, on app: App) async throws -> Synced {
        if let reason = app.lock {
            throw Failure.locked(app, reason)
        }
        let operations = Operations(on: host)
        let lock = try await operations.take(app, waiting: .seconds(60))
        defer { lock.release() }
        try await prepare(app)
        try await operations.settleOrphans(of: app)
        try await GitAccess(on: host).write()
        let own = try await Properties("git", on: host).effective(Self.deployBranch, of: app)
        let wanted = wish.reference ?? (own.isEmpty ? nil : own)
        let fetched = try await host.repositories.fetch(wanted, from: wish.url, holding: Self.synced, in: app.id)
        try await note(fetched, wish, app)
        let branch = try await branch(of: app)
        let current = try await Releases(on: host).current(of: app)
        let isChanged = current?.revision != fetched.revision
        guard wish.building == .always || wish.building == .ifChanged && isChanged else {
            return Synced(revision: fetched.revision, branch: branch, release: nil)
        }
        let order = try await order(fetched.revision, on: branch, source: "git:sync", app)
        let release = try await Deploys(on: host).run(order, on: app, holding: lock, token: nil)
        try await forgetSynced(app, sourceImage: nil)
        return Synced(revision: fetched.revision, branch: branch, release: release)
    }

    private func note(_ fetched: FetchedReference, _ wish: SyncWish, _ app: App) async throws {
        let event = Event("git:sync", "\(fetched.revision.short) from \(wish.url)", of: app, by: host)
        let branch = wish.keepsDeployBranch ? nil : fetched.branch
        if let branch { try Allowed.branch(branch) }
        try await host.store.write { database in
            if let branch { try PropertiesTable.set("git", Self.deployBranch.name, app.id, to: branch, database) }
            try HostTable.record(event, database)
        }
    }

    private func order(_ revision: Revision, on branch: String, source: String, _ app: App) async throws -> DeployOrder
    {
        let present = try host.repositories.resolve("refs/heads/\(branch)", in: app.id)
        if present == nil { try host.repositories.setHead(branch, in: app.id) }
        let subject = try host.repositories.commit(revision, in: app.id).subject
        return DeployOrder(
            origin: .commit(revision, subject: cleaned(subject, keepTabs: false)),
            branch: branch,
            source: source,
            reason: "deploy \(revision.short)"
        )
    }

    /// The order to deploy what a sync has fetched; nil when there is nothing, or it runs already.
    func orderForSynced(of app: App) async throws -> DeployOrder? {
        guard host.repositories.exists(app.id),
            let revision = try host.repositories.resolve(Self.synced, in: app.id),
            try await Releases(on: host).current(of: app)?.revision != revision
        else { return nil }
        return try await order(revision, on: try await branch(of: app), source: Control.rebuildSource, app)
    }

    /// What came later than a sync takes its place, and is from another image, or from none.
    func forgetSynced(_ app: App, sourceImage: String?) async throws {
        try? host.repositories.delete(Self.synced, in: app.id)
        try await host.store.write { database in
            let present = try PropertiesTable.value("git", Self.sourceImage, app.id, database)
            guard present != sourceImage else { return }
            try PropertiesTable.set("git", Self.sourceImage, app.id, to: sourceImage, database)
        }
    }
}

/// How the repository of an app stands.
struct GitStanding: Sendable, Encodable {
    var deployBranch: String
    /// The tip of that branch; empty when there is none.
    var tip: String
    var subject: String
    /// What the release that serves was made of.
    var release: String
    var deployed: String
    /// Fetched by `git:sync` and not deployed yet.
    var synced: String
    var branches: [String]

    private enum CodingKeys: String, CodingKey {
        case tip, subject, release, deployed, synced, branches
        case deployBranch = "deploy_branch"
    }
}

extension Git {
    func standing(of app: App) async throws -> GitStanding {
        let branch = try await branch(of: app)
        let release = try await Releases(on: host).current(of: app)
        var standing = GitStanding(
            deployBranch: branch,
            tip: "",
            subject: "",
            release: release?.name ?? "",
            deployed: release?.revision?.text ?? "",
            synced: "",
            branches: []
        )
        guard host.repositories.exists(app.id) else { return standing }
        let references = try host.repositories.references(in: app.id)
        standing.branches = references.keys.filter { $0.hasPrefix("refs/heads/") }
            .map { String($0.dropFirst("refs/heads/".count)) }.sorted()
        if let tip = references["refs/heads/\(branch)"] {
            standing.tip = tip.text
            standing.subject = try host.repositories.commit(tip, in: app.id).subject
        }
        let synced = references[Self.synced]?.text ?? ""
        standing.synced = synced == standing.deployed ? "" : synced
        return standing
    }

    /// Takes away what a git that was killed has left; under the app's lock, so that none of ours runs.
    func unlock(_ app: App) async throws -> [String] {
        let lock = try await Operations(on: host).take(app, waiting: .seconds(60))
        defer { lock.release() }
        guard host.repositories.exists(app.id) else { return [] }
        return try host.repositories.removeLocks(of: app.id)
    }
}
