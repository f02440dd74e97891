import ArgumentParser
import Core
import FoundationEssentials

/// What is known of a command without running it: help, completion, manual and pages are made from this.
package struct CommandFacts: Sendable {
    package let name: String
    package let noun: String
    /// One sentence without a full stop.
    package let abstract: String
    package let examples: [String]
    package let details: String
    package let permission: Permission
    package let audit: String
    package let answers: JSONShape?
    package let isShown: Bool
    package let arguments: [ArgumentFacts]

    package init(_ type: any HostCommand.Type, noun: String) {
        let card = type.configuration
        name = card.commandName ?? ""
        self.noun = noun
        abstract = card.abstract
        let lines = card.discussion.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let shown = lines.prefix { !$0.isEmpty }.filter { $0.hasPrefix("  slipway ") }
        examples = shown.map { String($0.dropFirst("  slipway ".count)) }
        details = lines.dropFirst(shown.count + 1).joined(separator: "\n").trimmed
        permission = type.permission
        audit = type.auditName
        answers = type.answers
        isShown = card.shouldDisplay
        if let own = type as? any SelfDescribing.Type {
            arguments = own.arguments
        } else if type.passesWordsThrough {
            var program = ArgumentFacts(word: "command", "Program and its words, as they are", isOptional: true)
            program.isRepeating = true
            arguments = [ArgumentFacts(word: "app", "App it belongs to"), program]
        } else {
            arguments = ArgumentFacts.declared(by: type)
        }
    }

    /// Its flags and options as they are typed.
    package var flags: [String] { arguments.flatMap(\.names) }
    /// The first word is an app's name.
    package var takesApp: Bool {
        // Commands that read their words themselves, because one of them may be missing, begin with the app too.
        arguments.first { $0.kind == .word }.map { ["app", "words"].contains($0.value) } ?? false
    }

    /// One line: the command and all it takes.
    package var usage: String {
        let shown = arguments.filter(\.isShown)
        return
            (["slipway", name] + shown.filter { $0.kind != .word }.map(\.usage)
            + shown.filter { $0.kind == .word }.map(\.usage)).joined(separator: " ")
    }
}

/// One argument of a command.
package struct ArgumentFacts: Sendable, Equatable {
    package enum Kind: Sendable { case word, flag, option }

    package var kind: Kind
    /// `--force`, `-f`; none for a word.
    package var names: [String] = []
    /// What a word or the value of an option is called.
    package var value: String = ""
    package var meaning: String
    package var isOptional = true
    package var isRepeating = false
    package var values: [String] = []
    package var isShown = true

    init(flag name: String, _ meaning: String, isShown: Bool = true) {
        kind = .flag
        names = ["--\(name)"]
        self.meaning = meaning
        self.isShown = isShown
    }

    init(option name: String, _ meaning: String, values: [String] = []) {
        kind = .option
        names = ["--\(name)"]
        value = name
        self.meaning = meaning
        self.values = values
    }

    init(word: String, _ meaning: String, isOptional: Bool = false, values: [String] = []) {
        kind = .word
        value = word
        self.meaning = meaning
        self.isOptional = isOptional
        self.values = values
    }

    package var usage: String {
        let text =
            switch kind {
            case .word: "<\(value)>" + (isRepeating ? "..." : "")
            case .flag: names.last ?? ""
            case .option: "\(names.last ?? "") <\(value)>"
            }
        return isOptional ? "[\(text)]" : text
    }
}

// MARK: What the argument parser says of a command

extension ArgumentFacts {
    /// Words that are captured whole say nothing of themselves; their command's help does.
    static func declared(by type: any HostCommand.Type) -> [ArgumentFacts] {
        do {
            _ = try type.parse(["--experimental-dump-help"])
            return []
        } catch {
            let text = type.message(for: error)
            let dump = try? JSONDecoder().decode(Dump.self, from: Data(text.utf8))
            return (dump?.command.arguments ?? []).compactMap(ArgumentFacts.init)
        }
    }

    private init?(_ dumped: Dump.Argument) {
        if dumped.names?.contains(where: { $0.name == "help" || $0.name == "version" }) ?? false { return nil }
        kind = dumped.kind == "flag" ? .flag : dumped.kind == "option" ? .option : .word
        names = (dumped.names ?? []).map { $0.kind == "short" ? "-\($0.name)" : "--\($0.name)" }
        names.sort { ($0.count, $0) < ($1.count, $1) }
        value = dumped.valueName ?? ""
        meaning = dumped.abstract ?? ""
        isOptional = dumped.isOptional
        isRepeating = dumped.isRepeating
        values = dumped.allValues ?? []
        isShown = dumped.shouldDisplay
    }

    private struct Dump: Decodable {
        struct Command: Decodable { var arguments: [Argument]? }
        struct Name: Decodable {
            var kind: String
            var name: String
        }
        struct Argument: Decodable {
            var kind: String
            var names: [Name]?
            var valueName: String?
            var abstract: String?
            var isOptional: Bool
            var isRepeating: Bool
            var allValues: [String]?
            var shouldDisplay: Bool
        }
        var command: Command
    }
}
