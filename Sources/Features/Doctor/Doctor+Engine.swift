import Core
import Engine
import Scheduling

extension Doctor {
    /// What depends on the Docker Engine.
    static let engineLooks = [
        Look("engine") { host in
            let version = try await host.engine.version()
            return .pass("Docker \(version.server), API \(version.api), \(version.os)/\(version.architecture)")
        },
        Look("limits") { host in
            let info = try await host.engine.info()
            let facts =
                "\(info.storageDriver), cgroup v\(info.cgroupVersion.isEmpty ? "1" : info.cgroupVersion), \(info.cpus) cores, \(byteWords(info.memory))"
            if ["vfs", "devicemapper"].contains(info.storageDriver) {
                return .warn(
                    "\(facts): every layer is copied whole",
                    cure: "use overlay2: docs.docker.com/storage/storagedriver"
                )
            }
            guard info.canLimitMemory else {
                return .warn(
                    "\(facts): the kernel limits no memory",
                    cure: "boot with cgroup_enable=memory; resource:limit has no effect"
                )
            }
            return .pass(facts)
        },
        Look("network") { host in
            let settings = host.settings
            guard let network = try await host.engine.network(settings.network) else {
                return .fail("the network \(settings.network) is not there", cure: "slipway doctor --fix", .noSubnet)
            }
            guard network.subnets.contains(settings.subnet) else {
                return .fail(
                    "\(settings.network) has \(network.subnets.joined(separator: ", ")), not \(settings.subnet)",
                    cure: "docker network rm \(settings.network), then slipway doctor --fix",
                    .noSubnet
                )
            }
            return .pass("\(settings.network), \(settings.subnet)")
        },
        Look("subnet") { host in
            guard let own = Subnet(host.settings.subnet) else {
                return .fail("\(quoted(host.settings.subnet)) is no network", cure: "slipway setup", .noSubnet)
            }
            let foreign = try Routes.all().filter { $0 != own && $0.overlaps(own) }
            guard let first = foreign.first else { return .pass("no route of this machine meets \(own.text)") }
            return .warn(
                "the route \(first.text) meets our network \(own.text)",
                cure: "what lies behind it may not be reached from apps; take the route away or make it narrower",
                .noSubnet
            )
        },
        Look("orphans") { host in try await Orphans(on: host).finding() },
    ]
}

/// What is ours at the engine, by its label, and belongs to nothing in the database.
struct Orphans: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func finding() async throws -> Finding {
        let apps = try await Apps(on: host).list()
        let ids = Set((apps + (try await Apps(on: host).archives())).map(\.id.text))
        let operations = Set(try await Operations(on: host).running().map { "\($0.id)" })
        var rows: Set<String> = []
        for app in apps { rows.formUnion(try await Ps(on: host).instances(of: app).map(\.id)) }
        let containers = try await host.scheduler.list(labels: [:]).filter {
            Self.isOrphan($0.labels, apps: ids, rows: rows, operations: operations)
        }
        if !containers.isEmpty {
            return .warn(
                "containers that belong to nothing: \(Self.words(containers.map(\.name)))",
                cure: "docker rm -f \(containers.map(\.name).joined(separator: " "))"
            )
        }
        let volumes = try await host.engine.volumes().filter { !ids.contains($0.labels[Engine.appLabel] ?? "") }
        if !volumes.isEmpty {
            return .warn(
                "volumes of apps that are gone: \(Self.words(volumes.map(\.name)))",
                cure: "they hold data; to lose it: docker volume rm \(volumes.map(\.name).joined(separator: " "))"
            )
        }
        let images = try await host.engine.images().filter { !ids.contains($0.labels[Engine.appLabel] ?? "") }
        if !images.isEmpty {
            let names = images.map { $0.tags.first ?? String($0.id.dropFirst(7).prefix(12)) }
            return .warn(
                "images of apps that are gone: \(Self.words(names))",
                cure: "docker rmi \(names.joined(separator: " "))"
            )
        }
        return .pass("everything with our label belongs to an app")
    }

    /// An instance has a row; what a deploy runs by the way has an operation; one-off runs have neither and an app.
    static func isOrphan(
        _ labels: [String: String],
        apps: Set<String>,
        rows: Set<String>,
        operations: Set<String>
    ) -> Bool {
        guard let app = labels[Engine.appLabel] else { return false }
        guard apps.contains(app) else { return true }
        if let row = labels[Instance.label], rows.contains(row) { return false }
        guard let operation = labels[Operation.label] else { return false }
        return !operations.contains(operation)
    }

    private static func words(_ names: [String]) -> String {
        names.count > 3
            ? "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more" : names.joined(separator: ", ")
    }
}
