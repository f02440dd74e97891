import Core
import Plugins

/// The reference of triggers, made from their table.
package enum TriggerPage {
    /// For `docs/triggers.md`.
    package static var text: String {
        let rows = Trigger.all.map { trigger in
            let answer = trigger.answer.meaning ?? "shown to the person"
            return [
                "`\(trigger.usage)`", trigger.when + successor(trigger), answer, trigger.refusal.words,
                trigger.limit.words,
            ].map { $0.replacing("|", with: "\\|") }
        }
        let head = [
            "Trigger and arguments", "When", "Standard output", "A hook that ends with another status", "Limit",
        ]
        return """
            # Triggers

            \(Trigger.all.count) moments at which hooks run, in the order of an app's life.
            Names, arguments and output are Dokku's for all but those marked *ours*; `plugin:triggers NAME`
            tells of one. How they fire: [plugins.md](plugins.md). Standard input is empty for all of them.

            \(line(head))
            \(line(head.map { _ in "---" }))
            \(rows.map { line($0) }.joined(separator: "\n"))

            """
    }

    /// `plugin:triggers NAME`.
    static func words(of trigger: Trigger) -> [String] {
        var lines = [
            "=====> \(trigger.usage)", "       When:     \(trigger.when)",
            "       Output:   \(trigger.answer.meaning ?? "shown to the person, line by line")",
            "       Refusal:  \(trigger.refusal.words)", "       Limit:    \(trigger.limit.words)",
            "       Contract: \(trigger.isDokkus ? "Dokku's" : "slipway's own")",
        ]
        if let successor = trigger.successor { lines.append("       Better:   \(successor) says the same") }
        return lines
    }

    private static func successor(_ trigger: Trigger) -> String {
        let mark = trigger.isDokkus ? "" : " *ours*"
        return mark + (trigger.successor.map { "; `\($0)` is to be used instead" } ?? "")
    }

    private static func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
}
