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
