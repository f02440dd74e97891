import Core

extension Feature {
    /// One line after the other.
    static let shell = Feature(
        "shell",
        "Commands one after the other, without typing slipway",
        commands: ShellCommands.all
    )
}

/// A conversation: each line is a command of ours, read by POSIX quoting rules without any expansion.
struct Shell: Sendable {
    static let prompt = "slipway> "
    private static let goodbyes: Set = ["exit", "quit", "logout"]

    let output: Output
    /// Runs the words of a line; the exit status.
    let run: @Sendable ([String]) async -> Int32

    /// Goes on until the lines end or somebody says goodbye.
    ///
    /// - Parameter next: The next line, nil at the end.
    /// - Returns: The status of the last command.
    func converse(_ next: () -> String?) async -> Int32 {
        var status: Int32 = 0
        while true {
            if output.isTerminal { output.answer(exactly: Self.prompt) }
            guard let line = next() else {
                if output.isTerminal { output.answer("") }
                return status
            }
            let text = line.trimmed
            if text.isEmpty || text.hasPrefix("#") { continue }
            do {
                var words = try ShellWords.split(text)
                // Lines are pasted from pages that name the program.
                if words.count > 1, ["slipway", "dokku"].contains(words.first) { words.removeFirst() }
                guard let first = words.first else { continue }
                if Self.goodbyes.contains(first) { return status }
                if first == "shell" {
                    output.warn("this is the shell; exit leaves it")
                    continue
                }
                status = await run(words)
            } catch {
                output.failure(error)
                status = error.code.status.rawValue
            }
        }
    }
}
