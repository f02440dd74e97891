import ArgumentParser
import Core

/// Dokku's name for what `repair` does, for one app or all.
struct PsRestore: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:restore",
        "Start again what should run, without a build; the same as repair",
        examples: ["ps:restore", "ps:restore shop"]
    )
    static let permission = Permission.administer
    @OptionGroup var format: FormatOptions
    @Flag(help: "Every app, as without a name") var all = false
    @Option(help: "How many apps at once; accepted for Dokku's sake") var parallel: Int?
    @Argument(help: "Only this app") var app: AppName?

    func run(on host: Host) async throws {
        let only: App?
        if let app { only = try await Apps(on: host).find(app) } else { only = nil }
        try await RepairCommand.repair(host, format, isDry: false, only: only)
    }
}
