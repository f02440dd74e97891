import Core

/// Reads a configuration into directives byte by byte as nginx itself does (`ngx_conf_read_token`).
///
/// Where the two differ, an app's text would say to nginx what nobody has looked at. What nginx refuses may be read in
/// any way.
struct NginxWords {
    private enum Place: Equatable {
        case between
        case word
        case quotes(UInt8)
        /// A blank, a mark or a closing parenthesis must come here.
        case behindQuotes
        case comment
    }

    private var statements: [(words: [String], line: Int)] = []
    private var words: [String] = []
    /// With its backslashes.
    private var word: [UInt8] = []
    private var place = Place.between
    private var isEscaped = false
    private var isBehindDollar = false
    private var line = 1
    private var first = 1

    /// The directives with the line they begin in; comments are left out, quotes taken off.
    static func statements(of text: String) -> [(words: [String], line: Int)] {
        var reader = NginxWords()
        for byte in text.utf8 { reader.take(byte) }
        switch reader.place {
        case .word, .quotes: reader.endWord()
        case .between, .behindQuotes, .comment: break
        }
        reader.endStatement()
        return reader.statements
    }

    private mutating func take(_ byte: UInt8) {
        if byte == 10 { line += 1 }
        if place == .comment {
            if byte == 10 { place = .between }
        } else if isEscaped {
            word.append(byte)
            isEscaped = false
        } else if place == .between || place == .behindQuotes {
            place = .between
            begin(byte)
        } else {
            goOn(byte)
        }
    }

    /// A byte that no word stands before; only here do `}`, `#` and quotes mean anything.
    private mutating func begin(_ byte: UInt8) {
        if Self.isBlank(byte) { return }
        switch byte {
        case UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: "}"): return endStatement()
        case UInt8(ascii: "#"):
            place = .comment
            return
        default: if words.isEmpty { first = line }
        }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            place = .quotes(byte)
            return
        }
        place = .word
        isEscaped = byte == UInt8(ascii: "\\")
        isBehindDollar = byte == UInt8(ascii: "$")
        word.append(byte)
    }

    private mutating func goOn(_ byte: UInt8) {
        // `${name}`; a dollar that was escaped or ends quotes is none.
        if byte == UInt8(ascii: "{"), isBehindDollar { return word.append(byte) }
        isEscaped = byte == UInt8(ascii: "\\")
        isBehindDollar = byte == UInt8(ascii: "$")
        if case .quotes(let open) = place {
            guard byte == open else { return word.append(byte) }
            endWord()
            place = .behindQuotes
        } else if Self.isBlank(byte) || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "{") {
            endWord()
            if !Self.isBlank(byte) { endStatement() }
        } else {
            word.append(byte)
        }
    }

    private mutating func endWord() {
        words.append(String(decoding: Self.unescaped(word), as: UTF8.self))
        (word, place) = ([], .between)
        (isEscaped, isBehindDollar) = (false, false)
    }

    private mutating func endStatement() {
        if !words.isEmpty { statements.append((words, first)) }
        words = []
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [9, 10, 13, 32].contains(byte) }

    /// A backslash stays where what follows it is none of these.
    private static func unescaped(_ word: [UInt8]) -> [UInt8] {
        let meanings: [UInt8: UInt8] = [
            UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "'"): UInt8(ascii: "'"),
            UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "n"): 10,
        ]
        var (result, rest) = ([UInt8](), word[...])
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let next = rest.first, let meaning = meanings[next] {
                rest.removeFirst()
                result.append(meaning)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
