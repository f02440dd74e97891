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
        collect: { settings, app, host in
            let type = try await AppProxy(on: host).type(of: app)
            settings.options["proxy.type"] = type
            if let other = AlternateProxy.named(type) { try await Alternates(other, on: host).collect(&settings, app) }
        },
        restore: { settings, app, database in
            try PropertiesTable.restore([AppProxy.type], of: "proxy", app.id, to: settings.options, database)
            guard let proxy = settings.options["proxy.type"].flatMap(AlternateProxy.named) else { return }
            let noun = proxy.noun
            try PropertiesTable.restore(proxy.properties, of: noun, app.id, to: settings.options, database)
            let isLabel: (String) -> Bool = { $0.hasPrefix(AlternateProxy.label) }
            for name in try PropertiesTable.all(noun, app.id, database).keys where isLabel(name) {
                try PropertiesTable.set(noun, name, app.id, to: nil, database)
            }
            for (key, value) in settings.options where key.hasPrefix("\(noun).\(AlternateProxy.label)") {
                try PropertiesTable.set(noun, String(key.dropFirst(noun.count + 1)), app.id, to: value, database)
            }
        },
        shapeSite: { site, app, host in
            let values = try await Properties("proxy", on: host).all(AppProxy.properties, of: app)
            site.mappings = AppProxy.placed(site.mappings, values)
        },
        report: { app, source in
            guard let app else { return [] }
            let isEnabled = source.sheet.value("proxy", AppProxy.off.name, app.id) != "true"
            return [
                ReportLine("enabled", "\(isEnabled)"), ReportLine("disabled", isEnabled ? "" : "true"),
                ReportLine("computed-disabled", "\(!isEnabled)"),
            ]
        }
    )
}

/// What can be done about an app and the proxy in front of it.
struct AppProxy: Sendable {
    static let type = Property(
        "type",
        default: "nginx",
        "Which proxy is used",
        validate: Allowed.oneOf(["nginx"] + AlternateProxy.all.map(\.noun))
    )
    static let port = Property(
        "proxy-port",
        default: "80",
        "The host port that stands in for 80",
        validate: allowedPort
    )
    static let sslPort = Property(
        "proxy-ssl-port",
        default: "443",
        "The host port that stands in for 443",
        validate: allowedPort
    )
    static let off = Property(
        "disabled",
        default: "false",
        scope: .app,
        "Whether the app is taken from behind the proxy, as proxy:disable and proxy:enable do",
        validate: Allowed.boolean
    )
    static let properties = [type, port, sslPort, off]

    let host: Host

    init(on host: Host) { self.host = host }

    private static let allowedPort: @Sendable (String) throws -> Void = { _ = try Port($0) }

    func type(of app: App) async throws -> String {
        try await Properties("proxy", on: host).effective(Self.type, of: app)
    }

    /// Takes the text for nginx of an app away until it is told again; the app goes on running.
    func clear(_ apps: [App]) async throws {
        let events = apps.map { app in
            Event("proxy:clear-config", "", of: app, by: host)
        }
        try await host.proxy.withdraw(apps.map(\.id.text))
        try await host.store.write { database in for event in events { try HostTable.record(event, database) } }
    }

    /// Mappings with the ports that stand in for 80 and 443.
    static func placed(_ mappings: [Mapping], _ values: [String: String]) -> [Mapping] {
        mappings.map { mapping in
            let name = mapping.hostPort == 80 ? port.name : mapping.hostPort == 443 ? sslPort.name : ""
            guard let text = values[name], let number = Int(text) else { return mapping }
            return Mapping(scheme: mapping.scheme, hostPort: number, upstream: mapping.upstream)
        }
    }

    func isEnabled(_ app: App) async throws -> Bool {
        try await host.store.read { try PropertiesTable.value("proxy", Self.off.name, app.id, $0) != "true" }
    }

    /// Whether nginx is the one that is told of it.
    func isBehindNginx(_ app: App) async throws -> Bool {
        try await host.store.read { database in
            if try PropertiesTable.value("proxy", Self.off.name, app.id, database) == "true" { return false }
            let own = try PropertiesTable.value("proxy", Self.type.name, app.id, database)
            let type = try own ?? PropertiesTable.value("proxy", Self.type.name, nil, database)
            return (type ?? Self.type.fallback) == Self.type.fallback
        }
    }

    /// Withdraws an app's site, or tells the proxy of it again; its instances go on running either way.
    ///
    /// - Returns: Whether anything is different now.
    func setEnabled(_ isEnabled: Bool, _ app: App) async throws -> Bool {
        guard try await self.isEnabled(app) != isEnabled else { return false }
        let verb = isEnabled ? "proxy:enable" : "proxy:disable"
        let event = Event(verb, "", of: app, by: host)
        let host = host
        try await Operations(on: host).run(Nginx.siteChange, on: app, verb, allowLocked: true) { held in
            try await held.step(SiteStep.publish) {
                if isEnabled, let site = try await Nginx(on: host).possibleSite(of: app) {
                    try await Nginx(on: host).tell([site])
                } else if !isEnabled {
                    try await host.proxy.withdraw([app.id.text])
                }
            }
            try await held.step(SiteStep.record) {
                try await held.write { database in
                    try PropertiesTable.set("proxy", Self.off.name, app.id, to: isEnabled ? nil : "true", database)
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
        try property.checkScope(of: app)
        if let app, property.name == Self.off.name {
            if let value { try property.check(value) }
            return try await setEnabled(value != "true", app)
        }
        let properties = Properties("proxy", on: host)
        if property.name != Self.type.name, let port = try value.map({ try Port($0) }) {
            try await Ports(on: host).refuseOwned([port], by: app)
        }
        return try await properties.set(property, to: value, of: app) {
            if let app { try await Nginx(on: host).publish(app) } else { try await Nginx(on: host).publishAll() }
        }
    }
}
