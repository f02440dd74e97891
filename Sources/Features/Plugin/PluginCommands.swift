import ArgumentParser
import Core
import Plugins

enum PluginCommands {
    static let all: [any HostCommand.Type] = [
        PluginList.self, PluginInstalled.self, PluginInstall.self, PluginInstallDependencies.self, PluginUpdate.self,
        PluginEnable.self, PluginDisable.self, PluginUninstall.self, PluginTrigger.self, PluginTriggers.self,
        PluginValidate.self, PluginCreate.self, PluginBuild.self, PluginCall.self, PluginProperty.self,
        PluginAnswer.self, PluginFill.self,
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

    /// Dokku's keys.
    private struct Shown: Encodable {
        var name: String
        var version: String
        var enabled: Bool
        var core: Bool
        var description: String
        var source_url: String
        var committish: String
        var branch: String
    }

    func run(on host: Host) async throws {
        let installation = Installation(on: host)
        let states = try await installation.rows()
        let plugins = try Hooks(on: host).found()
        if format.wantsJSON {
            let shown = try plugins.map { plugin in
                let row = states.rows[plugin.name]
                return Shown(
                    name: plugin.name,
                    version: plugin.version,
                    enabled: states.isEnabled(plugin),
                    core: try installation.isCore(plugin),
                    description: plugin.summary,
                    source_url: row?.source.map { AddressLogin($0)?.address ?? $0 } ?? "",
                    committish: row?.commit ?? "",
                    branch: row?.committish ?? ""
                )
            }
            return try host.output.answer(json: shown)
        }
        let rows = plugins.map { plugin in
            let row = states.rows[plugin.name]
            var state = states.isEnabled(plugin) ? "enabled" : "disabled"
            if row?.isUpdating == true { state += ", half updated" }
            if row?.isHalf == true { state = "half installed" }
            return ["  \(plugin.name)", plugin.version, state, plugin.summary]
        }
        host.output.answer(lines: table(rows))
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

struct PluginEnable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:enable",
        "Let a plugin take part",
        examples: ["plugin:enable webhook", "plugin:enable http-auth"],
        details:
            "A plugin of the product that was never enabled before is prepared: its `dependencies` and `install` run."
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    var staysRoot: Bool { true }
    @Argument(help: "Name of the plugin") var name: String

    func run(on host: Host) async throws {
        guard try await Installation(on: host).set(name, enabled: true) else {
            return host.output.step("Plugin \(name) already enabled (unchanged)")
        }
        host.output.step("Plugin \(name) enabled")
    }
}

struct PluginDisable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:disable",
        "Keep a plugin out; its files and its settings stay",
        examples: ["plugin:disable webhook", "plugin:disable http-auth"]
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    var staysRoot: Bool { true }
    @Argument(help: "Name of the plugin") var name: String

    func run(on host: Host) async throws {
        guard try await Installation(on: host).set(name, enabled: false) else {
            return host.output.step("Plugin \(name) already disabled (unchanged)")
        }
        host.output.step("Plugin \(name) disabled")
    }
}

struct PluginTriggers: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:triggers",
        "The moments at which hooks run, or all that is to be known of one",
        examples: ["plugin:triggers", "plugin:triggers post-deploy"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(
        .object([
            "name": .text, "arguments": .list(.text), "when": .text, "stdout": .text, "refusal": .text,
            "timeout": .number, "successor": .text, "dokku": .boolean,
        ])
    )
    @Argument(help: "Name of a trigger") var name: String?
    @OptionGroup var format: FormatOptions

    private struct Shown: Encodable {
        var name: String
        var arguments: [String]
        var when: String
        var stdout: String
        var refusal: String
        var timeout: Int64
        var successor: String
        var dokku: Bool
    }

    func run(on host: Host) async throws {
        var triggers = Trigger.all
        if let name {
            guard let trigger = Trigger.named(name) else {
                let near = Help.near(name, Trigger.all.map(\.name))
                throw Failure(
                    .notFound,
                    "there is no trigger \(quoted(name))",
                    fix: near.first.map { "did you mean \($0)?" } ?? "slipway plugin:triggers lists them"
                )
            }
            triggers = [trigger]
        }
        if format.wantsJSON {
            return try host.output.answer(
                json: triggers.map {
                    Shown(
                        name: $0.name,
                        arguments: $0.arguments,
                        when: $0.when,
                        stdout: $0.answer.meaning ?? "",
                        refusal: $0.refusal.words,
                        timeout: $0.limit.components.seconds,
                        successor: $0.successor ?? "",
                        dokku: $0.isDokkus
                    )
                }
            )
        }
        if name != nil { return host.output.answer(lines: triggers.flatMap { TriggerPage.words(of: $0) }) }
        host.output.answer(lines: table(triggers.map { ["  \($0.usage)", $0.when] }))
    }
}
