/// Pages of `docs/` that the code writes itself; a house test holds them to it.
package enum Pages {
    /// `docs/commands.md`.
    package static var commands: String {
        let facts = Features.facts().filter(\.isShown)
        let nouns = Features.all.filter { feature in facts.contains { $0.noun == feature.noun } }
        var text = """
            # Commands

            Made from the code. `slipway help NOUN:VERB` says the same of one command. All of them understand `--app NAME`,
            `--quiet`, `--trace` and `--wait SECONDS`. JSON is what `--format json` answers: a `?` stands behind what may be
            missing.


            """
        text += nouns.map { "[\($0.noun)](#\($0.noun))" }.joined(separator: " · ") + "\n"
        for feature in nouns {
            text += "\n## \(feature.noun)\n\n\(feature.summary).\n"
            for command in facts where command.noun == feature.noun { text += section(command) }
        }
        return text
    }

    private static func section(_ command: CommandFacts) -> String {
        var text = "\n### `\(command.name)`\n\n\(command.abstract). \(needs(command))\n\n```\n"
        text += "\(command.usage)\n```\n"
        let arguments = command.arguments.filter { $0.isShown && !$0.meaning.isEmpty }
        if !arguments.isEmpty {
            text += "\n"
            for argument in arguments {
                let name = argument.kind == .word ? argument.value : argument.names.joined(separator: ", ")
                let values = argument.values.isEmpty ? "" : " (\(argument.values.joined(separator: ", ")))"
                text += "- `\(name)`: \(cell(argument.meaning))\(values)\n"
            }
        }
        text += "\nSuch as " + command.examples.map { "`\($0)`" }.joined(separator: ", ") + ".\n"
        if let shape = command.answers { text += "\nJSON: `\(shape.words)`\n" }
        return text
    }

    private static func needs(_ command: CommandFacts) -> String {
        let wide = command.flags.filter { $0 == "--global" || $0 == "--all" }.map { "`\($0)`" }
        if command.permission == .change, !wide.isEmpty {
            return "For whoever may change the app; with \(wide.joined(separator: " or ")) for administrators."
        }
        return switch command.permission {
        case .none: "For everybody."
        case .view: "For whoever may look at the app."
        case .change: "For whoever may change the app."
        case .administer: "For administrators."
        }
    }

    /// `docs/properties.md`.
    package static var properties: String {
        var text = """
            # Properties

            Made from the code. `NOUN:set APP PROPERTY VALUE` sets one for an app, `NOUN:set --global PROPERTY VALUE` for all;
            without a value it is taken away again. What holds is the app's own value, else the one for all, else the
            default. `NOUN:report` shows each as it is set, as it is set for all (`global-`), and as it holds (`computed-`).

            """
        for feature in Features.all where !feature.properties.isEmpty {
            text += "\n## \(feature.noun)\n\n| property | default | for | meaning |\n|---|---|---|---|\n"
            for property in feature.properties {
                let fallback = property.fallback.isEmpty ? "" : "`\(property.fallback)`"
                var meaning = cell(property.summary)
                if property.isSecret { meaning += "; never shown" }
                if property.isReadOnly { meaning += "; set by other commands" }
                text += "| `\(property.name)` | \(fallback) | \(scope(property.scope)) | \(meaning) |\n"
            }
        }
        return text
    }

    private static func scope(_ scope: Property.Scope) -> String {
        switch scope {
        case .app: "an app"
        case .global: "all"
        case .both: "an app, all"
        }
    }

    /// The table of `docs/dokku.md`.
    package static var dokku: String {
        var text = "| command | here |\n|---|---|\n"
        for command in DokkuTable.commands {
            switch command.standing {
            case .same: text += "| `\(command.name)` | same |\n"
            case .better(let how): text += "| `\(command.name)` | better: \(cell(how)) |\n"
            case .partly(let why): text += "| `\(command.name)` | partly: \(cell(why)) |\n"
            case .absent(let why): text += "| `\(command.name)` | absent: \(cell(why)) |\n"
            case .idle(let why): text += "| `\(command.name)` | does nothing in Dokku: \(cell(why)) |\n"
            }
        }
        return text
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|").replacing("\n", with: " ") }
}
