import Core
import Store

extension Feature {
    /// What an app must show before it gets a request.
    static let checks = Feature(
        "checks",
        "What an app must show before it gets a request",
        commands: ChecksCommands.all,
        properties: Checks.properties,
        collect: { settings, app, host in
            let values = try await Properties("checks", on: host).all(Checks.properties, of: app)
            // What may be run on this host is no part of a release.
            for (name, value) in values where name != Checks.hostCommands.name {
                settings.options["checks.\(name)"] = value
            }
        },
        restore: { settings, app, database in
            try PropertiesTable.restore(Checks.properties, of: "checks", app.id, to: settings.options, database)
        },
        report: { app, source in
            let values = source.sheet.effective("checks", Checks.properties, of: app)
            let shown = [("disabled", "disabled-list"), ("skipped", "skipped-list")]
            return shown.map { ReportLine($0.1, (values[$0.0] ?? "").isEmpty ? "none" : values[$0.0] ?? "") }
                + [ReportLine("computed-wait-to-retire", values["wait-to-retire"] ?? "")]
                + [ReportLine("computed-timeout", values["timeout"] ?? "")]
                + [ReportLine("computed-host-commands", values["host-commands"] ?? "")]
        }
    )
}

/// What can be asked of checks.
struct Checks: Sendable {
    static let waitToRetire = Property(
        "wait-to-retire",
        default: "60",
        "Seconds an old instance may take to finish its requests",
        validate: Allowed.number(0...86400)
    )
    static let timeout = Property(
        "timeout",
        default: "60",
        "Seconds a new instance may take to become ready",
        validate: Allowed.number(1...3600)
    )
    /// Lists of process types, `_all_` for every one; set by `checks:disable` and `checks:skip` only.
    static let disabled = Property(
        "disabled",
        default: "",
        scope: .app,
        readOnly: true,
        lines: [],
        "Types without zero downtime"
    ) { _ in }
    static let skipped = Property(
        "skipped",
        default: "",
        scope: .app,
        readOnly: true,
        lines: [],
        "Types without checks"
    ) { _ in }
    static let hostCommands = Property(
        "host-commands",
        default: "false",
        scope: .global,
        "Whether checks of app.json may run programs of this host when they fail",
        validate: Allowed.boolean
    )
    static let properties = [waitToRetire, timeout, hostCommands, disabled, skipped]

    let host: Host

    init(on host: Host) { self.host = host }

    func waitToRetire(_ app: App) async throws -> Duration {
        let text = try await Properties("checks", on: host).effective(Self.waitToRetire, of: app)
        return .seconds(Int(text) ?? 60)
    }

    /// How the newcomers of a release prove themselves: a new one as its own settings say, one that was live before
    /// as the app is set now.
    func plan(_ app: App, _ release: Release) async throws -> ReadinessPlan {
        // Nobody asks for a pattern by its name.
        let names = try await Domains(on: host).names(of: app).filter { !$0.isWildcard && !$0.isCatchAll }
        var values = try await Properties("checks", on: host).all(Self.properties, of: app)
        if release.status == .pending {
            for name in values.keys { values[name] = release.settings.options["checks.\(name)"] ?? values[name] }
        }
        return ReadinessPlan(
            port: Ports.webPort(release.settings, release.facts),
            checks: release.facts.appJSON.healthchecks.mapValues { $0.filter { $0.type == "startup" } },
            skipped: Self.types(values["skipped"] ?? ""),
            limit: .seconds(Int(values["timeout"] ?? "") ?? 60),
            hostHeader: names.first?.text ?? "localhost",
            app: app.name,
            release: release.number
        )
    }

    /// A stored list of types; `_all_` stands for every one.
    static func types(_ text: String) -> Set<String> { Set(text.split(separator: ",").map(String.init)) }
}

/// How an instance is to prove that it is ready.
struct ReadinessPlan: Sendable {
    var port: Port
    var checks: [ProcessType: [HealthCheck]]
    var skipped: Set<String>
    /// Time in all, from the first look.
    var limit: Duration
    var hostHeader: String
    var app: AppName
    var release: Int

    func isSkipped(_ type: ProcessType) -> Bool { skipped.contains(CheckLists.every) || skipped.contains(type.text) }
}
