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
        report: { app, source in try Domains.report(app, source.database) }
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
        return try mode.isOwn ? DomainsTable.own(app.id, database) : free(app, database)
    }

    /// What the global domains give an app, without what another has as its own.
    private static func free(_ app: App, _ database: Database) throws -> [DomainName] {
        try byDefault(app.name, database).filter { name in
            let owner = try DomainsTable.owner(of: name, database)
            return owner == nil || owner == app.name.text
        }
    }

    /// Who answers under a name, as its own or by the global domains.
    private static func owner(of name: DomainName, _ database: Database) throws -> String? {
        if let owner = try DomainsTable.owner(of: name, database) { return owner }
        var candidates = [name.text]
        for base in try DomainsTable.global(database) where name.text.hasSuffix(".\(base)") {
            candidates.append(String(name.text.dropLast(base.text.count + 1)))
        }
        for candidate in candidates {
            guard let word = try? AppName(candidate), let app = try AppsTable.find(word, database) else { continue }
            let mode = try DomainsTable.mode(app.id, database)
            if mode.isEnabled, !mode.isOwn, try byDefault(app.name, database).contains(name) { return app.name.text }
        }
        return nil
    }

    /// `<app>.<global>` for each global domain; a name that ends in the global domain is used as it is (Dokku).
    static func byDefault(_ app: AppName, _ database: Database) throws -> [DomainName] {
        try bases(database).compactMap { byDefault(app, below: $0) }
    }

    /// The global domains that names are made of.
    private static func bases(_ database: Database) throws -> [DomainName] {
        try DomainsTable.global(database).filter { !$0.isAddress && !$0.isCatchAll && !$0.isWildcard }
    }

    private static func byDefault(_ app: AppName, below base: DomainName) -> DomainName? {
        if app.text == base.text || app.text.hasSuffix("." + base.text) { return try? DomainName(app.text) }
        return try? DomainName("\(app).\(base)")
    }

    /// Has an app's own list say the new name where it says what the global domains gave the old one.
    ///
    /// Other names stay. Called before the app itself is renamed, in the same transaction.
    /// - Returns: The new names that are another app's: the list goes without.
    static func rename(_ app: App, to name: AppName, _ database: Database) throws -> [DomainName] {
        guard try DomainsTable.mode(app.id, database).isOwn else { return [] }
        var successors: [DomainName: DomainName] = [:]
        for base in try bases(database) {
            if let old = byDefault(app.name, below: base) { successors[old] = byDefault(name, below: base) }
        }
        var taken: [DomainName] = []
        let before = try DomainsTable.own(app.id, database)
        let after = try before.compactMap { present -> DomainName? in
            guard let new = successors[present] else { return present }
            guard let owner = try owner(of: new, database), owner != app.name.text else { return new }
            taken.append(new)
            return nil
        }
        if after != before { try DomainsTable.replace(app.id, with: after.uniqued, database) }
        return taken
    }

    /// What becomes of an app's names by one change.
    private struct Outcome: Sendable {
        /// Its own list, or what the global domains give; also while they are not used.
        var names: [DomainName]
        var isEnabled = true
        var isOwn: Bool

        /// Those that nginx is told.
        var used: [DomainName] { isEnabled ? names : [] }
    }

    /// What a change makes of the rows as they are; nil is nothing new.
    private typealias Decision = @Sendable (Database) throws -> Outcome?

    /// The names as they are, also while they are not used, and how.
    private static func present(_ app: App, _ database: Database) throws -> Outcome {
        let mode = try DomainsTable.mode(app.id, database)
        let names = try mode.isOwn ? DomainsTable.own(app.id, database) : free(app, database)
        return Outcome(names: names, isEnabled: mode.isEnabled, isOwn: mode.isOwn)
    }

    /// Changes an app's own list; nginx is told first, and the rows follow once it agrees.
    ///
    /// A name belongs to one app of the host; nginx would serve it from whichever file it reads first. The edit is of
    /// the list as it is under the app's lock, and may be made more than once: of two changes at the same time neither
    /// is lost.
    /// - Returns: Whether anything is different now.
    /// - Throws: ``Failure`` with code ``FailureCode/domainTaken``.
    func change(
        _ app: App,
        _ verb: String,
        _ edit: @escaping @Sendable ([DomainName]) throws -> [DomainName]
    ) async throws -> Bool {
        try await change(app, verb) { database in
            // Names that are turned off are not forgotten by whoever adds one.
            let before = try Self.present(app, database)
            let after = try edit(before.names)
            if after == before.names, before.isOwn, before.isEnabled { return nil }
            try Self.refuseTaken(after, by: app, database)
            return Outcome(names: after, isOwn: true)
        }
    }

    /// Tells nginx and then writes what a decision makes of the rows under the app's lock.
    private func change(_ app: App, _ verb: String, _ decide: @escaping Decision) async throws -> Bool {
        // Nobody waits for a lock to hear that nothing is different, or that a name is another's.
        guard try await host.store.read(decide) != nil else { return false }
        let (host, this) = (host, self)
        let made = try await Nginx(on: host).change(
            app,
            verb,
            shape: { site in
                guard let outcome = try await host.store.read(decide) else { return }
                try await this.name(&site, outcome.used, app)
            },
            record: { database -> Outcome? in
                guard let outcome = try decide(database) else { return nil }
                try DomainsTable.replace(app.id, with: outcome.isOwn ? outcome.names : [], database)
                try DomainsTable.setMode(app.id, isEnabled: outcome.isEnabled, isOwn: outcome.isOwn, database)
                try HostTable.record(this.event(verb, app, Self.words(outcome.names)), database)
                return outcome
            }
        )
        guard let made else { return false }
        let action = String(verb.dropFirst("domains:".count))
        await DokkuTree(on: host).renew(app)
        let words = [app.name.text, action] + made.names.map(\.text)
        await Hooks(on: host).tell(.postDomainsUpdate, words, app: app.name)
        return true
    }

    /// Gives a site these names; one that loses its last is reached on a port of its own.
    private func name(_ site: inout Site, _ names: [DomainName], _ app: App) async throws {
        site.names = names.map(\.text)
        if names.isEmpty { site.ownPort = Int(try await Ports(on: host).ownPort(of: app).number) }
    }

    static func refuseTaken(_ names: [DomainName], by app: App, _ database: Database) throws {
        for name in names {
            if let owner = try owner(of: name, database), owner != app.name.text {
                throw Failure(
                    .domainTaken,
                    "\(name) belongs to \(owner)",
                    fix: "slipway domains:remove \(owner) \(name)"
                )
            }
        }
    }

    /// Back to what the global domains give.
    ///
    /// - Returns: Whether anything is different now.
    func reset(_ app: App) async throws -> Bool {
        try await change(app, "domains:reset") { database in
            let mode = try DomainsTable.mode(app.id, database)
            if mode.isEnabled, !mode.isOwn { return nil }
            return Outcome(names: try Self.free(app, database), isOwn: false)
        }
    }

    /// Turns the use of names on or off without forgetting them.
    ///
    /// - Returns: Whether anything is different now.
    func setEnabled(_ isEnabled: Bool, _ app: App) async throws -> Bool {
        let id = app.id
        guard try await host.store.read({ try DomainsTable.mode(id, $0) }).isEnabled != isEnabled else { return false }
        let before = isEnabled ? Trigger.preEnableVhost : Trigger.preDisableVhost
        try await Hooks(on: host).fire(before, [app.name.text], app: app.name)
        return try await change(app, isEnabled ? "domains:enable" : "domains:disable") { database in
            var outcome = try Self.present(app, database)
            if outcome.isEnabled == isEnabled { return nil }
            outcome.isEnabled = isEnabled
            // While it was off, another may have taken a name that the global domains give.
            if isEnabled { try Self.refuseTaken(outcome.names, by: app, database) }
            return outcome
        }
    }

    /// Gives a new app the name that hooks of `nginx-hostname` make of its own and that of the host.
    ///
    /// - Throws: ``Failure`` when a hook refuses, says what is no name, or a name that is another's.
    func giveFirstName(_ app: App) async throws {
        let hooks = Hooks(on: host)
        guard try await hooks.has(.nginxHostname) else { return }
        var names: [DomainName] = []
        for base in try await global() where !base.isCatchAll && !base.isAddress && !base.isWildcard {
            let words = [app.name.text, app.name.text, base.text]
            if let name = try await hooks.value(.nginxHostname, words, app: app.name) {
                names.append(try DomainName(name))
            }
        }
        guard !names.isEmpty else { return }
        let wanted = names
        _ = try await change(app, "domains:set") { _ in wanted }
    }

    func global() async throws -> [DomainName] { try await host.store.read { try DomainsTable.global($0) } }

    /// Changes the host's base domains: those of apps from their first deploy on.
    ///
    /// An app that is deployed keeps the names it answers under, as its own list from now on (Dokku).
    /// - Returns: Whether anything is different now; what nginx refuses is not kept.
    func changeGlobal(
        _ verb: String = "domains:set-global",
        _ edit: @escaping @Sendable ([DomainName]) -> [DomainName]
    ) async throws -> Bool {
        let (now, caller) = (host.time.now(), host.caller.name)
        let found = try await host.store.write {
            database -> (before: [DomainName], after: [DomainName], kept: [App])? in
            let before = try DomainsTable.global(database)
            let after = edit(before)
            if before == after { return nil }
            let kept = try Self.keepNames(database)
            try DomainsTable.replaceGlobal(with: after, database)
            let event = Event(at: now, app: nil, caller: caller, name: verb, detail: Self.words(after))
            try HostTable.record(event, database)
            return (before, after, kept)
        }
        guard let (before, after, kept) = found else { return false }
        do { try await Nginx(on: host).publishAll() } catch {
            try await host.store.write { database in
                // What somebody else has set meanwhile stays.
                guard try DomainsTable.global(database) == after else { return }
                try DomainsTable.replaceGlobal(with: before, database)
                for app in kept { try Self.follow(app, database) }
            }
            throw error
        }
        if !kept.isEmpty {
            let names = kept.map(\.name.text).joined(separator: ", ")
            host.output.detail("what is deployed keeps its names: \(names)")
            host.output.detail("slipway domains:reset APP has one follow the global domains again")
        }
        return true
    }

    /// Makes the names of deployed apps that follow the global domains their own.
    ///
    /// - Returns: Those apps.
    private static func keepNames(_ database: Database) throws -> [App] {
        try AppsTable.all(database).filter { app in
            let mode = try DomainsTable.mode(app.id, database)
            guard app.current != nil, !mode.isOwn else { return false }
            try DomainsTable.replace(app.id, with: try free(app, database), database)
            try DomainsTable.setMode(app.id, isEnabled: mode.isEnabled, isOwn: true, database)
            return true
        }
    }

    private static func follow(_ app: App, _ database: Database) throws {
        let isEnabled = try DomainsTable.mode(app.id, database).isEnabled
        try DomainsTable.replace(app.id, with: [], database)
        try DomainsTable.setMode(app.id, isEnabled: isEnabled, isOwn: false, database)
    }

    private func event(_ verb: String, _ app: App, _ detail: String) -> Event {
        Event(verb, detail, of: app, by: host)
    }

    fileprivate static func report(_ app: App?, _ database: Database) throws -> [ReportLine] {
        let global = try DomainsTable.global(database)
        let shared = [
            ReportLine("global-enabled", "\(!global.isEmpty)"),
            ReportLine("global-vhosts", words(global)),
        ]
        guard let app else { return shared }
        let mode = try DomainsTable.mode(app.id, database)
        let names = try names(of: app, database)
        return [
            ReportLine("app-enabled", "\(mode.isEnabled && !names.isEmpty)"),
            ReportLine("app-vhosts", words(names)),
        ] + shared
    }

    private static func words(_ names: [DomainName]) -> String { names.map(\.text).joined(separator: " ") }
}
