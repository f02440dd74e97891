import Core
import Engine
import Proxying
import Scheduling
import Store

/// What can be done about a proxy that is a container.
struct Alternates: Sendable {
    let host: Host
    let proxy: AlternateProxy

    init(_ proxy: AlternateProxy, on host: Host) {
        self.proxy = proxy
        self.host = host
    }

    /// One for the whole host, told from those of other roots on the same engine.
    var name: String { "slipway-\(proxy.noun)-\(host.settings.instance)" }

    private var properties: Properties { Properties(proxy.noun, on: host) }

    /// Starts it with what is set now; one that has ended is made anew.
    ///
    /// - Returns: False when it runs already.
    /// - Throws: ``Failure`` when nginx holds its ports or its image cannot be had.
    func start() async throws -> Bool {
        let present = try await host.engine.container(name)
        if present?.state.running == true { return false }
        try await refuseNginx()
        let values = try await values()
        let image = values["image"] ?? ""
        try await ensure(image)
        if present != nil { try await host.engine.removeContainer(name, force: true) }
        let handle = try await host.engine.createContainer(name: name, spec: try spec(values))
        try await host.engine.startContainer(handle)
        try await note("start", image)
        return true
    }

    /// - Returns: False when it does not run.
    func stop() async throws -> Bool {
        guard let present = try await host.engine.container(name) else { return false }
        if present.state.running { try await host.engine.stopContainer(name, grace: .seconds(30)) }
        try await host.engine.removeContainer(name, force: true)
        try await note("stop", "")
        return true
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when it was not started.
    func logs(_ wish: LogWish) async throws -> LogLines {
        guard try await host.engine.container(name) != nil else {
            throw Failure(.notFound, "\(proxy.noun) does not run", fix: "slipway \(proxy.noun):start")
        }
        return host.scheduler.logs(of: name, wish)
    }

    /// What its container is made from, as compose files put it; secrets are left out.
    func configuration() async throws -> [String] {
        let values = try await values()
        let service = proxy.service(values, host.settings.network)
        func line(_ text: String) -> String { "      - \(text.inDoubleQuotes)" }
        var lines = [
            "services:", "  \(proxy.noun):", "    image: \"\(values["image"] ?? "")\"", "    network_mode: host",
        ]
        lines.append("    restart: unless-stopped")
        if let command = service.command { lines += ["    command:"] + command.map(line) }
        let secrets = Set(values.keys.filter { AlternateProxy.provider($0) != nil }.map { $0.dropFirst(13) })
        let variables = service.environment.sorted { $0.key < $1.key }
            .map { line("\($0.key)=\(secrets.contains($0.key[...]) ? "******" : $0.value)") }
        if !variables.isEmpty { lines += ["    environment:"] + variables }
        let labels = service.labels.sorted { $0.key < $1.key }
            .map { line("\($0.key)=\($0.key.hasSuffix("basicauth.users") ? "******" : $0.value)") }
        if !labels.isEmpty { lines += ["    labels:"] + labels }
        lines += ["    volumes:", line("\(host.settings.engineSocket):\(service.socket)")]
        return lines + service.volumes.sorted { $0.key < $1.key }.map { line("\(volume($0.key)):\($0.value)") }
    }

    /// The labels that an app's web processes would get with a release now.
    func labels(of app: App) async throws -> [String: String] {
        guard var release = try await Releases(on: host).current(of: app) else { throw Failure.notDeployed(app) }
        release.settings = try await Releases(on: host).draft(of: app)
        release.settings.options["proxy.type"] = proxy.noun
        try await collect(&release.settings, app)
        return AlternateProxy.labels(release, of: app)
    }

    /// Adds what the labels of an app's next release are made from.
    func collect(_ settings: inout Settings, _ app: App) async throws {
        var own = try await properties.all(proxy.properties, of: app)
        own = own.filter { name, _ in
            proxy.properties.first { $0.name == name }.map { !$0.isSecret } ?? name.hasPrefix(AlternateProxy.label)
        }
        proxy.collect(&settings.options, names: try await Domains(on: host).names(of: app), own: own)
    }

    // MARK: Labels by hand

    func ownLabels(of app: App) async throws -> [String: String] {
        let noun = proxy.noun
        let all = try await host.store.read { try PropertiesTable.all(noun, app.id, $0) }
        return Dictionary(
            uniqueKeysWithValues: all.filter { $0.key.hasPrefix(AlternateProxy.label) }
                .map { (String($0.key.dropFirst(AlternateProxy.label.count)), $0.value) }
        )
    }

    /// - Returns: Whether anything is different now.
    func setLabel(_ label: String, to value: String?, of app: App) async throws -> Bool {
        try AlternateProxy.check(label: label, value: value ?? "")
        guard try await ownLabels(of: app)[label] != value else { return false }
        let (noun, key) = (proxy.noun, AlternateProxy.label + label)
        let event = Event("\(noun):labels:\(value == nil ? "remove" : "add")", label, of: app, by: host)
        try await host.store.write { database in
            try PropertiesTable.set(noun, key, app.id, to: value, database)
            try HostTable.record(event, database)
        }
        return true
    }

    // MARK: Its container

    private func values() async throws -> [String: String] { try await properties.all(proxy.properties, of: nil) }

    /// On the host's own network: apps are kept from each other, and only the host reaches all of them.
    private func spec(_ values: [String: String]) throws -> ContainerSpec {
        let service = proxy.service(values, host.settings.network)
        var spec = ContainerSpec(image: values["image"] ?? "")
        spec.environment = service.environment
        spec.command = service.command
        spec.labels = service.labels.merging(["slipway.proxy": proxy.noun]) { $1 }
        spec.network = "host"
        spec.restartPolicy = .unlessStopped
        spec.logMaxSize = "10m"
        spec.mounts =
            [Mount(.bind(host.settings.engineSocket), target: service.socket, readOnly: true)]
            + service.volumes.sorted { $0.key < $1.key }.map { Mount(.volume(volume($0.key)), target: $0.value) }
        return spec
    }

    private func volume(_ name: String) -> String { "slipway-\(host.settings.instance)-\(name)" }

    private func refuseNginx() async throws {
        guard [host.settings.httpPort, host.settings.httpsPort].contains(where: { $0 == 80 || $0 == 443 }) else {
            return
        }
        guard try await host.proxy.audit().isRunning else { return }
        throw Failure(
            .unchangeable,
            "\(proxy.noun) cannot start beside nginx",
            why: "nginx has the ports 80 and 443 of this host",
            fix: "slipway nginx:stop, then slipway \(proxy.noun):start"
        )
    }

    private func ensure(_ image: String) async throws {
        if try await host.engine.image(image) != nil { return }
        host.output.step("Fetching \(image)")
        do { try await host.engine.pull(image) } catch {
            var failure = Failure(error)
            failure.what = "the image \(image) of \(proxy.noun) cannot be fetched"
            failure.fix = "slipway \(proxy.noun):set --global image NAME, or docker pull \(image) by hand"
            throw failure
        }
    }

    private func note(_ verb: String, _ detail: String) async throws {
        let event = Event("\(proxy.noun):\(verb)", detail, by: host)
        try await host.store.write { try HostTable.record(event, $0) }
    }
}

extension AlternateProxy {
    /// Variables of the DNS provider that are set, by name; never a value.
    func report(_ sheet: PropertySheet) -> [ReportLine] {
        sheet.all(noun, nil).keys.filter { Self.provider($0) != nil }.map { ReportLine("global-\($0)", "******") }
    }
}
