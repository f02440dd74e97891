import Core
import Files
import Proxying
import Store
import SystemPackage

extension Feature {
    /// What people see while an app is being worked on.
    static let maintenance = Feature(
        "maintenance",
        "What people see while an app is being worked on",
        commands: MaintenanceCommands.all,
        migrations: MaintenanceTable.migrations,
        properties: [Maintenance.retryAfter],
        shapeSite: { site, app, host in
            guard try await Maintenance(on: host).isOn(app) else { return }
            site.maintenance = try await Maintenance(on: host).page(of: app)
        },
        report: { app, source in
            guard let app else { return [] }
            let files = try MaintenanceTable.count(app.id, source.database)
            return [
                ReportLine("enabled", "\(try MaintenanceTable.isOn(app.id, source.database))"),
                ReportLine("custom-page", "\(files > 0)"), ReportLine("custom-page-files", "\(files)"),
            ]
        }
    )
}

/// What can be done about an app that is being worked on: every request is answered 503, whatever runs behind.
struct Maintenance: Sendable {
    static let retryAfter = Property(
        "retry-after",
        default: "300",
        "After how many seconds people are told to come back",
        validate: Allowed.number(0...604_800)
    )

    let host: Host

    init(on host: Host) { self.host = host }

    func isOn(_ app: App) async throws -> Bool {
        try await host.store.read { try MaintenanceTable.isOn(app.id, $0) }
    }

    /// Has every request answered by the page, or by what runs again; nginx is told first.
    ///
    /// - Returns: Whether anything is different now.
    func turn(_ isOn: Bool, _ app: App) async throws -> Bool {
        guard try await self.isOn(app) != isOn else { return false }
        let verb = isOn ? "maintenance:enable" : "maintenance:disable"
        let (page, event) = (isOn ? try await page(of: app) : nil, event(verb, app, ""))
        try await Nginx(on: host).change(app, verb, shape: { $0.maintenance = page }) { database in
            try MaintenanceTable.turn(isOn, app.id, database)
            try HostTable.record(event, database)
        }
        return true
    }

    /// Has an app show this page, or with nil the host's own: now if it is being worked on, else when it is.
    ///
    /// - Returns: Whether anything is different now.
    func setPage(_ page: MaintenanceFiles?, _ app: App) async throws -> Bool {
        let old = try await files(of: app)
        if old == page { return false }
        let bytes = page?.bytes ?? 0
        let event = event("maintenance:custom-page", app, page == nil ? "the host's own" : byteWords(Int64(bytes)))
        let isOn = try await isOn(app)
        let shown = try await self.shown(page, app)
        try await Nginx(on: host).change(
            app,
            "maintenance:custom-page",
            shape: { if isOn { $0.maintenance = shown } },
            record: { database in
                try MaintenanceTable.replace(app.id, with: page?.all ?? [:], database)
                try HostTable.record(event, database)
            }
        )
        // The old page is no longer asked for: nginx has loaded the new one.
        try tidy(app, keeping: page)
        return true
    }

    /// Sets a property, and tells nginx of an app that is being worked on; what it refuses is not kept.
    ///
    /// - Returns: Whether anything is different now.
    func set(_ property: Property, to value: String?, of app: App?) async throws -> Bool {
        try await Properties("maintenance", on: host).set(property, to: value, of: app) {
            if let app {
                if try await isOn(app) { try await Nginx(on: host).publish(app) }
            } else {
                try await Nginx(on: host).publishAll()
            }
        }
    }

    func files(of app: App) async throws -> MaintenanceFiles? {
        let all = try await host.store.read { try MaintenanceTable.all(app.id, $0) }
        return all.isEmpty ? nil : MaintenanceFiles(all: all)
    }

    /// What nginx is told, its files brought back where they are missing.
    func page(of app: App) async throws -> MaintenancePage { try await shown(try await files(of: app), app) }

    private func shown(_ files: MaintenanceFiles?, _ app: App) async throws -> MaintenancePage {
        let text = try await Properties("maintenance", on: host).effective(Self.retryAfter, of: app)
        let folder = try files.map { try write($0, app) }
        return MaintenancePage(folder: folder, retryAfter: Int(text) ?? 300)
    }

    /// Writes what is not there; nginx's workers belong to somebody else, so they are let through to it.
    private func write(_ files: MaintenanceFiles, _ app: App) throws -> FilePath {
        let folder = host.paths.maintenance(of: app.id).appending(files.name)
        let open: FilePermissions = [
            .ownerReadWriteExecute, .groupRead, .groupExecute, .otherRead, .otherExecute,
        ]
        for (name, bytes) in files.all {
            let path = folder.pushing(FilePath(name))
            if try readFile(path) == bytes { continue }
            try makeFolder(path.removingLastComponent(), mode: open)
            try writeFile(path, bytes, mode: [.ownerReadWrite, .groupRead, .otherRead])
        }
        try makeFolder(folder.appending(MaintenanceFiles.assets), mode: open)
        try letThrough(host.paths.root)
        return folder
    }

    private func tidy(_ app: App, keeping files: MaintenanceFiles?) throws {
        let folder = host.paths.maintenance(of: app.id)
        for name in try listFolder(folder) where name != files?.name { try removeTree(folder.appending(name)) }
    }

    private func event(_ verb: String, _ app: App, _ detail: String) -> Event {
        Event(verb, detail, of: app, by: host)
    }
}
