import Core
import Files
import Proxying
import Store
import SystemPackage

/// What can be set of nginx, and what is told of it.
extension Nginx {
    /// Properties that say what the next build looks for; nothing that runs depends on them.
    private static let ofBuilds: Set = ["nginx-conf-sigil-path"]

    /// Sets a property and tells nginx at once; what it refuses is not kept.
    ///
    /// - Returns: Whether anything is different now.
    func set(_ property: Property, to value: String?, of app: App?) async throws -> Bool {
        let properties = Properties("nginx", on: host)
        guard let app else {
            return try await properties.set(property, to: value, of: nil) {
                if !Self.ofBuilds.contains(property.name) { try await publishAll() }
            }
        }
        if try await properties.raw(property, of: app) == value { return false }
        if let value { try property.validate(value) }
        let event = Event("nginx:set", "\(property.name) \(value ?? "")".trimmed, of: app, by: host)
        let common = try await properties.effective(property, of: nil)
        try await change(app, "nginx:set", shape: { $0.options[property.name] = value ?? common }) { database in
            try PropertiesTable.set("nginx", property.name, app.id, to: value, database)
            try HostTable.record(event, database)
        }
        return true
    }

    /// Whether a change has been told by now, in the words of a person's next question.
    func saysWhen(_ property: Property, of app: App?) async throws {
        if NginxProperty.named(property.name)?.isUsed == false {
            return host.output.warn("\(property.name) has no effect here: nginx is reloaded by a signal")
        }
        if Self.ofBuilds.contains(property.name) {
            return host.output.detail("takes effect with the next push")
        }
        guard let app else { return host.output.detail("nginx has been told of every app that follows") }
        if try await presentSite(of: app) != nil {
            host.output.detail("nginx has been told")
        } else {
            host.output.detail("takes effect when the app is behind nginx")
        }
    }

    /// Where the requests and errors of an app are logged, running or not.
    func logFiles(of app: App) async throws -> LogFiles { try await logFiles(of: [app]).first ?? LogFiles() }

    private func logFiles(of apps: [App]) async throws -> [LogFiles] {
        var sites: [Site] = []
        for app in apps {
            let options = try await Properties("nginx", on: host).all(NginxCommands.properties, of: app)
            sites.append(Site(id: app.id.text, title: app.name.text, options: options))
        }
        return try host.proxy.logFiles(of: sites)
    }

    /// What a report says of each; processes and folders are looked through once, whatever the number of apps.
    func reports(_ apps: [App]) async throws -> [AppID: [ReportLine]] {
        let workers = ReportLine("workers-shutting-down", "\(try host.proxy.drainingWorkers())")
        var folders: [FilePath: [String: Int64]] = [:]
        func visited(_ path: FilePath) -> Int64? {
            let folder = path.removingLastComponent()
            if folders[folder] == nil {
                let files = (try? listFiles(folder)) ?? []
                folders[folder] = Dictionary(files.map { ($0.name, $0.writtenAt) }) { first, _ in first }
            }
            return path.lastComponent.flatMap { folders[folder]?[$0.string] }
        }
        var result: [AppID: [ReportLine]] = [:]
        for (app, files) in zip(apps, try await logFiles(of: apps)) {
            result[app.id] = [
                workers,
                ReportLine("computed-access-log-path", files.access?.string ?? "off"),
                ReportLine("computed-error-log-path", files.errors?.string ?? "off"),
                ReportLine("last-visited-at", files.access.flatMap(visited).map { "\($0)" } ?? ""),
                ReportLine("conf-d-path", host.proxy.snippets(of: app.id.text)?.string ?? ""),
            ]
        }
        return result
    }
}
