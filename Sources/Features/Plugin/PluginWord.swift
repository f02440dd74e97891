import Core
import Files
import Plugins
import Programs
import SystemPackage

/// A word of the command line that is none of ours: perhaps a plugin's.
///
/// As Dokku has it: `<plugin>:<verb>` is `subcommands/<verb>` of that plugin, its bare name `subcommands/default`; what no
/// plugin has so is shown to the executable `commands` of each, which ends with 10 when it is none of its own.
struct PluginWord: Sendable, Equatable {
    enum Meaning: Sendable, Equatable {
        /// A kind of service: the same verb of `services`, with the kind before its words.
        case service([String])
        /// A command of this plugin: the word itself and what follows.
        case subcommand(plugin: String, verb: String, words: [String])
        /// What each plugin's `commands` is asked.
        case asked([String])
        /// The plugin's page.
        case page(plugin: String)
    }

    /// What a line means whose first word is no command of ours; nil where no plugin can know it.
    ///
    /// Folders are looked at, no program runs.
    /// - Throws: ``PluginError`` for plugins that cannot be trusted.
    static func meaning(of word: String, _ rest: [String], in triggers: Triggers) throws -> Meaning? {
        let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let noun = parts.first, Plugin.isName(noun), !word.contains("/") else { return nil }
        let plugins = try triggers.found()
        guard let plugin = plugins.first(where: { $0.name == noun }) else {
            return try plugins.contains { try $0.commands() != nil } ? .asked([word] + rest) : nil
        }
        if parts.count == 2 { return try meaning(parts[1], of: plugin, word, rest) }
        if try plugin.subcommand("default") == nil, let verb = rest.first, Plugin.isName(verb) {
            let known = try meaning(verb, of: plugin, "\(noun):\(verb)", Array(rest.dropFirst()))
            if known != .page(plugin: noun) { return known }
        }
        if try plugin.subcommand("default") != nil {
            return .subcommand(plugin: noun, verb: "default", words: [word] + rest)
        }
        return try meaning("", of: plugin, word, rest)
    }

    /// Whether a command of ours is a plugin's while one of its noun takes part; see ``Installation/plugins``.
    static func isReplaced(_ word: String, _ rest: [String], _ paths: Paths) throws -> Bool {
        guard let noun = word.split(separator: ":").first.map(String.init), Installation.plugins.contains(noun),
            kindOfFile(paths.dokku.appending("plugins/enabled").appending(noun)) != nil
        else { return false }
        if case .subcommand = try meaning(of: word, rest, in: folders(paths)) { return true }
        return false
    }

    /// For looking at folders alone, before there is a host.
    static func folders(_ paths: Paths) -> Triggers {
        Triggers(
            in: [paths.plugins, paths.corePlugins],
            programs: .live,
            environment: HookEnvironment(root: paths.root, binary: FilePath(Git.binary), caller: "")
        )
    }

    private static func meaning(_ verb: String, of plugin: Plugin, _ word: String, _ rest: [String]) throws -> Meaning?
    {
        if try plugin.subcommand(verb) != nil {
            return .subcommand(plugin: plugin.name, verb: verb, words: [word] + rest)
        }
        if verb == "help" || verb.isEmpty {
            guard !plugin.isService, try plugin.commands() != nil else { return .page(plugin: plugin.name) }
            return .asked([word] + rest)
        }
        if plugin.isService { return .service(["services:\(verb)", plugin.name] + rest) }
        return try plugin.commands() != nil ? .asked([word] + rest) : .page(plugin: plugin.name)
    }
}

/// Runs the commands of plugins.
struct PluginCalls: Sendable {
    /// A plugin's `commands` says so of a word that it does not know (Dokku's plugin protocol).
    static let notMine: Int32 = 10

    let host: Host

    init(on host: Host) { self.host = host }

    /// Joined to our own descriptors.
    ///
    /// - Returns: The program's own exit status; ``notMine`` where no plugin knows the words.
    func run(_ meaning: PluginWord.Meaning) async throws -> Int32 {
        let states = try await Installation(on: host).rows()
        switch meaning {
        case .subcommand(let name, let verb, let words):
            let plugin = try Hooks(on: host).plugin(name)
            guard states.isEnabled(plugin) else { throw Self.isOff(name) }
            guard let hook = try plugin.subcommand(verb) else { return Self.notMine }
            return try await pass(try await Hooks(on: host).triggers.command(hook, of: plugin, words))
        case .asked(let words):
            for plugin in try Hooks(on: host).found() where states.isEnabled(plugin) {
                guard let path = try plugin.commands() else { continue }
                let program = try await Hooks(on: host).triggers.command(.program(path), of: plugin, words)
                let status = try await pass(program)
                if status != Self.notMine { return status }
            }
            let parts = words.first?.split(separator: ":") ?? []
            guard let name = parts.first.map(String.init), parts.count == 1 || parts.last == "help",
                try Hooks(on: host).found().contains(where: { $0.name == name })
            else { return Self.notMine }
            return try await run(.page(plugin: name))
        case .page(let name):
            let plugin = try Hooks(on: host).plugin(name)
            let isOn = states.isEnabled(plugin)
            host.output.answer(lines: ["\(name): \(plugin.summary)\(isOn ? "" : " (disabled)")", ""])
            host.output.answer(lines: try plugin.verbs().map { "    \(name):\($0)" })
            return 0
        case .service: return Self.notMine
        }
    }

    private func pass(_ program: Program) async throws -> Int32 {
        try await host.programs.passThrough(program) { _ in }.status
    }

    private static func isOff(_ name: String) -> Failure {
        Failure(
            .pluginFailed,
            "the plugin \(name) is disabled",
            fix: "slipway plugin:enable \(name)"
        )
    }
}
