import Core
import Proxying
import Store

extension Feature {
    /// Whether and how an app is behind the proxy.
    static let proxy = Feature(
        "proxy",
        "Whether and how an app is behind the proxy",
        commands: ProxyCommands.all,
        properties: AppProxy.properties,
        shapeSite: { site, app, host in
            let values = try await Properties("proxy", on: host).all(AppProxy.properties, of: app)
            site.mappings = AppProxy.placed(site.mappings, values)
        },
        report: { app, host in
            guard let app else { return [] }
            return [ReportLine("enabled", "\(try await AppProxy(on: host).isEnabled(app))")]
        }
    )
}

/// What can be done about an app and the proxy in front of it.
struct AppProxy: Sendable {
    static let type = Property(
        "type",
        default: "nginx",
        "Which proxy is used",
        validate: Allowed.oneOf(["nginx"])
    )
    static let port = Property(
        "proxy-port",
        default: "",
        "The host port that stands in for 80",
        validate: allowedPort
    )
    static let sslPort = Property(
        "proxy-ssl-port",
        default: "",
        "The host port that stands in for 443",
        validate: allowedPort
    )
    static let properties = [type, port, sslPort]

    /// Set by `proxy:enable` and `proxy:disable` only.
    private static let disabled = "disabled"

    let host: Host

    init(on host: Host) { self.host = host }

    private static let allowedPort: @Sendable (String) throws -> Void = { if !$0.isEmpty { _ = try Port($0) } }

    /// Mappings with the ports that stand in for 80 and 443.
    static func placed(_ mappings: [Mapping], _ values: [String: String]) -> [Mapping] {
        mappings.map { mapping in
            let name = mapping.hostPort == 80 ? port.name : mapping.hostPort == 443 ? sslPort.name : ""
            guard let text = values[name], let number = Int(text) else { return mapping }
            return Mapping(scheme: mapping.scheme, hostPort: number, upstream: mapping.upstream)
        }
    }

    func isEnabled(_ app: App) async throws -> Bool {
        try await host.store.read { try PropertiesTable.value("proxy", Self.disabled, app.id, $0) != "true" }
    }

    /// Withdraws an app's site, or tells the proxy of it again; its instances go on running either way.
    ///
    /// - Returns: Whether anything is different now.
    func setEnabled(_ isEnabled: Bool, _ app: App) async throws -> Bool {
        guard try await self.isEnabled(app) != isEnabled else { return false }
        let verb = isEnabled ? "proxy:enable" : "proxy:disable"
        let event = Event(at: host.time.now(), app: app, caller: host.caller.name, name: verb, detail: "")
        let host = host
        try await Operations(on: host).run(Nginx.siteChange, on: app, verb, allowLocked: true) { held in
            try await held.step(SiteStep.publish) {
                if isEnabled, let site = try await Nginx(on: host).possibleSite(of: app) {
                    try await host.proxy.publish([site])
                } else if !isEnabled {
                    try await host.proxy.withdraw([app.id.text])
                }
            }
            try await held.step(SiteStep.record) {
                try await held.write { database in
                    try PropertiesTable.set("proxy", Self.disabled, app.id, to: isEnabled ? nil : "true", database)
                    try HostTable.record(event, database)
                }
            }
        }
        return true
    }

    /// Sets a property and tells the proxy at once; what it refuses is not kept.
    ///
    /// - Returns: Whether anything is different now.
    func set(_ property: Property, to value: String?, of app: App?) async throws -> Bool {
        let properties = Properties("proxy", on: host)
        let old = try await properties.raw(property, of: app)
        guard try await properties.set(property, to: value, of: app) else { return false }
        do {
            if let app { try await Nginx(on: host).publish(app) } else { try await Nginx(on: host).publishAll() }
        } catch {
            _ = try await properties.set(property, to: old, of: app)
            throw error
        }
        return true
    }
}
