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

/// What a rollback did.
struct Rollback: Sendable {
    /// The release gone back to.
    let target: Release
    /// The new one that repeats it.
    let made: Release
    /// What served before.
    let before: Int
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
            throw Failure(.locked, "\(app.name) is locked", why: reason, fix: "slipway apps:unlock \(app.name)")
        }
        let operations = Operations(on: host)
        let lock = try await operations.take(app, waiting: .seconds(60))
        defer { lock.release() }
        try await operations.settleOrphans(of: app)
        let fresh = try await Apps(on: host).find(app.id)
        guard let current = try await current(of: fresh) else { throw Failure.notDeployed(app) }
        let target = try await target(number, of: fresh)
        let source = part == .config ? current : target
        try await requireImage(of: source, fresh, to: part == .config ? "started again" : "rolled back to")
        let order = DeployOrder(
            origin: .release(source),
            settings: part == .code ? nil : target.settings,
            source: "rollback",
            reason: part.reason(target),
            basis: target.number
        )
        let made = try await Deploys(on: host).run(order, on: fresh, holding: lock, token: nil)
        return Rollback(target: target, made: made, before: current.number)
    }

    /// The release a rollback goes to: the one asked for, else the last good one before the current.
    ///
    /// - Throws: ``Failure`` when there is none, it never was live, or it is blocked.
    func target(_ number: ReleaseNumber?, of app: App) async throws -> Release {
        guard let current = app.current else { throw Failure.notDeployed(app) }
        guard let number else { return try await lastGood(before: current, of: app) }
        let release = try await find(number.number, of: app)
        try refuseNeverLive(release, app, to: "rolled back to")
        guard let reason = release.blocked else { return release }
        throw Failure(
            .unchangeable,
            "\(release.name) of \(app.name) cannot be rolled back to",
            why: "it is blocked: \(reason)",
            fix: host.settings.command("releases:unblock \(app.name) \(release.name)")
        )
    }

    private func lastGood(before current: Int, of app: App) async throws -> Release {
        let earlier = try await all(of: app).filter {
            $0.number < current && $0.status == .superseded && $0.image != nil
        }
        if let good = earlier.first(where: { $0.blocked == nil }) { return good }
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
