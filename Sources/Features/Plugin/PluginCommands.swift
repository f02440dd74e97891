import ArgumentParser
import Core
import Plugins

enum PluginCommands {
    static let all: [any HostCommand.Type] = [
        PluginList.self, PluginInstalled.self, PluginProperty.self, PluginAnswer.self, PluginFill.self,
    ]
}

struct PluginList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:list",
        "The plugins of this host",
        examples: ["plugin:list", "plugin:list --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(
        .object([
            "name": .text, "version": .text, "enabled": .boolean, "core": .boolean, "description": .text,
            "source_url": .text, "committish": .text, "branch": .text,
        ])
    )
    @OptionGroup var format: FormatOptions

    /// Dokku's keys; where a plugin was got from is not known of a folder that somebody put there.
    private struct Shown: Encodable {
        var name: String
        var version: String
        var enabled = true
        var core = false
        var description: String
        var source_url = ""
        var committish = ""
        var branch = ""
    }

    func run(on host: Host) async throws {
        let plugins = try Hooks(on: host).found()
        if format.wantsJSON {
            return try host.output.answer(
                json: plugins.map { Shown(name: $0.name, version: $0.version, description: $0.summary) }
            )
        }
        host.output.answer(lines: table(plugins.map { ["  \($0.name)", $0.version, "enabled", $0.summary] }))
    }
}

struct PluginInstalled: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:installed",
        "Whether a plugin is there: exit 0 or 1",
        examples: ["plugin:installed backup", "plugin:installed letsencrypt && echo yes"]
    )
    static let permission = Permission.view
    @Argument(help: "Name of the plugin") var name: String

    func run(on host: Host) async throws {
        let isThere = try Hooks(on: host).found().contains { $0.name == name }
        if !isThere { throw ExitCode(1) }
    }
}
