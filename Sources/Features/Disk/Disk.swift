import Core
import Engine
import Files
import Probes
import Store
import SystemPackage

extension Feature {
    /// Who uses the disk, and what may go.
    static let disk = Feature(
        "disk",
        "Who uses the disk, and what may go",
        commands: DiskCommands.all,
        properties: Disk.properties
    )
}

/// What can be asked of the disk.
struct Disk: Sendable {
    static let collectAt = watermark("collect-at", "80", "all is cleaned up")
    static let warnAt = watermark("warn-at", "85", "it is said")
    static let refuseAt = watermark("refuse-at", "95", "nothing is built")
    static let logCap = Property(
        "log-cap",
        default: "50",
        "Megabytes of logs that are kept of an app",
        validate: Allowed.number(1...100_000)
    )
    static let cacheCap = Property(
        "build-cache-cap",
        default: "0",
        scope: .global,
        "Megabytes of build cache that the engine keeps, for whoever builds on it; 0 leaves it alone",
        validate: Allowed.number(0...100_000_000)
    )
    static let properties = [logCap, cacheCap, collectAt, warnAt, refuseAt]

    private static func watermark(_ name: String, _ fallback: String, _ what: String) -> Property {
        Property(
            name,
            default: fallback,
            scope: .global,
            "Per cent in use from which \(what)",
            validate: Allowed.number(1...100)
        )
    }

    let host: Host

    init(on host: Host) { self.host = host }

    /// Who uses what; may take a while, since the engine counts its volumes and the root is walked.
    func report() async throws -> DiskReport {
        let usage = try await host.engine.df()
        let (apps, plan) = (try await apps(), try await Cleaning(on: host).plan())
        let instance = host.settings.instance
        let own = usage.images.filter { $0.labels[Engine.instanceLabel] == instance }
        // What shares nothing cannot be what one of ours is shared with.
        let others = usage.images.filter { $0.labels[Engine.instanceLabel] != instance && $0.shared != 0 }
        var root = RootUsage(host.paths)
        root.add(await Services(on: host).measure(root.unread))
        let facts = DiskReport.Facts(
            usage: usage,
            own: own,
            forest: ImageForest(try await layers(of: (own + others).map(\.id))),
            root: root,
            apps: apps,
            plan: plan,
            places: await Watermarks(on: host).places(),
            cacheCap: (Int64(try await Properties("disk", on: host).effective(Self.cacheCap, of: nil)) ?? 0) << 20
        )
        return DiskReport(facts)
    }

    private func apps() async throws -> [App] { try await host.store.read { try AppsTable.everything($0) } }

    /// Eight at a time; an image that is gone meanwhile is left out.
    private func layers(of ids: [String]) async throws -> [ImageLayers] {
        let engine = host.engine
        return try await withThrowingTaskGroup(of: ImageLayers?.self) { group in
            var rest = ids[...]
            for id in rest.prefix(8) { group.addTask { try await engine.layers(of: id) } }
            rest = rest.dropFirst(8)
            var result: [ImageLayers] = []
            while let found = try await group.next() {
                if let found { result.append(found) }
                if let id = rest.popFirst() { group.addTask { try await engine.layers(of: id) } }
            }
            return result
        }
    }
}
