import Core
import Engine

/// What releases ask the engine about images.
struct ImageShelf: Sendable {
    /// Whether an image of this id is there.
    var holds: @Sendable (String) async throws -> Bool
    /// Ids of all images of this instance.
    var ids: @Sendable () async throws -> Set<String>

    init(
        holds: @escaping @Sendable (String) async throws -> Bool,
        ids: @escaping @Sendable () async throws -> Set<String>
    ) {
        self.holds = holds
        self.ids = ids
    }

    init(on host: Host) {
        holds = { try await host.engine.image($0) != nil }
        ids = { Set(try await host.engine.images().map(\.id)) }
    }
}

extension Releases {
    /// Numbers of the releases that were live and whose image the engine has no more; nil when it does not answer.
    ///
    /// Retention takes images away, never the record of what ran.
    func withoutImage(_ releases: [Release]) async -> Set<Int>? {
        let shelf = shelf
        // A list is no reason to wait for an engine that hangs, or to fail for one that is down.
        guard let ids = try? await withTimeout(.seconds(3), { try await shelf.ids() }) else { return nil }
        let gone = releases.filter { release in release.wasLive && release.image.map { !ids.contains($0) } ?? true }
        return Set(gone.map(\.number))
    }

    /// - Throws: ``Failure`` with code ``FailureCode/unchangeable`` when the image of the release is gone.
    func requireImage(of release: Release, _ app: App, to purpose: String) async throws {
        if let image = release.image, try await shelf.holds(image) { return }
        if try await Registries(on: host).recover(release, app) { return }
        throw Failure(
            .unchangeable,
            "\(release.name) of \(app.name) cannot be \(purpose)",
            why: "its image is gone from the engine; the last good releases and pinned ones keep theirs",
            fix: "\(host.settings.command("releases \(app.name)")) marks those whose image is gone"
        )
    }
}
