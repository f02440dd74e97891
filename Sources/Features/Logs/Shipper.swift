import Core
import Engine
import Files
import Scheduling
import Store
import SystemPackage

/// The container that sends lines of apps elsewhere; without it they stay on this host.
struct Shipper: Sendable {
    private static let role = ["slipway.role": "log-shipper"]

    let host: Host

    init(on host: Host) { self.host = host }

    private var folder: FilePath { host.paths.root.appending("vector") }
    private var file: FilePath { folder.appending("vector.json") }
    private var name: String { "slipway-\(host.settings.instance)-vector" }

    /// What it is told, by what is set now.
    func config() async throws -> ShipperConfig {
        let properties = Properties("logs", on: host)
        var config = ShipperConfig()
        let instance = "\(Engine.instanceLabel)=\(host.settings.instance)"
        func add(_ property: Property, _ app: App?, _ kind: String, _ name: String, _ more: [String]) async throws {
            guard let text = try await properties.raw(property, of: app), !text.isEmpty else { return }
            let labels = [instance] + more + ["com.dokku.container-type=\(kind)"]
            config.sources.append(.init(name: name, labels: labels, sink: try LogSink(text)))
        }
        try await add(Logs.sink, nil, "deploy", "all", [])
        try await add(Logs.cronSink, nil, "cron", "all-cron", [])
        for app in try await Apps(on: host).list() {
            let alias = try await properties.effective(Logs.alias, of: app)
            let label = "\(alias)=\(app.name)"
            try await add(Logs.sink, app, "deploy", "\(app.name)", [label])
            try await add(Logs.cronSink, app, "cron", "\(app.name)-cron", [label])
        }
        return config
    }

    /// Writes what it is told, when there is one and that has changed; it looks at the file by itself.
    func refresh() async throws {
        guard try readFile(file) != nil else { return }
        try await write()
    }

    private func write() async throws {
        let text = Array(try await config().text.utf8)
        guard try readFile(file, limit: 16 << 20) != text else { return }
        try writeFile(file, text)
    }

    private func containers() async throws -> [ContainerSummary] {
        try await host.engine.containers(labels: Self.role, all: true)
    }

    /// Starts it, or starts it anew with another image.
    ///
    /// - Parameter wanted: Its image; nil is the one that is set.
    /// - Returns: False when it runs already from this image.
    /// - Throws: ``Failure`` with code ``FailureCode/badSource`` when the image can be had nowhere.
    func start(image wanted: String?) async throws -> Bool {
        let properties = Properties("logs", on: host)
        let set = try await properties.effective(Logs.image, of: nil)
        let image = try ImageName(wanted ?? set)
        try await write()
        let present = try await containers()
        if let running = present.first(where: { $0.state == "running" }), running.image == image.text { return false }
        try await fetch(image)
        for old in present { try await host.engine.removeContainer(old.id, force: true) }
        let networks = try await properties.effective(Logs.networks, of: nil).split(separator: ",").map(String.init)
        var spec = ContainerSpec(image: image.text)
        spec.labels = Self.role
        spec.command = ["--config", "/etc/vector/vector.json", "--watch-config"]
        spec.mounts = [
            Mount(.bind(folder.string), target: "/etc/vector", readOnly: true),
            Mount(.bind(host.settings.engineSocket), target: "/var/run/docker.sock", readOnly: true),
        ]
        spec.network = networks.first ?? host.settings.network
        spec.restartPolicy = try RestartPolicy("unless-stopped")
        spec.logMaxSize = "10m"
        let id = try await host.engine.createContainer(name: name, spec: spec)
        do {
            for network in networks.dropFirst() { try await host.engine.connect(network: network, container: id) }
            try await host.engine.startContainer(id)
        } catch {
            try? await host.engine.removeContainer(id, force: true)
            throw error
        }
        try await record("logs:vector-start", image.text)
        return true
    }

    private func fetch(_ image: ImageName) async throws {
        if try await host.engine.image(image.text) != nil { return }
        host.output.step("Fetching \(image)")
        do { try await host.engine.pull(image.text) } catch EngineError.refused(_, let words, _) {
            throw Failure(
                .badSource,
                "the shipper's image \(image) could not be fetched",
                why: cleaned(words, keepTabs: false),
                fix: "check the name and the registry, or name another: logs:set --global vector-image IMAGE"
            )
        }
    }

    /// - Returns: False when there is none.
    func stop() async throws -> Bool {
        let all = try await containers()
        for container in all {
            try await host.engine.stopContainer(container.id, grace: .seconds(10))
            try await host.engine.removeContainer(container.id, force: true)
        }
        try removeFile(file)
        if !all.isEmpty { try await record("logs:vector-stop", name) }
        return !all.isEmpty
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when there is none.
    func logs(_ wish: LogWish, _ say: (LogLine) -> Void) async throws {
        guard let container = try await containers().first else {
            throw Failure(.notFound, "no shipper is there", fix: "slipway logs:vector-start")
        }
        for try await line in host.scheduler.logs(of: container.id, wish) { say(line) }
    }

    private func record(_ name: String, _ detail: String) async throws {
        let event = Event(name, detail, by: host)
        try await host.store.write { try HostTable.record(event, $0) }
    }
}
