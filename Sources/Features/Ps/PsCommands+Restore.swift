import ArgumentParser
import Core
import Plugins

/// Dokku's name for what `repair` does, for one app or all.
struct PsRestore: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:restore",
        "Start again what should run, without a build; the same as repair",
        examples: ["ps:restore", "ps:restore shop"],
        details: "Apps whose property restore is false are left as they are. What can be started side by side is."
    )
    static let permission = Permission.administer
    static let answers: JSONShape? = ShownRepair.shape
    @OptionGroup var format: FormatOptions
    @Flag(help: "Every app, as without a name") var all = false
    @Option(parsing: .unconditional, help: "How many apps at once; -1 is one for each processor")
    var parallel: Int?
    @Argument(help: "Only this app") var app: AppName?

    func run(on host: Host) async throws {
        let width = try parallel.map { try ManyApps(parallel: $0).width } ?? Repair.width
        guard app == nil || !all else { throw Failure(.usage, "--all goes with no app") }
        let only: App?
        if let app { only = try await Apps(on: host).find(app) } else { only = nil }
        for app in try await toRestore(on: host).filter({ only == nil || $0 == only }) {
            try await Hooks(on: host).fire(.preRestore, [Self.scheduler, app.name.text], app: app.name)
        }
        try await RepairCommand.repair(host, format, isDry: false, only: only, width: width)
    }

    private static let scheduler = "docker-local"

    /// Hooks are asked for them as Dokku does, each by itself.
    private func toRestore(on host: Host) async throws -> [App] {
        guard try await Hooks(on: host).has(.preRestore) else { return [] }
        let properties = Properties("ps", on: host)
        var apps: [App] = []
        for app in try await Apps(on: host).list() where !app.isStopped && app.current != nil {
            if try await properties.effective(Ps.restore, of: app) == "true" { apps.append(app) }
        }
        return apps
    }
}
