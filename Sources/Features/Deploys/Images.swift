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
enum Retention {
    static let count = Property(
        "retain-releases",
        default: "5",
        "How many good releases keep their image to roll back to",
        validate: Allowed.number(1...100)
    )
}
