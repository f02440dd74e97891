import Core
import Engine
import Plugins
import Proxying
import Scheduling
import Store

extension Ps {
    /// The name a container has while it is not the one that serves; unique because its row is.
    static func workName(_ app: App, _ instance: Instance) -> String {
        "\(app.name).\(instance.name).\(instance.id)"
    }

    /// The name of the one that serves.
    static func settledName(_ app: App, _ instance: Instance, _ settings: HostSettings) -> String {
        settings.isSandbox ? "\(app.name).\(instance.name)-\(settings.instance)" : "\(app.name).\(instance.name)"
    }

    /// Makes and starts the container of a reserved instance; its handle is written down in between.
    func start(_ instance: Instance, of app: App, _ release: Release, _ held: Held) async throws -> Instance {
        var copy = instance
        let handle = try await host.scheduler.create(try await workload(instance, app, release))
        copy.handle = handle
        try await held.write { try PsTable.setHandle(handle, of: instance.id, $0) }
        let words = ["app", handle, app.name.text, "deploy", instance.type.text]
        try await Hooks(on: host).fire(.postContainerCreate, words, app: app.name)
        do {
            try await host.scheduler.start(handle)
        } catch let failure as any Explained {
            throw Failure(
                .startFailed,
                "\(instance.name) could not be started",
                why: failure.failure.why ?? failure.failure.what
            )
        }
        return copy
    }

    /// Removes instances with their containers; their addresses rest.
    func remove(_ instances: [Instance]) async throws {
        let host = host
        try await withThrowingTaskGroup(of: Void.self) { group in
            for instance in instances {
                group.addTask {
                    if let handle = instance.handle { try await host.scheduler.remove(handle) }
                    let generation = (try? host.proxy.generation()) ?? 0
                    let freed = FreedAddress(at: host.time.now(), generation: generation > 0 ? generation : nil)
                    try await host.store.write { try PsTable.delete(instance.id, freed: freed, $0) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Everything the scheduler needs to know to run an instance.
    func workload(_ instance: Instance, _ app: App, _ release: Release) async throws -> Workload {
        var workload = try await base(
            app,
            release,
            type: instance.type,
            name: Self.workName(app, instance),
            isInstance: true
        )
        if workload.hostname == instance.type.text { workload.hostname = instance.hostname }
        let tld = Networks.tld(release.settings)
        let own = NetworkAliases(app.name, instance.type, tld: tld, hostname: instance.hostname).all.suffix(1)
        for index in workload.networks.indices { workload.networks[index].aliases += own }
        // An instance has no name where services are: it is they who are asked.
        workload.networks += try await Services(on: host).networks(of: app)
        workload.address = instance.address
        if let command = Self.command(release, instance.type) {
            workload.command = ProcessCommand.words(command, environment: workload.environment)
        }
        if instance.type == .web, release.settings.options["network.\(Networks.bindAll.name)"] == "true" {
            let inside = Ports.effective(release.settings, release.facts).map { UInt16($0.container.number) }
            workload.publishedPorts += Set(inside).sorted().map { WorkloadPort(container: $0) }
        }
        workload.environment["DYNO"] = instance.name
        workload.environment["SLIPWAY_PROCESS"] = instance.name
        workload.labels["slipway.ordinal"] = "\(instance.ordinal)"
        workload.labels[Instance.label] = instance.id
        workload.labels[Operation.label] = "\(instance.operation)"
        workload.labels["com.dokku.dyno"] = instance.name
        if instance.type == .web { workload.labels.merge(AlternateProxy.labels(release, of: app)) { own, _ in own } }
        // The engine restarts nothing that has not proven itself: an exit is the proof of failure.
        workload.restartPolicy = "no"
        return workload
    }

    /// What a process is started with: what was set in place of the Procfile, else its line; nil is the image's own.
    static func command(_ release: Release, _ type: ProcessType) -> String? {
        let chosen = [dockerfileStartCommand, startCommand].compactMap { release.settings.options["ps.\($0.name)"] }
        return chosen.first { !$0.isEmpty } ?? release.facts.procfile.commands[type]
    }

    /// What instances, release commands and one-off runs have in common.
    ///
    /// - Throws: ``Failure`` when there is no image yet.
    func base(
        _ app: App,
        _ release: Release,
        type: ProcessType,
        name: String,
        isInstance: Bool = false
    ) async throws -> Workload {
        guard let image = release.image else { throw Failure.notDeployed(app) }
        var workload = Workload(name: name, image: image, hostname: type.text)
        workload.environment = environment(app, release, type)
        workload.labels = [
            Engine.appLabel: app.id.text, "slipway.release": "\(release.number)", "slipway.type": type.text,
            "com.dokku.app-name": app.name.text, "com.dokku.process-type": type.text,
            "com.dokku.container-type": "deploy",
        ]
        Logs.shape(&workload, release.settings, app)
        workload.limits = release.settings.limits(of: type)
        workload.mounts = try Storage.workloadMounts(release.settings, of: app, type: type, host.settings)
        let grace = release.settings.options["ps.stop-timeout-seconds"] ?? Ps.stopTimeout.fallback
        workload.stopGrace = .seconds(Int(grace) ?? 30)
        workload.usesInit = SchedulerDockerLocal.usesInit(release.settings)
        workload.networks = Networks.early(release.settings, app, type)
        let isOneOff = !isInstance && ["run", "cron"].contains(type.text)
        let place = DockerPlace(app: app, settings: host.settings, type: type, tld: Networks.tld(release.settings))
        try release.settings.apply(
            isOneOff ? .run : .deploy,
            to: &workload,
            place,
            isScript: !isInstance && !isOneOff
        )
        if !isInstance { workload.networks += try await Services(on: host).networks(of: app) }
        return workload
    }

    private func environment(_ app: App, _ release: Release, _ type: ProcessType) -> [String: String] {
        var result = release.settings.environment
        let port = Ports.webPort(release.settings, release.facts)
        if type == .web { result["PORT"] = "\(port)" }
        result["SLIPWAY_APP"] = app.name.text
        result["SLIPWAY_RELEASE"] = release.name
        result["DOKKU_APP_NAME"] = app.name.text
        result["DOKKU_PROC_TYPE"] = type.text
        let name = release.settings.options["git.\(Git.revisionVariable.name)"] ?? Git.revisionVariable.fallback
        if let revision = release.revision, !name.isEmpty { result[name] = result[name] ?? revision.text }
        return result
    }
}
