/// POSIX quoting (XCU §2.2) without any expansion: how `SSH_ORIGINAL_COMMAND` and option strings are read.
///
/// Works on Unicode scalars: a quote with a combining mark after it is one `Character`, but a quote to every shell.
package enum ShellWords {
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` when a quote is left open.
    package static func split(_ text: String) throws(Failure) -> [String] {
        var words: [String] = []
        var word: String.UnicodeScalarView?
        var quote: Unicode.Scalar?
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch (quote, scalar) {
            case ("'", "'"), ("\"", "\""): quote = nil
            case ("'", _): word.append([scalar])
            case (nil, "'"), (nil, "\""):
                quote = scalar
                word.append([])
            case (_, "\\"): word.append(escaped(scalars.next(), inQuotes: quote != nil))
            case (nil, " "), (nil, "\t"), (nil, "\n"), (nil, "\r"):
                if let finished = word { words.append(String(finished)) }
                word = nil
            default: word.append([scalar])
            }
        }
        guard quote == nil else { throw .malformed("a quote is left open in \(quoted(text))") }
        if let finished = word { words.append(String(finished)) }
        return words
    }

    /// A backslash inside double quotes stays, unless it stands before one of `$ ` " \` or a line end.
    private static func escaped(_ next: Unicode.Scalar?, inQuotes: Bool) -> [Unicode.Scalar] {
        guard let next else { return ["\\"] }
        if next == "\n" { return [] }
        if inQuotes, !"$`\"\\".unicodeScalars.contains(next) { return ["\\", next] }
        return [next]
    }

    /// One word that a POSIX shell reads back as `text`.
    package static func quote(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0.isLetterOrDigit || "_-./=:,@%+".utf8.contains($0) }
        return plain && !text.isEmpty ? text : inQuotes(text)
    }

    /// The same in single quotes, whether it needs them or not.
    package static func inQuotes(_ text: String) -> String { "'\(text.replacing(scalars: ["'": "'\\''"]))'" }
}

extension String.UnicodeScalarView? {
    /// Begins the word when there is none yet.
    fileprivate mutating func append(_ scalars: [Unicode.Scalar]) {
        if self == nil { self = .init() }
        self?.append(contentsOf: scalars)
    }
}
