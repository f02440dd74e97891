import Core
import Engine
import Files
import Probes
import Scheduling
import Store
import SystemPackage

/// The container, the network and the folders of a service, made from its row.
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

    // MARK: The network

    static func network(of id: AppID, _ settings: HostSettings) -> String { "\(settings.network)-\(id)" }

    var network: String { Self.network(of: service.id, host.settings) }

    var networkLabels: [String: String] { [Self.label: service.id.text] }

    /// Makes the network where it is missing.
    ///
    /// - Returns: False when it was there.
    /// - Throws: ``Failure`` with code ``FailureCode/notAllowed`` when somebody else has one of that name.
    func makeNetwork() async throws -> Bool {
        if let present = try await host.engine.network(network) {
            guard present.labels[Self.label] == service.id.text,
                present.labels[Engine.instanceLabel] == host.settings.instance
            else {
                throw Failure(.notAllowed, "the network \(network) is not ours", fix: "docker network rm \(network)")
            }
            return false
        }
        // The engine's own pool has some thirty networks; ours are small, so that a host may have many services.
        for attempt in 1... {
            var spec = NetworkSpec(name: network)
            spec.labels = networkLabels
            let taken = try await host.engine.allSubnets().compactMap { Subnet($0) } + Routes.all()
            spec.subnet = Subnet.chooseSmall(avoiding: taken)?.text
            do {
                _ = try await host.engine.createNetwork(spec)
                return true
            } catch EngineError.refused(let status, _, _) where [400, 403].contains(status) && attempt < 5 {
                // Somebody took the same addresses at the same moment.
            }
        }
        return true
    }

    func removeNetwork() async throws {
        guard let found = try await host.engine.network(network), found.labels[Self.label] == service.id.text,
            found.labels[Engine.instanceLabel] == host.settings.instance
        else { return }
        for container in found.containers.keys {
            try? await host.engine.disconnect(network: network, container: container, force: true)
        }
        try await host.engine.removeNetwork(network)
    }

    // MARK: The container

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

// MARK: Folders and files

extension ServiceServer {
    var folder: FilePath { host.paths.service(service.id) }
    var backups: FilePath { folder.appending("backups") }
    func dataFolder(_ generation: Int) -> FilePath { folder.appending("data-\(generation)") }

    /// Folders of the container that hold files of ours.
    private var fileFolders: [String] {
        Set(kind.files.keys.map { FilePath($0).removingLastComponent().string }).sorted()
    }

    /// Makes the folders that a container shows; the image's own program gives them to its user.
    func makeFolders(data generation: Int) throws {
        try makeFolder(folder)
        for index in kind.data.indices { try makeFolder(dataFolder(generation).appending("\(index)")) }
    }

    /// Writes what the server reads of us; behind a folder that only we may enter, so that others on the host cannot.
    func writeFiles(links: [ServiceLink]) throws {
        try makeFolders(data: service.generation)
        let values = ServiceValues(service, kind, links: links).all
        for (index, target) in fileFolders.enumerated() {
            let own = folder.appending("files").appending("\(index)")
            try makeFolder(own, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
            for (path, text) in kind.files {
                let file = FilePath(path)
                guard file.removingLastComponent().string == target, let name = file.lastComponent else { continue }
                try writeFile(
                    own.appending(name),
                    Array(text.filled(values).utf8),
                    mode: [.ownerReadWrite, .groupRead, .otherRead]
                )
            }
        }
    }

    /// Removes a folder below our own, also what the server's user has written there.
    func remove(_ path: FilePath) async throws {
        do { try removeTree(path) } catch {
            // Only root may; a container of the same image is.
            guard let image = try await host.engine.image(service.reference) else { throw error }
            try await remove(path, asRootOf: image.id)
            try removeTree(path)
        }
    }

    /// What a death left of an earlier one has its name, and goes first.
    func remove(_ path: FilePath, asRootOf image: String) async throws {
        var workload = Workload(
            name: "\(Self.name(service, host.settings)).cleaning",
            image: image,
            hostname: "cleaning"
        )
        workload.home = WorkloadNetwork("none")
        workload.labels = [Self.label: service.id.text, Self.operationLabel: "0"]
        workload.user = "0"
        workload.entrypoint = ["rm", "-rf", "--"]
        workload.command = ["/service/\(path.lastComponent?.string ?? "nothing")"]
        workload.mounts = [
            WorkloadMount(source: path.removingLastComponent().string, target: "/service", isReadOnly: false)
        ]
        workload.restartPolicy = "no"
        try await removeContainers(operation: 0, isKept: false)
        let code = try await host.scheduler.run(workload)
        guard code == 0 else { throw Failure(.programFailed, "\(path) could not be removed: rm ended with \(code)") }
    }
}

// MARK: Readiness

extension ServiceServer {
    func inside(_ handle: String, _ link: ServiceLink? = nil) -> ServiceInside {
        ServiceInside(host: host, service: service, kind: kind, handle: handle, link: link)
    }

    /// Waits until the server answers, and prepares it.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/startFailed`` and the last lines of its log.
    func waitUntilReady(_ handle: String) async throws {
        let deadline = host.time.uptime() + kind.readyWithin
        var last: Failure?
        while true {
            guard let state = try await host.scheduler.inspect(handle) else {
                throw Failure(.startFailed, "\(service.title) is gone while it starts")
            }
            if case .exited(let code, let outOfMemory) = state.phase {
                let why = outOfMemory ? "it used more memory than it may" : "its server ended with \(code)"
                throw await unready(handle, why)
            }
            if state.restarts > 2 { throw await unready(handle, "its server ended \(state.restarts) times") }
            do {
                if try await answers(handle, state) { break }
            } catch { last = Failure(error) }
            guard host.time.uptime() < deadline else {
                throw await unready(handle, last?.why ?? "it does not answer after \(kind.readyWithin)")
            }
            try await host.time.clock.sleep(for: .milliseconds(200))
        }
        if kind.actions[.prepare] != nil { try await inside(handle).answer(.prepare) }
    }

    private func answers(_ handle: String, _ state: InstanceState) async throws -> Bool {
        guard state.isRunning else { return false }
        if let address = state.address {
            let port = try Port(kind.ports[0].description)
            guard try await host.probes.connect(address, port, .seconds(2)) == .open else { return false }
        }
        if kind.actions[.ready] != nil { try await inside(handle).answer(.ready, within: .seconds(15)) }
        return true
    }

    private func unready(_ handle: String, _ why: String) async -> Failure {
        let lines = (try? await host.scheduler.lastLines(20, of: handle))?.map(\.text) ?? []
        // A server that cannot read its file of users quotes it.
        let secrets = [service.password] + ((try? await links()) ?? []).map(\.password)
        let masked = lines.map { ServiceSecret.masked($0, secrets) }
        return Failure(
            .startFailed,
            "\(service.title) is not ready",
            why: why,
            fix: "slipway \(service.kind):logs \(service.name), and look at its memory and version",
            excerpt: masked.isEmpty ? nil : .init(title: "the last lines of its log:", lines: masked)
        )
    }
}
