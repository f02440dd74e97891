/// The part of `docs/dokku-plugins.md` that is made from the table of answers.
package enum DokkuCallsPage {
    package static var text: String {
        let rows = DokkuCalls.all.map { call in
            let mark = call.isOurs ? " *ours*" : ""
            return
                "| `\(call.usage.replacing("|", with: "\\|"))`\(mark) | \(call.meaning.replacing("|", with: "\\|")) |"
        }
        return """
            \(DokkuCalls.all.count) triggers that plugins ask are answered by slipway itself: `plugn trigger NAME ...`. Those marked
            *ours* are asked by the functions only.

            | Trigger and arguments | Answer |
            |---|---|
            \(rows.joined(separator: "\n"))

            """
    }
}
