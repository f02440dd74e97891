import Core
import Engine
import Store

/// The images of apps at the engine, counted by their Id.
struct Images: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    static func tag(_ app: App, _ number: Int, _ host: Host) -> String {
        "slipway-\(host.settings.instance)/\(app.id):v\(number)"
    }

    func exposedPorts(of image: String) async throws -> [Port] {
        let facts = try await host.engine.image(image)
        return try (facts?.exposedPorts ?? []).filter { $0.hasSuffix("/tcp") }
            .compactMap { $0.split(separator: "/").first }.map { try Port(String($0)) }.sorted()
    }

    /// The size of an image and of the one the app serves from, in bytes.
    func sizes(_ image: String, before app: App) async throws -> (now: Int64, before: Int64?) {
        let now = try await host.engine.image(image)?.size ?? 0
        guard let old = try await Releases(on: host).current(of: app)?.image else { return (now, nil) }
        return (now, try await host.engine.image(old)?.size)
    }
}

/// Removes images that no release needs to go back to.
struct Retention: Sendable {
    static let releases = 5

    let host: Host

    init(on host: Host) { self.host = host }

    /// Takes away the tags of releases past the last good five; the engine drops what nothing refers to any more.
    func tidy(_ app: App) async throws {
        let all = try await Releases(on: host).all(of: app)
        let good = all.filter { $0.status == .live || $0.status == .superseded }
        let kept = Set(good.prefix(Self.releases).compactMap(\.image))
        for release in good.dropFirst(Self.releases) where release.image.map({ !kept.contains($0) }) ?? false {
            try await host.engine.removeImage(Images.tag(app, release.number, host), force: false)
        }
    }
}
