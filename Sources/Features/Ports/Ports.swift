import Core
import Proxying
import Store

extension Feature {
    /// Which ports of the host reach which ports of the containers.
    static let ports = Feature(
        "ports",
        "Which ports of the host reach the app",
        commands: PortsCommands.all,
        migrations: PortsTable.migrations,
        collect: { settings, app, host in settings.ports = try await Ports(on: host).all(of: app) },
        restore: { settings, app, database in try PortsTable.replace(app.id, with: settings.ports, database) },
        report: { app, host in
            guard let app else { return [] }
            let ports = Ports(on: host)
            return [
                ReportLine("map", try await ports.all(of: app).map(\.text).joined(separator: " ")),
                ReportLine("map-detected", try await ports.detected(app).map(\.text).joined(separator: " ")),
            ]
        }
    )
}

/// What can be done with port mappings.
struct Ports: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// What was set by hand.
    func all(of app: App) async throws -> [PortMapping] {
        try await host.store.read { try PortsTable.all(of: app.id, $0) }
    }

    /// What holds without anything set by hand.
    func detected(_ app: App) async throws -> [PortMapping] {
        guard let release = try await Releases(on: host).current(of: app) else { return [] }
        var bare = release.settings
        bare.ports = []
        return Self.effective(bare, release.facts)
    }

    /// The mappings nginx is told: those set by hand, else port 80 to the app's own port.
    static func effective(_ settings: Settings, _ facts: SourceFacts) -> [PortMapping] {
        if !settings.ports.isEmpty { return settings.ports }
        guard let http = try? Port(80) else { return [] }
        return [PortMapping(scheme: "http", host: http, container: webPort(settings, facts))]
    }

    /// The port the web process answers on: mapped by hand, else the only EXPOSEd TCP port, else `PORT`, else 5000.
    static func webPort(_ settings: Settings, _ facts: SourceFacts) -> Port {
        let first = settings.ports.first { $0.host.number == 80 } ?? settings.ports.first { $0.host.number == 443 }
        if let mapped = first ?? settings.ports.first { return mapped.container }
        if facts.exposed.count == 1 { return facts.exposed[0] }
        if let text = settings.environment["PORT"], let port = try? Port(text) { return port }
        return fallback
    }

    private static let fallback: Port = {
        guard let port = try? Port(5000) else { preconditionFailure("5000 is a port") }
        return port
    }()

    /// Changes the list; a deployed app moves to a release with the new one.
    ///
    /// - Returns: Whether anything is different now.
    func change(_ app: App, _ edit: @escaping @Sendable ([PortMapping]) throws -> [PortMapping]) async throws -> Bool {
        let before = try await all(of: app)
        let after = try Self.checked(edit(before))
        if before == after { return false }
        if app.current == nil {
            try await host.store.write { try PortsTable.replace(app.id, with: after, $0) }
        } else {
            let words = after.map(\.text).joined(separator: " ")
            try await Deploys(on: host).change(app, because: "ports: \(words.isEmpty ? "none" : words)") {
                $0.ports = try Self.checked(edit($0.ports))
            }
        }
        return true
    }

    private static func checked(_ mappings: [PortMapping]) throws -> [PortMapping] {
        var seen: Set<String> = []
        for mapping in mappings where !seen.insert("\(mapping.scheme):\(mapping.host)").inserted {
            throw Failure.malformed("\(mapping.scheme):\(mapping.host) is mapped twice")
        }
        return mappings.sorted { ($0.scheme, $0.host) < ($1.scheme, $1.host) }
    }

    /// The mappings in the proxy's own words.
    static func mappings(_ settings: Settings, _ facts: SourceFacts, to addresses: [String]) -> [Mapping] {
        effective(settings, facts).compactMap { mapping in
            guard let scheme = Mapping.Scheme(rawValue: mapping.scheme) else { return nil }
            return Mapping(
                scheme: scheme,
                hostPort: Int(mapping.host.number),
                upstream: addresses.map { "\($0):\(mapping.container)" }
            )
        }
    }
}
