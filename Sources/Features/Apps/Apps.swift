import Core
import Plugins
import Repositories
import Store
import SystemPackage

extension Feature {
    /// What people push to.
    static let apps = Feature(
        "apps",
        "Make, list, rename and destroy apps",
        commands: AppsCommands.all,
        migrations: AppsTable.migrations,
        properties: [Apps.autocreation, Retention.count],
        operations: [Apps.destroying, Apps.renaming, Apps.restoring],
        reports: { apps, host in try await Apps(on: host).facts(apps) }
    )
}

/// What can be done with apps.
struct Apps: Sendable {
    static let autocreation = Property(
        "disable-autocreation",
        default: "false",
        scope: .global,
        lines: .global,
        "Refuse pushes to apps that do not exist",
        validate: Allowed.boolean
    )

    let host: Host

    init(on host: Host) { self.host = host }

    /// - Throws: ``Failure`` with code ``FailureCode/noSuchApp``.
    func find(_ name: AppName) async throws -> App {
        guard let app = try await lookUp(name), try await !visible(of: [name.text]).isEmpty else {
            throw Failure.noSuchApp(name.text)
        }
        return app
    }

    func lookUp(_ name: AppName) async throws -> App? {
        try await host.store.read { try AppsTable.find(name, $0) }
    }

    /// The apps that whoever asks may see.
    func visible() async throws -> [App] {
        let all = try await list()
        let names = try await visible(of: all.map(\.name.text))
        return names.count == all.count ? all : all.filter { names.contains($0.name.text) }
    }

    func visibleNames() async throws -> [String] {
        let all = try await names()
        let visible = try await visible(of: all)
        return all.filter { visible.contains($0) }
    }

    /// What plugins leave of names, for somebody who came by ssh; whoever is on the host sees all.
    func visible(of names: [String]) async throws -> Set<String> {
        guard host.caller.key != nil, !names.isEmpty, try await Hooks(on: host).has(.userAuthApp) else {
            return Set(names)
        }
        let words = ["slipway", host.caller.name] + names
        return Set(try await Hooks(on: host).lines(.userAuthApp, words)).intersection(names)
    }

    /// The app a git address means: its name, or one it had before a rename.
    func addressed(_ name: AppName) async throws -> App? {
        let app = try await host.store.read { try AppsTable.find(name, $0) ?? AppsTable.findFormer(name, $0) }
        guard let app, try await !visible(of: [app.name.text]).isEmpty else { return nil }
        return app
    }

    func find(_ id: AppID) async throws -> App {
        guard let app = try await present(id) else { throw Failure.noSuchApp(id.text) }
        return app
    }

    /// Nil for one that is gone or archived, and for none.
    func present(_ id: AppID?) async throws -> App? {
        guard let id, let app = try await known(id), app.archive == nil else { return nil }
        return app
    }

    /// Also an archived one.
    func known(_ id: AppID) async throws -> App? { try await host.store.read { try AppsTable.find(id, $0) } }

    func list() async throws -> [App] { try await host.store.read { try AppsTable.all($0) } }

    func names() async throws -> [String] { try await host.store.read { try AppsTable.names($0) } }

    /// Makes an app; nothing but rows, so it is there at once or not at all.
    ///
    /// - Parameters:
    ///   - name: What it is called.
    ///   - id: One that its maker has chosen before; nil is a new one.
    ///   - lock: Why nobody may deploy it yet.
    /// - Returns: The app.
    /// - Throws: ``Failure`` with code ``FailureCode/taken``.
    @discardableResult
    func create(_ name: AppName, id: AppID? = nil, lock: String? = nil) async throws -> App {
        let id = try id ?? host.newAppID()
        let app = App(id: id, name: name, createdAt: host.time.now(), lock: lock)
        let event = Event(
            at: app.createdAt,
            app: app,
            caller: host.caller.name,
            name: "apps:create",
            detail: "created \(name)"
        )
        try await host.store.write { database in
            guard try AppsTable.find(name, database) == nil else {
                throw Failure.taken(name)
            }
            try AppsTable.insert(app, database)
            if let lock { try AppsTable.setLock(lock, on: id, database) }
            try HostTable.record(event, database)
        }
        await DokkuTree(on: host).renew(app)
        do { try await Domains(on: host).giveFirstName(app) } catch { host.output.failure(Failure(error)) }
        await Hooks(on: host).tell(.postCreate, [name.text], app: name)
        return app
    }

    func setLock(_ reason: String?, on app: App) async throws {
        let event = Event(reason == nil ? "apps:unlock" : "apps:lock", reason ?? "unlocked", of: app, by: host)
        try await host.store.write { database in
            try AppsTable.setLock(reason, on: app.id, database)
            try HostTable.record(event, database)
        }
    }

    /// What a report says of each, read once for all of them.
    func facts(_ apps: [App]) async throws -> [AppID: [ReportLine]] {
        let sources = try await host.store.read { try BuildsTable.newestSources($0) }
        let facts = apps.map { app in
            let source = sources[app.id]
            let lines = [
                ReportLine("created-at", "\(app.createdAt.milliseconds / 1000)"),
                ReportLine("deploy-source", source?.source ?? ""),
                ReportLine("deploy-source-metadata", source?.detail ?? ""),
                ReportLine("dir", host.repositories.path(of: app.id).string),
                ReportLine("locked", app.lock == nil ? "false" : "true"),
            ]
            return (app.id, lines)
        }
        return Dictionary(uniqueKeysWithValues: facts)
    }
}
