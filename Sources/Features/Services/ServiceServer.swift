import Core
import Engine
import Scheduling
import Store
import SystemPackage

/// The container of a service, made from its row.
struct ServiceServer: Sendable {
    /// The label of containers and networks that belong to a service: its id.
    static let label = "slipway.service"
    /// On containers that only one operation needs: its number.
    static let operationLabel = "slipway.service-operation"
    /// How long a server has to write down what it holds.
    static let grace = Duration.seconds(30)

    let host: Host
    let service: Service
    let kind: ServiceKind

    /// Makes the container from the row and starts it; what had its place is removed.
    ///
    /// - Returns: The engine's name of it, which stands in the row by then.
    func make() async throws -> String {
        _ = try await makeNetwork()
        try await removeContainers()
        try writeFiles(links: try await links())
        let image = try await Registries(on: host).fetch(service.reference, for: nil, fix: Self.fix(service))
        let handle = try await host.scheduler.create(try workload(image.id))
        let id = service.id
        try await host.store.write { try ServicesTable.change(id, $0) { $0.container = handle } }
        try await start(handle)
        return handle
    }

    private func start(_ handle: String) async throws {
        do {
            try await host.scheduler.start(handle)
        } catch {
            let failure = Failure(error)
            throw Failure(.startFailed, "\(service.title) could not be started", why: failure.why ?? failure.what)
        }
    }

    /// Every container of the service, throw-away ones of `operation` or of all.
    ///
    /// - Parameters:
    ///   - operation: Whose; nil is all.
    ///   - isKept: What they have written is of use, so they are asked to end before they are ended.
    /// - Throws: What the engine says.
    func removeContainers(operation: Int64? = nil, isKept: Bool = true) async throws {
        for found in try await host.scheduler.list(labels: [Self.label: service.id.text]) {
            if let operation, found.labels[Self.operationLabel] != "\(operation)" { continue }
            if isKept { try await host.scheduler.stop(found.handle, grace: Self.grace) }
            try await host.scheduler.remove(found.handle)
        }
    }

    /// Stops it and leaves it; nothing starts it again.
    func pause() async throws {
        guard let handle = service.container else { return }
        try await host.scheduler.stop(handle, grace: Self.grace)
    }

    func workload(_ image: String) throws -> Workload {
        var workload = base(image, name: Self.name(service, host.settings), data: service.generation)
        workload.home = WorkloadNetwork(network, aliases: [service.hostname, "dokku-\(service.hostname)"])
        workload.labels = networkLabels
        workload.publishedPorts = service.exposed.map {
            WorkloadPort(container: $0.container, hostAddress: $0.address, host: $0.host)
        }
        workload.restartPolicy = "unless-stopped"
        return workload
    }

    /// One beside it, on data of its own and without a network, that goes with its operation.
    func throwaway(_ image: String, data generation: Int, operation: Int64) -> Workload {
        let name = "\(Self.name(service, host.settings)).\(operation)"
        var workload = base(image, name: name, data: generation)
        workload.home = WorkloadNetwork("none")
        workload.labels = [Self.label: service.id.text, Self.operationLabel: "\(operation)"]
        workload.restartPolicy = "no"
        return workload
    }

    private func base(_ image: String, name: String, data generation: Int) -> Workload {
        var workload = Workload(name: name, image: image, hostname: kind.hostname ?? service.hostname)
        let values = ServiceValues(service, kind).all
        workload.environment = kind.environment.mapValues { $0.filled(values) }
        for (key, value) in service.environment { workload.environment[key.text] = value }
        if !kind.command.isEmpty || !service.options.isEmpty { workload.command = kind.command + service.options }
        workload.mounts = kind.data.enumerated().map { index, target in
            WorkloadMount(
                source: dataFolder(generation).appending("\(index)").string,
                target: target,
                isReadOnly: false
            )
        }
        for (index, folder) in fileFolders.enumerated() {
            let source = self.folder.appending("files").appending("\(index)").string
            workload.mounts.append(WorkloadMount(source: source, target: folder, isReadOnly: true))
        }
        workload.limits.memory = service.memory
        workload.limits.memorySwap = service.memory
        workload.limits.nanoCPUs = service.cpus
        workload.stopGrace = Self.grace
        workload.usesInit = false
        return workload
    }

    static func name(_ service: Service, _ settings: HostSettings) -> String {
        let name = "service.\(service.kind).\(service.name)"
        return settings.isSandbox ? "\(name)-\(settings.instance)" : name
    }

    private static func fix(_ service: Service) -> String {
        "check the name, or fetch it yourself: docker pull \(service.reference)"
    }

    func links() async throws -> [ServiceLink] {
        let id = service.id
        return try await host.store.read { try ServicesTable.links(of: id, $0) }
    }
}
