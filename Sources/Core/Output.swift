/// The one voice that speaks to the person at the other end.
///
/// Answers go to standard output, progress and warnings to standard error. No control character ever leaves.
package struct Output: Sendable {
    package enum Stream: Sendable { case answer, progress }

    /// Takes text exactly as it is to be written, line ends included.
    package var write: @Sendable (Stream, String) -> Void
    /// Leaves out headings; Dokku's `--quiet`, and the default where standard output is no terminal.
    package var isQuiet: Bool
    /// A person sits at a terminal and can be asked.
    package var isTerminal: Bool
    /// What is asked of other programs and of the engine is said too.
    package var isTracing = false

    package init(
        isQuiet: Bool = false,
        isTerminal: Bool = false,
        write: @escaping @Sendable (Stream, String) -> Void
    ) {
        self.isQuiet = isQuiet
        self.isTerminal = isTerminal
        self.write = write
    }

    /// A line of the answer.
    package func answer(_ line: String) { write(.answer, cleaned(line) + "\n") }

    /// Several lines of the answer in one write.
    package func answer(lines: [String]) {
        guard !lines.isEmpty else { return }
        write(.answer, lines.map { cleaned($0) + "\n" }.joined())
    }

    /// Text of the answer exactly as it is: certificates, exported configuration, JSON.
    package func answer(exactly text: String) { write(.answer, text) }

    /// The heading of an answer, left out when quiet.
    package func title(_ text: String) { if !isQuiet { answer("=====> \(text)") } }

    package func step(_ text: String) { progress("-----> \(text)") }
    package func heading(_ text: String) { progress("=====> \(text)") }
    package func detail(_ text: String) { progress("       \(text)") }
    package func warn(_ text: String) { progress(" !     \(text)") }

    /// What somebody else is asked, for who looks for a fault.
    package func trace(_ text: String) { progress("+ \(text)") }

    /// A line of progress as it is; `success:` and `error:` at its start are what git colours.
    package func progress(_ line: String) { write(.progress, cleaned(line) + "\n") }

    /// A failed command: the sentence, then what is known of why, how to mend it, and what serves.
    package func failure(_ failure: Failure, opening: String = " !     ") {
        progress("\(opening)\(failure.code.rawValue) \(failure.what)")
        for (label, text) in [("why: ", failure.why), ("fix: ", failure.fix), ("live:", failure.live)] {
            if let text { warn("\(label) \(text)") }
        }
        guard let excerpt = failure.excerpt else { return }
        detail(excerpt.title)
        for line in excerpt.lines { detail("| \(line)") }
    }
}
