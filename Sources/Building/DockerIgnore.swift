import Core

/// Which files a `.dockerignore` keeps out of a build, by Docker's own rules.
///
/// Rules (Docker documentation, "Build context", ".dockerignore files"): the last pattern that matches a path or a
/// folder above it counts, `!` takes a path back in even below an excluded folder, `**` is any number of folders.
struct DockerIgnore: Sendable {
    private let patterns: [IgnorePattern]

    /// Takes the text of the file; comments start with `#` in the first column.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/badSource`` and the number of a line that is no pattern.
    init(_ text: String) throws(Failure) {
        var patterns: [IgnorePattern] = []
        let text = text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() where !line.hasPrefix("#") {
            var pattern = String(line).trimmed
            guard !pattern.isEmpty else { continue }
            let isException = pattern.hasPrefix("!")
            if isException { pattern = String(pattern.dropFirst()).trimmed }
            guard !pattern.isEmpty, let made = IgnorePattern(pattern, isException: isException) else {
                throw Failure(
                    .badSource,
                    "line \(index + 1) of the .dockerignore is not a pattern",
                    why: quoted(String(line)),
                    fix: "close every '[' and leave no '\\' or '!' alone"
                )
            }
            patterns.append(made)
        }
        self.patterns = patterns
    }

    /// Whether the file is left out.
    func ignores(_ path: String) -> Bool {
        let whole = Array(path.unicodeScalars)
        var ends = whole.indices.filter { whole[$0] == "/" }
        ends.append(whole.count)
        var isIgnored = false
        // A pattern that could only say what is so already need not be asked.
        for pattern in patterns where pattern.isException == isIgnored {
            if ends.reversed().contains(where: { pattern.matches(whole[..<$0]) }) { isIgnored.toggle() }
        }
        return isIgnored
    }
}
