import ArgumentParser
import Core
import Plugins

enum PluginCommands {
    static let all: [any HostCommand.Type] = [PluginList.self]
}

struct PluginList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:list",
        "The plugins of this host",
        examples: ["plugin:list", "plugin:list --format json"]
    )
    static let permission = Permission.view
    @OptionGroup var format: FormatOptions

    struct Shown: Encodable {
        var name: String
        var version: String
        var description: String
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
