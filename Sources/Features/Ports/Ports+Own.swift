import Core
import Glibc
import Probes
import Proxying
import Store

/// Ports that an app has for itself: one without names is reached by nothing else.
extension Ports {
    /// Where own ports are looked for: above what services have, below what the kernel gives to outgoing connections.
    static let ownRange = 20_000..<30_000

    /// The port of an app without names, which it keeps from now on, whatever it is called and whether it gets names.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when every port is somebody's.
    func ownPort(of app: App) async throws -> Port {
        if let port = try await keptPort(of: app) { return port }
        let listening = try host.probes.listening(getpid()).map { Int($0.port.number) }
        return try await host.store.write { database in
            if let port = try PortsTable.own(app.id, database) { return port }
            let standIns = try [AppProxy.port, AppProxy.sslPort].flatMap {
                try PropertiesTable.values("proxy", $0.name, database).compactMap { Int($0) }
            }
            let taken = try PortsTable.taken(database).union(standIns).union(listening)
            guard let port = Self.candidates(app.id).first(where: { !taken.contains($0) }) else {
                throw Failure(.taken, "every port from 20000 to 29999 is somebody's", fix: "give the app a name")
            }
            let kept = try Port(port)
            try PortsTable.keep(kept, for: app.id, database)
            return kept
        }
    }

    /// The port that an app has got once; nil when it always had names.
    func keptPort(of app: App) async throws -> Port? {
        try await host.store.read { try PortsTable.own(app.id, $0) }
    }

    /// Every port of the range, from a place that hangs on the id: a port that is let go is not the next app's.
    private static func candidates(_ app: AppID) -> [Int] {
        let start = app.text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        let offset = Int(start % UInt64(ownRange.count))
        return (0..<ownRange.count).map { ownRange.lowerBound + ($0 + offset) % ownRange.count }
    }

    /// What nginx is told of the port: an app without names takes one when there is anything to put in its place.
    func shape(_ site: inout Site, _ app: App) async throws {
        let needsOne = site.names.isEmpty && site.mappings.contains { $0.hostPort == 80 }
        site.ownPort = try await (needsOne ? ownPort(of: app) : keptPort(of: app)).map { Int($0.number) }
    }

    /// The mappings of an app as people reach them: without names its own port stands in for 80.
    func reached(_ app: App) async throws -> [PortMapping] {
        let own = try await all(of: app)
        let mappings = own.isEmpty ? try await detected(app) : own
        guard let site = try await Nginx(on: host).presentSite(of: app), site.names.isEmpty, let port = site.ownPort,
            site.placedMappings.contains(where: { $0.hostPort == port })
        else { return mappings }
        let shown = try Port(port)
        return mappings.compactMap { mapping in
            guard mapping.host.number == 80 else { return mapping.host.number == 443 ? nil : mapping }
            return PortMapping(scheme: mapping.scheme, host: shown, container: mapping.container)
        }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when another app alone has one of these ports.
    func refuseOwned(_ ports: [Port], by app: App?) async throws {
        let found = try await host.store.read { database in
            try ports.compactMap { port -> (Port, App)? in
                guard let owner = try PortsTable.owner(of: port, database), owner != app?.id,
                    let other = try AppsTable.find(owner, database)
                else { return nil }
                return (port, other)
            }.first
        }
        guard let (port, other) = found else { return }
        throw Failure(
            .taken,
            "port \(port) is that of \(other.name) alone",
            why: "it had no name when it was deployed, and is reached there",
            fix: "map another port of the host"
        )
    }
}
