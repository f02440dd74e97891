import Core
import Engine
import Proxying
import Scheduling
import Store

extension Feature {
    /// Networks besides the one on which nginx reaches every app.
    static let network = Feature(
        "network",
        "Networks that apps share with each other and with services",
        commands: NetworkCommands.all,
        migrations: NetworkTable.migrations,
        properties: Networks.properties,
        collect: { settings, app, host in
            let values = try await Properties("network", on: host).all(Networks.shaping, of: app)
            for name in Networks.shaping.map(\.name) { settings.options["network.\(name)"] = values[name] }
        },
        restore: { settings, app, database in
            try PropertiesTable.restore(Networks.shaping, of: "network", app.id, to: settings.options, database)
        },
        shapeSite: { site, app, host in
            let listener = try await Properties("network", on: host).effective(Networks.staticListener, of: app)
            guard !listener.isEmpty else { return }
            for index in site.mappings.indices { site.mappings[index].upstream = [listener] }
            site.state = .serving
        },
        report: { app, source in
            guard let app else { return [] }
            let listeners = try Networks.listeners(of: app, source)
            return [ReportLine("web-listeners", listeners.joined(separator: " "))]
        }
    )
}

/// What can be done with networks.
///
/// Each instance has its address on the instance's own network, whatever else it is in: nginx counts on that.
struct Networks: Sendable {
    static let initial = Property(
        "initial-network",
        default: "",
        "A network joined before the first process starts, besides the app's own",
        validate: { _ = try NetworkName(attachable: $0) }
    )
    static let postCreate = Property(
        "attach-post-create",
        default: "",
        "Networks joined before a process starts",
        validate: { _ = try NetworkName.list($0) }
    )
    static let postDeploy = Property(
        "attach-post-deploy",
        default: "",
        "Networks joined once a process is healthy",
        validate: { _ = try NetworkName.list($0) }
    )
    static let bindAll = Property(
        "bind-all-interfaces",
        default: "false",
        "Publish the ports of web processes on free ports of the host, past nginx",
        validate: Allowed.boolean
    )
    static let tld = Property(
        "tld",
        default: "",
        "What stands behind APP.TYPE in the names of processes",
        validate: { text in
            let labels = text.split(separator: ".", omittingEmptySubsequences: false)
            let isName = labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "-") }
            }
            guard isName, text.utf8.count <= 128 else { throw Failure.malformed("\(quoted(text)) is no end of a name") }
        }
    )
    static let staticListener = Property(
        "static-web-listener",
        default: "",
        scope: .app,
        "ADDRESS:PORT to which nginx sends all requests, instead of to processes of the app",
        validate: { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, Subnet.number(parts[0]) != nil, (try? Port(parts[1])) != nil else {
                throw Failure.malformed("\(quoted(text)) is not ADDRESS:PORT", fix: "write it as 127.0.0.1:8080")
            }
        }
    )
    static let roles = [initial, postCreate, postDeploy]
    /// What is part of a release.
    static let shaping = [initial, postCreate, postDeploy, bindAll, tld]
    static let properties = shaping + [staticListener]

    let host: Host

    init(on host: Host) { self.host = host }

    // MARK: Of a release

    /// What an instance is in before it starts.
    static func early(_ settings: Settings, _ app: App, _ type: ProcessType) -> [WorkloadNetwork] {
        named(settings, [initial, postCreate], app, type)
    }

    /// What it is brought into once it is healthy.
    static func late(_ settings: Settings, _ app: App, _ type: ProcessType, hostname: String) -> [WorkloadNetwork] {
        named(settings, [postDeploy], app, type, hostname: hostname)
    }

    private static func named(
        _ settings: Settings,
        _ roles: [Property],
        _ app: App,
        _ type: ProcessType,
        hostname: String? = nil
    ) -> [WorkloadNetwork] {
        let names = roles.flatMap { (try? NetworkName.list(settings.options["network.\($0.name)"] ?? "")) ?? [] }
        let aliases = NetworkAliases(app.name, type, tld: tld(settings), hostname: hostname).all
        return names.map { WorkloadNetwork($0.text, aliases: aliases) }
    }

    static func tld(_ settings: Settings) -> String { settings.options["network.tld"] ?? "" }

    /// The network on which an app meets the containers it is linked with.
    static func privateNetwork(of app: App, _ settings: HostSettings) -> String { "\(settings.network)-\(app.id)" }

    /// Brings a healthy instance into the networks that wait for that.
    func joinLate(_ instance: Instance, of app: App, _ release: Release) async throws {
        guard let handle = instance.handle else { return }
        let networks = Self.late(release.settings, app, instance.type, hostname: instance.hostname)
        if !networks.isEmpty { try await host.scheduler.join(handle, networks) }
    }

    /// Where nginx reaches the web processes.
    static func listeners(of app: App, _ source: ReportSource) throws -> [String] {
        guard let release = try source.current(of: app) else { return [] }
        let port = Ports.webPort(release.settings, release.facts)
        let web = try PsTable.instances(of: app.id, source.database).filter { $0.type == .web && $0.state == .live }
        return web.map { "\($0.address):\(port)" }
    }

    // MARK: Networks of the engine

    /// Of the engine, foreign ones too; `managed` leaves those of `network:create`.
    func list(managed: Bool) async throws -> [ShownNetwork] {
        let rows = try await host.store.read { try NetworkTable.all($0) }
        let all = try await host.engine.everyNetwork().filter { !managed || isOurs($0) && rows.contains($0.name) }
        return all.map(Self.shown).sorted { $0.Name < $1.Name }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func info(_ name: NetworkName) async throws -> ShownNetwork {
        guard let found = try await host.engine.network(name.text) else { throw Self.missing(name) }
        return Self.shown(found)
    }

    private static func shown(_ facts: NetworkFacts) -> ShownNetwork {
        ShownNetwork(
            ID: facts.id,
            Name: facts.name,
            Driver: facts.driver,
            Scope: facts.scope,
            CreatedAt: facts.created,
            Internal: facts.isInternal,
            IPv6: facts.hasIPv6,
            Labels: facts.labels,
            Subnets: facts.subnets,
            Containers: facts.containers.values.sorted()
        )
    }

    private func isOurs(_ facts: NetworkFacts) -> Bool {
        facts.labels[Engine.instanceLabel] == host.settings.instance
    }

    static func missing(_ name: NetworkName) -> Failure {
        Failure(
            .notFound,
            "Network \(name) does not exist",
            fix: "slipway network:create \(name), or slipway network:list"
        )
    }

    /// Makes a network of ours; one that was lost at the engine is made again.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/taken``.
    func create(_ name: NetworkName) async throws {
        if try await host.engine.network(name.text) != nil {
            throw Failure(.taken, "Network \(name) already exists", fix: "slipway network:info \(name)")
        }
        let event = event("network:create", "made \(name)")
        try await host.store.write { try NetworkTable.insert(name.text, at: event.at, $0) }
        do {
            try await make(name)
        } catch {
            try await host.store.write { try NetworkTable.delete(name.text, $0) }
            throw error
        }
        try await host.store.write { try HostTable.record(event, $0) }
    }

    func make(_ name: NetworkName) async throws {
        var spec = NetworkSpec(name: name.text)
        spec.isAttachable = true
        spec.labels = ["com.dokku.network-name": name.text]
        _ = try await host.engine.createNetwork(spec)
    }

    /// Refuses what is not of `network:create`, and what somebody counts on.
    ///
    /// - Throws: ``Failure``; nothing has changed then.
    func refuseDestroying(_ name: NetworkName) async throws {
        let present = try await host.engine.network(name.text)
        let isKnown = try await host.store.read { try NetworkTable.all($0) }.contains(name.text)
        guard present != nil || isKnown else { throw Self.missing(name) }
        guard isKnown, present.map(isOurs) ?? true else {
            let isOwn = present.map(isOurs) ?? false
            throw Failure(
                .notAllowed,
                "Network \(name) is not removed",
                why: isOwn ? "slipway made it for itself" : "it was not made by network:create",
                fix: isOwn ? nil : "docker network rm \(name), if nothing needs it"
            )
        }
        if let inside = present?.containers.values.sorted(), !inside.isEmpty {
            throw Failure(
                .unchangeable,
                "Network \(name) is in use",
                why: "containers in it: \(inside.prefix(5).joined(separator: ", "))",
                fix: "take it out of network:set of those apps and restart them"
            )
        }
        for app in [nil] + (try await Apps(on: host).list()).map(Optional.some) {
            for role in Self.roles {
                let value = try await Properties("network", on: host).raw(role, of: app) ?? ""
                guard try NetworkName.list(value).contains(name) else { continue }
                let whose = app.map { "\($0.name)" } ?? "--global"
                throw Failure(
                    .unchangeable,
                    "Network \(name) is in use",
                    why: "it is \(role.name) of \(app.map { "\($0.name)" } ?? "all apps")",
                    fix: "slipway network:set \(whose) \(role.name)"
                )
            }
        }
    }

    func destroy(_ name: NetworkName) async throws {
        try await refuseDestroying(name)
        try await host.engine.removeNetwork(name.text)
        let event = event("network:destroy", "removed \(name)")
        try await host.store.write { database in
            try NetworkTable.delete(name.text, database)
            try HostTable.record(event, database)
        }
    }

    private func event(_ name: String, _ detail: String) -> Event {
        Event(name, detail, by: host)
    }
}
