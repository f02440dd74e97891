import Core
import FoundationEssentials
import Plugins
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
        shapeSite: { site, app, host in try await Ports(on: host).shape(&site, app) },
        report: { app, source in
            guard let app else { return [] }
            let own = try PortsTable.all(of: app.id, source.database)
            let detected = try source.current(of: app).map(Ports.detected) ?? []
            return [
                ReportLine("map", own.map(\.text).joined(separator: " ")),
                ReportLine("map-detected", detected.map(\.text).joined(separator: " ")),
                ReportLine("map-json", try Ports.json(own)),
                ReportLine("map-detected-json", try Ports.json(detected)),
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
        try await Releases(on: host).current(of: app).map(Self.detected) ?? []
    }

    static func detected(_ release: Release) -> [PortMapping] {
        var bare = release.settings
        bare.ports = []
        return effective(bare, release.facts)
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
    func change(
        _ app: App,
        _ action: String,
        _ edit: @escaping @Sendable ([PortMapping]) throws -> [PortMapping]
    ) async throws -> Bool {
        let before = try await all(of: app)
        let after = try Self.checked(edit(before))
        if before == after { return false }
        try await refuseOwned(after.map(\.host), by: app)
        if app.current == nil || app.isStopped {
            let host = host
            let isChanged = try await host.store.write { database in
                // Of two changes at the same time neither is lost.
                let present = try PortsTable.all(of: app.id, database)
                let wanted = try Self.checked(edit(present))
                guard wanted != present else { return false }
                try PortsTable.replace(app.id, with: wanted, database)
                try HostTable.record(Event("ports", Self.words(wanted), of: app, by: host), database)
                return true
            }
            guard isChanged else { return false }
        } else {
            try await Deploys(on: host).change(app, because: "ports: \(Self.words(after))") {
                $0.ports = try Self.checked(edit($0.ports))
            }
        }
        await Hooks(on: host).tell(.postProxyPortsUpdate, [app.name.text, action], app: app.name)
        return true
    }

    private static func words(_ mappings: [PortMapping]) -> String {
        mappings.isEmpty ? "none" : mappings.map(\.text).joined(separator: " ")
    }

    static func checked(_ mappings: [PortMapping]) throws -> [PortMapping] {
        var seen: Set<String> = []
        for mapping in mappings where !seen.insert("\(mapping.scheme):\(mapping.host)").inserted {
            throw Failure.malformed("\(mapping.scheme):\(mapping.host) is mapped twice")
        }
        var hosts: [Port: String] = [:]
        for mapping in mappings {
            if let other = hosts.updateValue(mapping.scheme, forKey: mapping.host) {
                throw Failure.malformed(
                    "port \(mapping.host) is mapped twice, as \(other) and as \(mapping.scheme)",
                    fix: "a port of the host speaks one language; map one of them to another port"
                )
            }
            let isEncrypted = mapping.scheme == "https" || mapping.scheme == "grpcs"
            if mapping.host.number == (isEncrypted ? 80 : 443) {
                throw Failure.malformed(
                    "port \(mapping.host) \(isEncrypted ? "does not speak" : "speaks") TLS",
                    fix: "map \(mapping.scheme) to another port"
                )
            }
        }
        return mappings.sorted { ($0.scheme, $0.host) < ($1.scheme, $1.host) }
    }

    /// As Dokku's report has it.
    static func json(_ mappings: [PortMapping]) throws -> String {
        struct Line: Encodable {
            var scheme: String
            var host_port: Int
            var container_port: Int
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let lines = mappings.map {
            Line(
                scheme: $0.scheme,
                host_port: Int($0.host.number),
                container_port: Int($0.container.number)
            )
        }
        return String(decoding: try encoder.encode(lines), as: UTF8.self)
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
