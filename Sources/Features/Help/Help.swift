import ArgumentParser
import Core

extension Feature {
    /// What can be typed.
    static let help = Feature("help", "What can be typed", commands: [HelpCommand.self, VersionCommand.self])
}

/// Help for people, and what was probably meant.
enum Help {
    /// For a word that is no command: the noun's page, or what is near it.
    static func show(_ line: CommandLineWords, _ output: Output) throws {
        guard let word = line.command, !["--help", "-h", "help"].contains(word) else {
            return output.answer(lines: overview())
        }
        if ["--version", "-v"].contains(word) { return try VersionCommand().say(to: output) }
        let noun = word.hasSuffix(":help") ? String(word.dropLast(":help".count)) : word
        if let feature = Features.all.first(where: { $0.noun == noun }) {
            return output.answer(lines: page(feature))
        }
        let near = Features.commandNames.filter { distance($0, word) <= 2 }.sorted()
        throw Failure(
            .unknownCommand,
            "`\(cleaned(String(word.prefix(60)), keepTabs: false))` is not a slipway command",
            fix: near.isEmpty ? "slipway help lists them" : "did you mean \(near.prefix(3).joined(separator: ", "))?"
        )
    }

    /// One screen: every noun with its sentence.
    static func overview() -> [String] {
        let nouns = Features.all.filter { $0.commands.contains { $0.configuration.shouldDisplay } }
        return ["slipway NOUN:VERB [APP] ...   slipway help NOUN:VERB tells more", ""]
            + nouns.sorted { $0.noun < $1.noun }.map { "    \($0.noun.padded(to: 14)) \($0.summary)" }
            + ["", "For all: --app NAME, --quiet, --wait SECONDS (for an app that somebody else works on)"]
    }

    static func page(_ feature: Feature) -> [String] {
        let shown = feature.commands.filter { $0.configuration.shouldDisplay }
        return ["\(feature.noun): \(feature.summary)", ""]
            + shown.map { "    \(($0.configuration.commandName ?? "").padded(to: 24)) \($0.configuration.abstract)" }
    }

    /// Levenshtein's distance, with a swap of neighbours as one step.
    static func distance(_ left: String, _ right: String) -> Int {
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
}

struct HelpCommand: HostlessCommand {
    static let configuration = CommandConfiguration.verb(
        "help",
        "What can be typed",
        examples: ["help", "help domains:add"]
    )
    static let permission = Permission.none
    @Flag(help: "Every command of every noun") var all = false
    @Argument(help: "A noun or a command") var word: String?

    func say(to output: Output) throws {
        if all {
            let shown = Features.all.filter { feature in feature.commands.contains { $0.configuration.shouldDisplay } }
            return output.answer(lines: shown.flatMap { Help.page($0) + [""] })
        }
        if let word, let type = Features.command(named: word) {
            return output.answer(exactly: type.helpMessage(columns: 92) + "\n")
        }
        try Help.show(CommandLineWords(word.map { [$0] } ?? []), output)
    }
}

struct VersionCommand: HostlessCommand {
    static let configuration = CommandConfiguration.verb(
        "version",
        "Which slipway this is",
        examples: ["version", "--version"]
    )
    static let permission = Permission.none

    func say(to output: Output) throws { output.answer("slipway version \(Version.number)") }
}
