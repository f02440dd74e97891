import Core
import GRDB
import Plugins
import Proxying
import Store

extension Feature {
    /// The names under which an app answers.
    static let domains = Feature(
        "domains",
        "The names under which an app answers",
        commands: DomainsCommands.all,
        migrations: DomainsTable.migrations,
        shapeSite: { site, app, host in site.names = try await Domains(on: host).names(of: app).map(\.text) },
        report: { app, host in try await Domains(on: host).report(app) }
    )
}

/// What can be done with names.
struct Domains: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// The names nginx is told, in the order in which they were given.
    func names(of app: App) async throws -> [DomainName] {
        try await host.store.read { try Self.names(of: app, $0) }
    }

    static func names(of app: App, _ database: Database) throws -> [DomainName] {
        let mode = try DomainsTable.mode(app.id, database)
        guard mode.isEnabled else { return [] }
        return try mode.isOwn ? DomainsTable.own(app.id, database) : byDefault(app.name, database)
    }

    /// `<app>.<global>` for each global domain; a name that ends in the global domain is used as it is (Dokku).
    static func byDefault(_ app: AppName, _ database: Database) throws -> [DomainName] {
        try DomainsTable.global(database).compactMap { base in
            if app.text == base.text || app.text.hasSuffix("." + base.text) { return try? DomainName(app.text) }
            return try? DomainName("\(app).\(base)")
        }
    }

    /// Changes an app's own list; nginx is told first, and the rows follow once it agrees.
    ///
    /// A name belongs to one app of the host; nginx would serve it from whichever file it reads first.
    /// - Returns: Whether anything is different now.
    /// - Throws: ``Failure`` with code ``FailureCode/domainTaken``.
    func change(
        _ app: App,
        _ verb: String,
        _ edit: @escaping @Sendable ([DomainName]) throws -> [DomainName]
    ) async throws -> Bool {
        let (before, mode) = try await host.store.read {
            (try Self.names(of: app, $0), try DomainsTable.mode(app.id, $0))
        }
        let after = try edit(before)
        if after == before, mode.isOwn, mode.isEnabled { return false }
        try await host.store.read { try Self.refuseTaken(after, by: app, $0) }
        let event = Event(
            at: host.time.now(),
            app: app,
            caller: host.caller.name,
            name: verb,
            detail: Self.words(after)
        )
        try await Nginx(on: host).change(app, verb, shape: { $0.names = after.map(\.text) }) { database in
            try Self.refuseTaken(after, by: app, database)
            try DomainsTable.replace(app.id, with: after, database)
            try DomainsTable.setMode(app.id, isEnabled: true, isOwn: true, database)
            try HostTable.record(event, database)
        }
        let action = String(verb.dropFirst("domains:".count))
        await Hooks(on: host).tell(.postDomainsUpdate, [app.name.text, action] + after.map(\.text), app: app.name)
        return true
    }

    private static func refuseTaken(_ names: [DomainName], by app: App, _ database: Database) throws {
        for name in names {
            if let owner = try DomainsTable.owner(of: name, database), owner != app.name.text {
                throw Failure(
                    .domainTaken,
                    "\(name) belongs to \(owner)",
                    fix: "slipway domains:remove \(owner) \(name)"
                )
            }
        }
    }

    /// Back to what the global domains give.
    func reset(_ app: App) async throws {
        let names = try await host.store.read { try Self.byDefault(app.name, $0) }
        try await Nginx(on: host).change(app, "domains:reset", shape: { $0.names = names.map(\.text) }) { database in
            try DomainsTable.replace(app.id, with: [], database)
            try DomainsTable.setMode(app.id, isEnabled: true, isOwn: false, database)
        }
    }

    /// Turns the use of names on or off without forgetting them.
    func setEnabled(_ isEnabled: Bool, _ app: App) async throws {
        let (mode, names) = try await host.store.read { database in
            let mode = try DomainsTable.mode(app.id, database)
            return (mode, try mode.isOwn ? DomainsTable.own(app.id, database) : Self.byDefault(app.name, database))
        }
        let verb = isEnabled ? "domains:enable" : "domains:disable"
        try await Nginx(on: host).change(
            app,
            verb,
            shape: { $0.names = isEnabled ? names.map(\.text) : [] }
        ) { try DomainsTable.setMode(app.id, isEnabled: isEnabled, isOwn: mode.isOwn, $0) }
    }

    func global() async throws -> [DomainName] { try await host.store.read { try DomainsTable.global($0) } }

    /// Changes the host's base domains; every app that follows them is told to nginx in one reload.
    func changeGlobal(_ edit: @escaping @Sendable ([DomainName]) -> [DomainName]) async throws -> Bool {
        let changed = try await host.store.write { database in
            let before = try DomainsTable.global(database)
            let after = edit(before)
            if before == after { return false }
            try DomainsTable.replaceGlobal(with: after, database)
            return true
        }
        if changed { try await Nginx(on: host).publishAll() }
        return changed
    }

    func report(_ app: App?) async throws -> [ReportLine] {
        try await host.store.read { database in
            let global = try DomainsTable.global(database)
            let shared = [
                ReportLine("global-enabled", "\(!global.isEmpty)"),
                ReportLine("global-vhosts", Self.words(global)),
            ]
            guard let app else { return shared }
            let mode = try DomainsTable.mode(app.id, database)
            let names = try Self.names(of: app, database)
            return [
                ReportLine("app-enabled", "\(mode.isEnabled && !names.isEmpty)"),
                ReportLine("app-vhosts", Self.words(names)),
            ] + shared
        }
    }

    private static func words(_ names: [DomainName]) -> String { names.map(\.text).joined(separator: " ") }
}
