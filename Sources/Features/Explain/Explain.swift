import ArgumentParser
import Core

extension Feature {
    /// What the codes of failures mean.
    static let explain = Feature("explain", "What the code of a failure means", commands: [ExplainCommand.self])
}

/// What is known of a kind of failure, whatever the app.
struct CodePage: Sendable, Encodable {
    /// One sentence, as it stands in the list of all.
    var meaning: String
    /// The usual ones, the most frequent first.
    var causes: [String]
    var cures: [String]

    init(_ meaning: String, causes: [String], cures: [String]) {
        self.meaning = meaning
        self.causes = causes
        self.cures = cures
    }

    func lines(_ code: FailureCode) -> [String] {
        ["\(code.rawValue)  \(meaning)", "", "Usual causes:"] + causes.map { "  - \($0)" } + ["", "What to do:"]
            + cures.map { "  - \($0)" } + ["", "Exit status \(code.status.rawValue)"]
    }
}
