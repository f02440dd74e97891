import Core

/// Pages of the manual in roff, one a noun and one that lists them; `man slipway-apps` shows one.
struct Manual: Sendable {
    private let commands: [CommandFacts]

    init(_ facts: [CommandFacts]) { commands = facts.filter(\.isShown) }

    /// By the names of their files.
    var pages: [String: String] {
        var pages = ["slipway.1": overview]
        for feature in Features.all {
            let own = commands.filter { $0.noun == feature.noun }
            if !own.isEmpty { pages["slipway-\(feature.noun).1"] = page(feature, own) }
        }
        return pages
    }

    private var overview: String {
        let nouns = Features.all.filter { feature in commands.contains { $0.noun == feature.noun } }
        return Self.head("SLIPWAY") + ".SH NAME\nslipway \\- a small platform for one host: git push, and it runs\n"
            + ".SH SYNOPSIS\n.B slipway\n.I NOUN:VERB\n[\\fIAPP\\fR] ...\n.SH COMMANDS\n"
            + nouns.map { ".TP\n.BR slipway\\-\(Self.escaped($0.noun)) (1)\n\(Self.line($0.summary))\n" }.joined()
            + ".SH EXIT STATUS\n"
            + Self.statuses.map { ".TP\n.B \($0.0)\n\(Self.line($0.1))\n" }.joined()
    }

    private static let statuses = [
        ("0", "done"), ("1", "failed"), ("2", "wrong usage"), ("3", "refused"), ("5", "busy or locked"),
        ("6", "not confirmed"), ("10", "not implemented, by a plugin"), ("20", "no such app"),
    ]

    private func page(_ feature: Feature, _ commands: [CommandFacts]) -> String {
        var text = Self.head("SLIPWAY-\(feature.noun.uppercased())")
        text += ".SH NAME\nslipway\\-\(Self.escaped(feature.noun)) \\- \(Self.escaped(feature.summary))\n.SH COMMANDS\n"
        for command in commands {
            text += ".SS \(Self.escaped(command.usage))\n\(Self.line(command.abstract + "."))\n"
            for argument in command.arguments where argument.isShown && !argument.meaning.isEmpty {
                let name = argument.kind == .word ? "<\(argument.value)>" : argument.names.joined(separator: ", ")
                text += ".TP\n.B \(Self.escaped(name))\n\(Self.line(argument.meaning))\n"
            }
            if !command.details.isEmpty { text += ".PP\n\(Self.lines(command.details))\n" }
            text += ".PP\nExamples:\n.nf\n"
            text += command.examples.map { "  slipway \(Self.escaped($0))\n" }.joined() + ".fi\n"
        }
        guard !feature.properties.isEmpty else { return text }
        text += ".SH PROPERTIES\n"
        for property in feature.properties {
            let fallback = property.fallback.isEmpty ? "" : " (\(property.fallback))"
            text += ".TP\n.B \(Self.escaped(property.name))\n\(Self.line(property.summary + fallback))\n"
        }
        return text
    }

    private static func head(_ title: String) -> String {
        ".TH \(escaped(title)) 1 \"\" \"slipway \(Version.number)\" \"Slipway\"\n"
    }

    private static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line(String($0)) }.joined(separator: "\n")
    }

    /// A line of text; a dot or an apostrophe at its start would be a request.
    private static func line(_ text: String) -> String {
        let escaped = escaped(text)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    }
}
