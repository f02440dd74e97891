import Core

/// The question before something is lost.
enum Confirmation {
    /// - Throws: ``Failure`` with code ``FailureCode/unconfirmed``; nothing has changed then.
    static func demand(_ name: String, isForced: Bool, given: String?, of kind: String, _ output: Output) throws {
        if isForced || given == name { return }
        if let given { throw refusal(name, kind, why: "\(quoted(given)) is not its name") }
        guard output.isTerminal else { throw refusal(name, kind, why: "nobody can be asked without a terminal") }
        output.warn("WARNING: Potentially Destructive Action")
        output.warn("This command will destroy \(name) (including all its data).")
        output.warn("To proceed, type \"\(name)\"")
        guard readLine()?.trimmed == name else { throw refusal(name, kind, why: "the name typed is another") }
    }

    private static func refusal(_ name: String, _ kind: String, why: String) -> Failure {
        Failure(
            .unconfirmed,
            "the \(kind) \(name) is left as it is",
            why: why,
            fix: "add --force or --confirm \(name)"
        )
    }
}
