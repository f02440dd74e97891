import Core
package import Engine
import FoundationEssentials

/// Runs workloads as containers of this machine's engine, on the instance's own network.
package struct DockerLocal: Scheduler {
    let engine: Engine
    /// The instance's network, on which reserved addresses are given out.
    private let network: String

    package init(engine: Engine, network: String) {
        self.engine = engine
        self.network = network
    }

    package func create(_ workload: Workload) async throws -> String {
        // A volume made by the way would not say which app it belongs to.
        for mount in workload.mounts where !mount.source.hasPrefix("/") {
            let owner = workload.labels[Engine.appLabel].map { [Engine.appLabel: $0] } ?? [:]
            _ = try await engine.createVolume(mount.source, labels: owner)
        }
        let container = try await engine.createContainer(name: workload.name, spec: try spec(of: workload))
        do {
            try await join(container, workload.networks)
        } catch {
            try? await engine.removeContainer(container, force: true)
            throw error
        }
        return container
    }

    func spec(of workload: Workload) throws -> ContainerSpec {
        var spec = ContainerSpec(image: workload.image)
        spec.command = workload.command
        spec.environment = workload.environment
        spec.labels = workload.labels
        spec.hostname = workload.hostname
        spec.user = workload.user
        spec.network = workload.home?.name ?? network
        spec.aliases = workload.home?.aliases ?? []
        spec.address = workload.address
        spec.mounts = workload.mounts.map { mount in
            let source: Mount.Source = mount.source.hasPrefix("/") ? .bind(mount.source) : .volume(mount.source)
            return Mount(source, target: mount.target, readOnly: mount.isReadOnly, options: mount.options)
        }
        spec.limits.memory = workload.limits.memory
        spec.limits.memorySwap = workload.limits.memorySwap
        spec.limits.memoryReservation = workload.limits.memoryReservation
        spec.limits.nanoCPUs = workload.limits.nanoCPUs
        spec.restartPolicy = try RestartPolicy(workload.restartPolicy)
        spec.usesInit = workload.usesInit
        spec.stopTimeout = workload.stopGrace
        spec.logMaxSize = workload.logSize
        spec.terminal = workload.terminal
        spec.openStdin = workload.openInput
        spec.attach = workload.openInput
        spec.autoRemove = workload.removesItself
        spec.terminalSize = workload.terminalSize
        spec.entrypoint = workload.entrypoint
        spec.workingDirectory = workload.workingDirectory
        spec.stopSignal = workload.stopSignal
        spec.extraHosts = workload.extraHosts
        spec.publishedPorts = workload.publishedPorts.map {
            PublishedPort(
                container: $0.container,
                transport: $0.transport,
                hostAddress: $0.hostAddress,
                host: $0.host
            )
        }
        spec.options = workload.engineOptions
        spec.hostOptions = Self.hostOptions(of: workload)
        return spec
    }

    /// What has no word of its own in the description of a container.
    private static func hostOptions(of workload: Workload) -> [String: JSON] {
        var options = workload.engineHostOptions
        if let count = workload.limits.gpus, options["DeviceRequests"] == nil {
            options["DeviceRequests"] = .array([
                .members(["Count": .number(count), "Capabilities": .array([.strings(["gpu"])])])
            ])
        }
        guard workload.logDriver != nil || !workload.logOptions.isEmpty else { return options }
        let driver = workload.logDriver ?? "json-file"
        var settings = workload.logOptions
        if ["json-file", "local"].contains(driver), let size = workload.logSize {
            settings["max-size"] = settings["max-size"] ?? size
        }
        options["LogConfig"] = .members(["Type": .string(driver), "Config": .map(settings)])
        return options
    }

    package func start(_ handle: String) async throws { try await engine.startContainer(handle) }

    package func stop(_ handle: String, grace: Duration) async throws {
        do {
            try await engine.stopContainer(handle, grace: grace)
        } catch EngineError.refused(404, _, _) {}
    }

    package func remove(_ handle: String) async throws { try await engine.removeContainer(handle, force: true) }

    package func setRestartPolicy(_ policy: String, of handle: String) async throws {
        try await engine.updateContainer(handle, restartPolicy: try RestartPolicy(policy))
    }

    func logFrames(of handle: String, _ wish: LogWish) -> AsyncThrowingStream<LogFrame, any Error> {
        engine.logs(handle, follow: wish.follow, tail: wish.tail, timestamps: wish.timestamps)
    }

    package func rename(_ handle: String, to name: String) async throws {
        guard let facts = try await engine.container(handle), facts.name != name else { return }
        do {
            try await engine.renameContainer(handle, to: name)
        } catch EngineError.refused(404, _, _) {
            // A drain in another process has removed it since it was looked at.
        }
    }

    package func inspect(_ handle: String) async throws -> InstanceState? {
        guard let facts = try await engine.container(handle) else { return nil }
        let state = facts.state
        let phase: InstanceState.Phase =
            if state.restarting {
                .restarting
            } else if state.paused {
                .paused
            } else if state.running {
                .running
            } else if state.status == "created" {
                .created
            } else {
                .exited(code: state.exitCode, outOfMemory: state.oomKilled)
            }
        var result = InstanceState(
            handle: handle,
            phase: phase,
            pid: state.pid,
            address: facts.networks[network]?.address ?? facts.networks.values.compactMap(\.address).first,
            restarts: facts.restartCount,
            error: state.error
        )
        result.restartPolicy = facts.restartPolicy
        result.endedAt = state.finishedAt.map {
            Timestamp(milliseconds: Int64(($0.timeIntervalSince1970 * 1000).rounded()))
        }
        return result
    }

    package func list(labels: [String: String]) async throws -> [ScheduledInstance] {
        try await engine.containers(labels: labels, all: true).map { found in
            let mode: ScheduledInstance.Mode =
                switch found.state {
                case "running": .running
                case "restarting": .restarting
                case "paused": .paused
                default: .down
                }
            var instance = ScheduledInstance(
                handle: found.id,
                name: found.name,
                labels: found.labels,
                isRunning: mode == .running,
                mode: mode
            )
            instance.images = [found.image, found.imageID]
            instance.address = found.networks[network]?.address
            return instance
        }
    }

    package func execute(_ command: [String], in handle: String, within limit: Duration) async throws -> Int {
        let engine = engine
        return try await withTimeout(limit) {
            let exec = try await engine.createExec(handle, command: command, terminal: false)
            let session = try await engine.startExec(exec, terminal: false)
            for try await _ in session.output {}
            await session.close()
            return try await engine.execFacts(exec).exitCode ?? 1
        }
    }

    package func wait(for handle: String) async throws -> Int { try await engine.waitContainer(handle) }
}
