/// POSIX quoting (XCU §2.2) without any expansion: how `SSH_ORIGINAL_COMMAND` and option strings are read.
package enum ShellWords {
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` when a quote is left open.
    package static func split(_ text: String) throws(Failure) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text.makeIterator()
        while let character = characters.next() {
            switch (quote, character) {
            case ("'", "'"), ("\"", "\""): quote = nil
            case ("'", _): word = (word ?? "") + String(character)
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (_, "\\"): word = (word ?? "") + escaped(characters.next(), inQuotes: quote != nil)
            case (nil, " "), (nil, "\t"), (nil, "\n"), (nil, "\r"), (nil, "\r\n"):
                if let finished = word { words.append(finished) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw .malformed("a quote is left open in \(quoted(text))") }
        if let finished = word { words.append(finished) }
        return words
    }

    /// A backslash inside double quotes stays, unless it stands before one of `$ ` " \` or a line end.
    private static func escaped(_ next: Character?, inQuotes: Bool) -> String {
        guard let next else { return "\\" }
        if next == "\n" { return "" }
        if inQuotes, !"$`\"\\".contains(next) { return "\\\(next)" }
        return String(next)
    }

    /// One word that a POSIX shell reads back as `text`.
    package static func quote(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0.isLetterOrDigit || "_-./=:,@%+".utf8.contains($0) }
        if plain, !text.isEmpty { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
