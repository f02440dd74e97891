import Building
import Core
import Scheduling

/// Turns an order into running instances behind nginx; on failure the old ones keep serving.
///
/// This is the page of a push. Each line is a step that is written down before and after it is taken; ``DeployStep``
/// says what becomes of the whole when its process dies in one of them.
struct Deploy: Sendable {
    let host: Host
    let app: App
    let order: DeployOrder
    let held: Held
    let transcript: Transcript

    func run() async throws -> Release {
        let number = try await record()
        try await announce(number)
        if try await waitsForRestart { return try await buildOnly(number) }
        let release = try await held.cancellable { [self] in
            try await ready(try await released(try await built(number)))
        }
        try await switchOver(to: release)
        try await goLive(release)
        try await moveReferences(to: release)
        try await giveNames()
        await runPostdeploy(release)
        await tellPlugins(release)
        await retire()
        transcript.success(release)
        return release
    }

    /// Makes a release that somebody starts later; what runs goes on.
    private func buildOnly(_ pending: Release) async throws -> Release {
        let release = try await held.cancellable { [self] in try await released(try await built(pending)) }
        try await leave(release)
        return release
    }

    private func built(_ release: Release) async throws -> Release {
        guard case .commit(let revision, _) = order.origin else { return release }
        return try await held.step(DeployStep.build) { try await build(revision, for: release) }
    }

    private func released(_ release: Release) async throws -> Release {
        guard case .commit = order.origin else {
            try await Registries(on: host).recover(release, app)
            return release
        }
        return try await held.step(DeployStep.release) {
            try await fireBeforeRelease(release)
            let made = try await runReleaseCommand(release)
            try await fireAfterRelease(made)
            return try await pushed(made)
        }
    }

    /// - Returns: The release, whose instances have proven themselves.
    private func ready(_ pending: Release) async throws -> Release {
        let release = try await withPluginOptions(pending)
        let rollout = try await rollout(release)
        var allowance = Allowance(threshold: rollout.threshold)
        for batch in rollout.batches {
            let started = try await held.step(DeployStep.start) { try await start(batch, of: rollout, release) }
            try await held.step(DeployStep.ready) {
                try await waitUntilReady(started, of: batch, release, &allowance)
            }
        }
        return release
    }

    private func switchOver(to release: Release) async throws {
        try await held.step(DeployStep.switchOver) { try await publish(release) }
    }

    private func goLive(_ release: Release) async throws {
        try await held.step(DeployStep.live) { try await makeLive(release) }
    }

    private func moveReferences(to release: Release) async throws {
        // A clone's first release is of a commit too; whatever repeats a release has its reference.
        guard release.revision != nil, order.basis == nil else { return }
        if case .same = order.origin { return }
        try await held.step(DeployStep.refs) { try await Settling(host: host, held: held).moveReferences(app, release) }
    }

    private func giveNames() async throws {
        try await held.step(DeployStep.names) { try await Settling(host: host, held: held).giveNames(app) }
    }
}
