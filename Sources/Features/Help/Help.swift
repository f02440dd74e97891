import ArgumentParser
import Core

extension Feature {
    /// What can be typed.
    static let help = Feature("help", "What can be typed", commands: HelpCommands.all)
}

/// Help for people, and what was probably meant.
enum Help {
    /// For a word that is no command: the noun's page, or what is near it.
    static func show(_ line: CommandLineWords, _ output: Output, isDokku: Bool) throws {
        guard let word = line.command, !["--help", "-h", "help"].contains(word) else {
            return output.answer(lines: line.arguments.contains("--all") ? everything() : overview())
        }
        if let page = page(of: word.hasSuffix(":help") ? String(word.dropLast(":help".count)) : word) {
            return output.answer(lines: page)
        }
        throw unknown(word, isDokku: isDokku)
    }

    static func unknown(_ word: String, isDokku: Bool = Dispatch.speaksDokku) -> Failure {
        let name = isDokku ? "dokku" : "slipway"
        let what = "`\(cleaned(String(word.prefix(60)), keepTabs: false))` is not a \(name) command"
        if let absent = DokkuTable.reasonForAbsence(of: word) {
            return Failure(.unknownCommand, what, why: absent, fix: "slipway help lists what is here")
        }
        let noun = String(word.prefix { $0 != ":" })
        let near = near(word, Features.commandNames + Features.all.map(\.noun))
        if near.isEmpty, word.contains(":"), Features.all.contains(where: { $0.noun == noun }) {
            return Failure(.unknownCommand, what, fix: "slipway \(noun):help lists the commands of \(noun)")
        }
        return Failure(
            .unknownCommand,
            what,
            fix: near.isEmpty ? "slipway help lists them" : "did you mean \(near.prefix(3).joined(separator: ", "))?"
        )
    }

    /// Words of a list that are at most two slips away, the nearest first.
    static func near(_ word: String, _ known: [String]) -> [String] {
        known.map { ($0, distance($0, word)) }.filter { $0.1 <= 2 }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    /// One screen: every noun with its sentence.
    static func overview() -> [String] {
        ["slipway NOUN:VERB [APP] ...   slipway help NOUN:VERB tells more, help --all all", ""]
            + shownNouns.sorted { $0.noun < $1.noun }.map { "    \($0.noun.padded(to: 22)) \($0.summary)" }
            + ["", "For all: --app NAME, --quiet, --trace, --wait SECONDS (for an app that somebody else works on)"]
    }

    /// Every command of every noun.
    static func everything() -> [String] { shownNouns.flatMap { page($0) + [""] } }

    private static var shownNouns: [Feature] {
        Features.all.filter { $0.commands.contains { $0.configuration.shouldDisplay } }
    }

    /// The page of a noun, under its own name or another word for it.
    static func page(of word: String) -> [String]? {
        let noun = Features.alias(of: word).flatMap { $0.contains(":") ? nil : $0 } ?? word
        return Features.all.first { $0.noun == noun }.map { page($0) }
    }

    /// Whether `word` is a command of its own and no other word for one.
    static func isCommand(_ word: String) -> Bool {
        Features.alias(of: word) == nil && Features.command(named: word) != nil
    }

    static func page(_ feature: Feature) -> [String] {
        let shown = feature.commands.filter { $0.configuration.shouldDisplay }
        return ["\(feature.noun): \(feature.summary)", ""]
            + shown.map { "    \(($0.configuration.commandName ?? "").padded(to: 30)) \($0.configuration.abstract)" }
    }

    /// The help of one command.
    static func text(of type: any HostCommand.Type) -> String {
        guard let own = type as? any SelfDescribing.Type else { return type.helpMessage(columns: 92) + "\n" }
        let facts = CommandFacts(type, noun: "")
        var lines = ["OVERVIEW: \(facts.abstract)", "", "Examples:"] + facts.examples.map { "  slipway \($0)" }
        if !facts.details.isEmpty { lines += ["", facts.details] }
        lines += ["", "USAGE: \(facts.usage)", "", "ARGUMENTS AND OPTIONS:"]
        lines += table(own.arguments.map { ["  \($0.kind == .word ? "<\($0.value)>" : $0.usage)", $0.meaning] })
        if let properties = (type as? any PropertySetting.Type)?.settable, !properties.isEmpty {
            lines += ["", "PROPERTIES:"] + table(properties.map { ["  \($0.name)", $0.summary, Self.fallback($0)] })
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func fallback(_ property: Property) -> String {
        property.fallback.isEmpty ? "" : "(\(property.fallback))"
    }

    /// Levenshtein's distance, with a swap of neighbours as one step; 3 for whatever is further.
    static func distance(_ left: String, _ right: String) -> Int {
        if abs(left.utf8.count - right.utf8.count) > 8 { return 3 }
        let (a, b) = (Array(left), Array(right))
        if abs(a.count - b.count) > 2 { return 3 }
        var rows = [Array(0...b.count)]
        for i in 1...max(a.count, 1) where i <= a.count {
            var row = [i]
            for j in 1...max(b.count, 1) where j <= b.count {
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}

enum Version {
    static let number = "0.1.0"
    /// The Dokku whose command line this one follows.
    static let dokku = "0.38.27"
    /// Scripts look for the first three words.
    static let asDokku = "dokku version \(dokku) (slipway \(number))"
}
