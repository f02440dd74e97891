import Core
import Files

/// What a rollback brings back.
enum RollbackPart: Sendable, Equatable {
    case all, code, config

    /// The sentence of the release it makes.
    func reason(_ target: Release) -> String {
        switch self {
        case .all: "rollback to \(target.name)"
        case .code: "rollback to \(target.name) (code only)"
        case .config: "rollback to \(target.name) (config only)"
        }
    }
}

extension Release {
    /// Why a release is blocked that repair has found without its image.
    static let lostImage = "its image is gone (repair)"

    /// Why nobody may go back to that part of it; nil when they may.
    ///
    /// Settings need no image, so they can be had of one that has lost it; what a person has blocked gives nothing.
    func refusal(of part: RollbackPart) -> String? {
        part == .config && blocked == Self.lostImage ? nil : blocked
    }
}

/// What a rollback did.
struct Rollback: Sendable {
    /// The release gone back to.
    let target: Release
    /// The new one that repeats it.
    let made: Release
    /// What served before.
    let before: Int
    /// What the draft had changed and goes live with the code, in words; nil when it had changed nothing.
    let draft: String?
}

extension Releases {
    /// Makes a new release of an earlier one's image, settings or both, under the app's lock; nothing is built,
    /// fetched or run once.
    ///
    /// With settings the draft becomes theirs too, in the transaction that makes the release live; with the code alone
    /// the new release has the draft as it is.
    /// - Throws: ``Failure`` before anything has changed when there is no such release, when it is blocked, never was
    ///   live, or its image is gone.
    func rollback(_ app: App, to number: ReleaseNumber?, _ part: RollbackPart) async throws -> Rollback {
        if let reason = app.lock {
            throw Failure.locked(app, reason)
        }
        let operations = Operations(on: host)
        let lock = try await operations.take(app, waiting: .seconds(60))
        defer { lock.release() }
        try await operations.settleOrphans(of: app)
        let fresh = try await Apps(on: host).find(app.id)
        guard let current = try await current(of: fresh) else { throw Failure.notDeployed(app) }
        let target = try await target(number, of: fresh, for: part)
        let source = part == .config ? current : target
        try await requireImage(of: source, fresh, to: part == .config ? "started again" : "rolled back to")
        let changes = part == .code ? try await draft(of: fresh).changes(from: current.settings) : nil
        if changes != nil {
            host.output.detail("settings have changed since \(current.name): they go live with the code")
        }
        let order = DeployOrder(
            origin: .release(source),
            settings: part == .code ? nil : target.settings,
            source: "rollback",
            reason: part.reason(target) + (changes.map { " with changed \($0)" } ?? ""),
            basis: target.number
        )
        let made = try await Deploys(on: host).run(order, on: fresh, holding: lock, token: nil)
        return Rollback(target: target, made: made, before: current.number, draft: changes)
    }

    /// The release a rollback goes to: the one asked for, else the last good one before the current.
    ///
    /// - Throws: ``Failure`` when there is none, it never was live, or it is blocked for that part.
    func target(_ number: ReleaseNumber?, of app: App, for part: RollbackPart = .all) async throws -> Release {
        guard let current = app.current else { throw Failure.notDeployed(app) }
        guard let number else { return try await lastGood(before: current, of: app, for: part) }
        let release = try await find(number.number, of: app)
        try refuseNeverLive(release, app, to: "rolled back to")
        guard let reason = release.refusal(of: part) else { return release }
        if reason == Release.lostImage { throw withoutImage(release, app) }
        throw Failure(
            .unchangeable,
            "\(release.name) of \(app.name) cannot be rolled back to",
            why: "it is blocked: \(reason)",
            fix: host.settings.command("releases:unblock \(app.name) \(release.name)")
        )
    }

    private func withoutImage(_ release: Release, _ app: App) -> Failure {
        let words = "releases:rollback \(app.name) \(release.name) --config-only"
        return Failure(
            .unchangeable,
            "\(release.name) of \(app.name) cannot be rolled back to",
            why: "it is blocked: \(Release.lostImage)",
            fix: "\(host.settings.command(words)) brings its settings back"
        )
    }

    private func lastGood(before current: Int, of app: App, for part: RollbackPart) async throws -> Release {
        let earlier = try await all(of: app).filter {
            $0.number < current && $0.status == .superseded && $0.image != nil
        }
        if let good = earlier.first(where: { $0.refusal(of: part) == nil }) { return good }
        let why = earlier.first?.blocked.map { "\(earlier.count) of them blocked; the last one: \($0)" }
        throw Failure(.notFound, "\(app.name) has no release before v\(current) to go back to", why: why)
    }

    /// - Throws: ``Failure`` with code ``FailureCode/unchangeable`` for a failed release and one that is not live yet.
    func refuseNeverLive(_ release: Release, _ app: App, to purpose: String) throws {
        guard !release.wasLive || release.image == nil else { return }
        throw Failure(
            .unchangeable,
            "\(release.name) of \(app.name) cannot be \(purpose)",
            why: release.status == .failed ? "it failed and never was live" : "it never was live",
            fix: "\(host.settings.command("releases \(app.name)")) shows those that were"
        )
    }
}
