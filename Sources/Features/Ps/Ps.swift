import Core
import Engine
import Scheduling
import Store

extension Feature {
    /// The processes of an app.
    static let ps = Feature(
        "ps",
        "The processes of an app: how many, start, stop, restart",
        commands: PsCommands.all,
        migrations: PsTable.migrations,
        properties: Ps.properties + [Ps.skipDeploy] + Strategy.properties,
        operations: [Control.stopping, Control.starting],
        collect: { settings, app, host in
            let values = try await Properties("ps", on: host).all(Ps.properties, of: app)
            // How a release comes up is no part of it.
            for name in Ps.properties.map(\.name) { settings.options["ps.\(name)"] = values[name] }
        },
        restore: { settings, app, database in
            try PropertiesTable.restore(Ps.properties, of: "ps", app.id, to: settings.options, database)
        },
        reports: { apps, host in try await Ps(on: host).reports(apps) }
    )
}

/// What can be asked of processes.
struct Ps: Sendable {
    static let restartPolicy = Property(
        "restart-policy",
        default: "unless-stopped",
        "What the engine does when a process ends",
        validate: { _ = try RestartPolicy($0) }
    )
    static let stopTimeout = Property(
        "stop-timeout-seconds",
        default: "30",
        "Seconds between SIGTERM and SIGKILL",
        validate: Allowed.number(0...3600)
    )
    static let procfilePath = Property(
        "procfile-path",
        default: "Procfile",
        "Where the Procfile is",
        normalize: Allowed.plainPath,
        validate: Allowed.relativePath
    )
    static let restore = Property(
        "restore",
        default: "true",
        scope: .app,
        "Whether the app is started again with the machine, and by ps:restore",
        validate: Allowed.boolean
    )
    static let startCommand = Property(
        "start-cmd",
        default: "",
        scope: .app,
        "What processes run in place of the Procfile, where dockerfile-start-cmd says nothing",
        validate: allowedCommand
    )
    static let dockerfileStartCommand = Property(
        "dockerfile-start-cmd",
        default: "",
        scope: .app,
        "What processes run in place of the Procfile or the image's own command",
        validate: allowedCommand
    )
    /// How a release comes up is no part of it.
    static let skipDeploy = Property(
        "skip-deploy",
        default: "false",
        "Pushes and builds make a release that waits for ps:restart",
        validate: Allowed.boolean
    )
    static let properties = [
        restartPolicy, stopTimeout, procfilePath, restore, startCommand, dockerfileStartCommand,
    ]

    private static let allowedCommand: @Sendable (String) throws -> Void = { text in
        guard text.utf8.count <= 4096, text == cleaned(text), try !ShellWords.split(text).isEmpty else {
            throw Failure.malformed("\(quoted(text)) is no command")
        }
    }

    let host: Host

    init(on host: Host) { self.host = host }

    func instances(of app: App) async throws -> [Instance] {
        try await host.store.read { try PsTable.instances(of: app.id, $0) }
    }

    func instance(_ id: String) async throws -> Instance? {
        try await host.store.read { try PsTable.find(id, $0) }
    }

    /// Those that serve, of every app.
    func live() async throws -> [Instance] {
        try await host.store.read { try PsTable.allInstances($0) }.filter { $0.state == .live }
    }

    /// Those that serve, or would if they were not stopped.
    func live(of app: App) async throws -> [Instance] { try await instances(of: app).filter { $0.state == .live } }

    func asked(of app: App) async throws -> [ProcessType: Int] {
        try await host.store.read { try PsTable.formation(of: app.id, $0) }
    }

    /// How many of each type `release` runs.
    func formation(of app: App, _ release: Release) async throws -> Formation {
        Formation(asked: try await asked(of: app), facts: release.facts)
    }

    /// What is reserved for the newcomers of an operation: a row and an address each, in one transaction.
    func reserve(
        _ slots: [(type: ProcessType, ordinal: Int)],
        for release: Release,
        _ held: Held
    ) async throws -> [Instance] {
        let (now, operation) = (host.time.now(), held.operation)
        let pool = Addresses(subnet: host.settings.subnet, proxy: host.proxy)
        let ids = slots.map { _ in String(host.newID().suffix(10)) }
        let wanted = slots.map { ($0.type, $0.ordinal) }
        return try await held.write { database in
            let addresses = try pool.choose(wanted.count, at: now, database)
            var result: [Instance] = []
            for (index, slot) in wanted.enumerated() {
                let instance = Instance(
                    id: ids[index],
                    app: release.app,
                    release: release.number,
                    type: slot.0,
                    ordinal: slot.1,
                    address: addresses[index],
                    handle: nil,
                    state: .starting,
                    operation: operation,
                    deadline: nil
                )
                try PsTable.insert(instance, database)
                result.append(instance)
            }
            return result
        }
    }

    /// What a report says of each; the engine is asked once, whatever the number of instances.
    func reports(_ apps: [App]) async throws -> [AppID: [ReportLine]] {
        let known = try await Reports.read(host) { source in
            try apps.map { app in
                let live = try PsTable.instances(of: app.id, source.database).filter { $0.state == .live }
                return (app, live, try source.current(of: app)?.facts.appJSON.setsFormation == true)
            }
        }
        let instances = known.flatMap(\.1)
        let held = instances.isEmpty ? [:] : try await Serve(on: host).backOffs(of: instances)
        let phases = try await phases(of: instances, apps)
        let restore = Properties("ps", on: host)
        var result: [AppID: [ReportLine]] = [:]
        for (app, live, setsFormation) in known {
            let isRestored = try await restore.effective(Self.restore, of: app) == "true"
            result[app.id] =
                [
                    ReportLine("deployed", "\(app.current != nil)", isBare: true),
                    ReportLine("processes", "\(live.count)", isBare: true),
                    ReportLine("can-scale", "\(!setsFormation)"),
                    ReportLine("restore", "\(isRestored && !app.isStopped)", isBare: true),
                ] + Self.status(of: live, app, phases, held)
        }
        return result
    }

    private static func status(
        of instances: [Instance],
        _ app: App,
        _ phases: [String: String],
        _ held: [String: BackOff]
    ) -> [ReportLine] {
        var running = 0
        var lines = instances.map { instance in
            var state = phases[instance.id] ?? "missing"
            if state == "running" { running += 1 } else if !app.isStopped { state = held[instance.id]?.words ?? state }
            let words = "\(state) (CID: \((instance.handle ?? "").prefix(11)))"
            return ReportLine("status-\(instance.name)", words, isBare: true)
        }
        let word = running == instances.count && running > 0 ? "true" : running == 0 ? "false" : "mixed"
        lines.append(ReportLine("running", word, isBare: true))
        return lines
    }

    /// How the engine says each is now, by its id: one question for all of them, and one more for each that is down.
    private func phases(of instances: [Instance], _ apps: [App]) async throws -> [String: String] {
        if instances.isEmpty { return [:] }
        let labels = apps.count == 1 ? [Engine.appLabel: apps[0].id.text] : [:]
        let listed = Dictionary(try await host.scheduler.list(labels: labels).map { ($0.handle, $0.mode) }) { $1 }
        var result: [String: String] = [:]
        for instance in instances {
            result[instance.id] =
                switch instance.handle.flatMap({ listed[$0] }) {
                case .running: "running"
                case .restarting: "restarting"
                case .paused: "paused"
                case .down, nil: try await phase(of: instance)
                }
        }
        return result
    }

    /// How the engine says it is now: `running`, `exited` and their like, or `missing`.
    func phase(of instance: Instance) async throws -> String {
        guard let handle = instance.handle, let state = try await host.scheduler.inspect(handle) else {
            return "missing"
        }
        return switch state.phase {
        case .created: "created"
        case .running: "running"
        case .restarting: "restarting"
        case .paused: "paused"
        case .exited: "exited"
        }
    }
}
