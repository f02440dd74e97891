import Core
import Plugins

/// What plugins are told that somebody is about to run.
enum ToldWords {
    /// The same words in whichever of its spellings a command was typed, or a spelling would be a way around a plugin.
    ///
    /// The verb of a service is told as the verb of its kind, `redis:info db`, also where `services:info redis db` was
    /// typed; the command of a plugin as `NOUN:VERB`, also where `NOUN VERB` was.
    /// - Parameters:
    ///   - command: As it was parsed.
    ///   - words: The name of the command, and what follows as others may see it.
    ///   - triggers: Where plugins are.
    /// - Returns: The name it is told by, and the words behind it.
    /// - Throws: ``PluginError`` for plugins that cannot be trusted.
    static func of(_ command: any HostCommand, _ words: [String], _ triggers: Triggers) throws -> [String] {
        switch command {
        case is PluginCall:
            let own = Array(words.dropFirst().drop { $0 == "--force" })
            guard let word = own.first else { return words }
            switch try PluginWord.meaning(of: word, Array(own.dropFirst()), in: triggers) {
            case .subcommand(_, _, let meant), .asked(let meant): return meant
            // Nothing of these runs.
            case .service, .page, nil: return own
            }
        case let command as any KindCommand:
            guard let kind = command.kindInWords?.text, let index = words.dropFirst().firstIndex(of: kind) else {
                return words
            }
            var rest = words
            rest.remove(at: index)
            let verb = words[0].split(separator: ":").last ?? ""
            return ["\(kind):\(verb)"] + rest.dropFirst()
        default: return words
        }
    }
}
