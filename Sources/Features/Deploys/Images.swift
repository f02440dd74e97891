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
    static let count = Property(
        "retain-releases",
        default: "5",
        "How many good releases keep their image to roll back to",
        validate: Allowed.number(1...100)
    )

    let host: Host

    init(on host: Host) { self.host = host }

    /// Takes away the tags of releases past the last good ones; the engine drops what nothing refers to any more.
    func tidy(_ app: App) async throws {
        let kept = Int(try await Properties("apps", on: host).effective(Self.count, of: app)) ?? 5
        let all = try await Releases(on: host).all(of: app)
        let good = all.filter { $0.status == .live || $0.status == .superseded }
        let images = Set(good.prefix(kept).compactMap(\.image))
        for release in good.dropFirst(kept) where release.image.map({ !images.contains($0) }) ?? false {
            do {
                try await host.engine.removeImage(Images.tag(app, release.number, host))
            } catch EngineError.refused(409, _, _) {
                // An instance that drains still uses it; the next deploy tries again.
            }
        }
    }
}
