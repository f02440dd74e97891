import Core

/// Reads from the first byte to the last, and never looks back.
struct TomlReader {
    /// Deeper tables are no configuration.
    private static let deepest = 16

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func mistake(_ reason: String) -> TomlError { TomlError(line: line, reason) }

    private mutating func take() -> UInt8? {
        guard let byte = next else { return nil }
        index += 1
        if byte == .newline { line += 1 }
        return byte
    }

    private mutating func takes(_ word: String) -> Bool {
        guard bytes[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }

    /// With a table named, a mistake is one only there; elsewhere its line is passed over.
    mutating func document(strictIn strict: String? = nil) throws(TomlError) -> TomlTable {
        var document = TomlTable(line: 1)
        var heading: [String] = []
        while true {
            do throws(TomlError) {
                try skipEmptyLines()
                guard next != nil else { return document }
                try statement(&document, &heading)
                try endLine()
            } catch {
                guard let strict, heading != [strict] else { throw error }
                while let byte = take(), byte != .newline {}
            }
        }
    }

    private mutating func statement(_ document: inout TomlTable, _ heading: inout [String]) throws(TomlError) {
        let start = line
        if next == UInt8(ascii: "[") {
            index += 1
            // Until it has been read, what follows belongs to nothing.
            heading = [""]
            guard next != UInt8(ascii: "[") else { throw mistake("lists of tables are not read here") }
            heading = try path(endingBefore: UInt8(ascii: "]"))
            index += 1
            try document.open(heading[...], line: start)
        } else {
            let keys = try path(endingBefore: UInt8(ascii: "="))
            index += 1
            skipBlanks()
            try document.insert(try value(), below: heading[...], keys, line: start)
        }
    }

    // MARK: Between things

    private mutating func skipBlanks() { while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { index += 1 } }

    private mutating func skipComment() throws(TomlError) {
        guard next == UInt8(ascii: "#") else { return }
        while let byte = next, byte != .newline {
            let isLineEnd = byte == .carriageReturn && index + 1 < bytes.count && bytes[index + 1] == .newline
            guard byte >= 0x20 && byte != 0x7f || byte == UInt8(ascii: "\t") || isLineEnd else {
                throw mistake("a comment holds a control character")
            }
            index += 1
        }
    }

    private mutating func skipLineEnd() -> Bool {
        if next == .carriageReturn, index + 1 < bytes.count, bytes[index + 1] == .newline { index += 1 }
        guard next == .newline else { return false }
        _ = take()
        return true
    }

    private mutating func skipEmptyLines() throws(TomlError) {
        repeat {
            skipBlanks()
            try skipComment()
        } while skipLineEnd()
    }

    private mutating func endLine() throws(TomlError) {
        skipBlanks()
        try skipComment()
        guard next == nil || skipLineEnd() else { throw mistake("something stands behind the value") }
    }

    // MARK: Keys

    /// `a.b."c d"`, up to the byte behind it.
    private mutating func path(endingBefore end: UInt8) throws(TomlError) -> [String] {
        var keys: [String] = []
        while true {
            skipBlanks()
            keys.append(try key())
            guard keys.count <= Self.deepest else { throw mistake("tables are nested too deep") }
            skipBlanks()
            if next == end { return keys }
            guard next == UInt8(ascii: ".") else {
                let word = end == UInt8(ascii: "=") ? "= and a value" : "]"
                throw mistake("\(word) is expected behind \(quoted(keys.joined(separator: ".")))")
            }
            index += 1
        }
    }

    private mutating func key() throws(TomlError) -> String {
        switch next {
        case UInt8(ascii: "\""): return try basic(isKey: true)
        case UInt8(ascii: "'"): return try literal(isKey: true)
        default: break
        }
        let start = index
        while let byte = next, byte.isLetterOrDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") {
            index += 1
        }
        guard index > start else { throw mistake("a key is expected: letters, digits, _ and -, or text in quotes") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    // MARK: Values

    private mutating func value() throws(TomlError) -> TomlValue {
        guard let byte = next else { throw mistake("a value is expected") }
        switch byte {
        case UInt8(ascii: "\""): return .text(try basic(isKey: false))
        case UInt8(ascii: "'"): return .text(try literal(isKey: false))
        case UInt8(ascii: "["): return .list(try list())
        case UInt8(ascii: "{"): throw mistake("inline tables are not read here; write a heading [table]")
        default: return try plain()
        }
    }

    private mutating func plain() throws(TomlError) -> TomlValue {
        let start = index
        while let byte = next, byte.isLetterOrDigit || "_+-.:".utf8.contains(byte) { index += 1 }
        let word = String(decoding: bytes[start..<index], as: UTF8.self)
        if word == "true" || word == "false" { return .boolean(word == "true") }
        if let number = Self.integer(word) { return .integer(number) }
        throw mistake(
            word.isEmpty
                ? "a value is expected: text in quotes, a whole number, true, false or a list"
                : "\(quoted(word)) is no value: text stands in quotes, numbers are whole"
        )
    }

    private static func integer(_ word: String) -> Int? {
        var digits = word[...]
        let isNegative = digits.hasPrefix("-")
        let hasSign = isNegative || digits.hasPrefix("+")
        if hasSign { digits = digits.dropFirst() }
        var radix = 10
        for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) && !hasSign {
            (radix, digits) = (base, digits.dropFirst(2))
        }
        let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
        guard groups.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isLetterOrDigit) }) else { return nil }
        let plain = groups.joined()
        guard radix != 10 || plain == "0" || !plain.hasPrefix("0") else { return nil }
        return Int((isNegative ? "-" : "") + plain, radix: radix)
    }

    private mutating func list() throws(TomlError) -> [String] {
        var result: [String] = []
        index += 1
        while true {
            try skipEmptyLines()
            switch next {
            case nil: throw mistake("] is missing: the list does not end")
            case UInt8(ascii: "]"):
                index += 1
                return result
            case UInt8(ascii: "\""): result.append(try basic(isKey: false))
            case UInt8(ascii: "'"): result.append(try literal(isKey: false))
            default: throw mistake("a list holds text in quotes and nothing else")
            }
            try skipEmptyLines()
            if next == UInt8(ascii: ",") {
                index += 1
            } else if next != UInt8(ascii: "]") {
                throw mistake(next == nil ? "] is missing: the list does not end" : ", or ] is expected in the list")
            }
        }
    }

    // MARK: Text

    private mutating func basic(isKey: Bool) throws(TomlError) -> String {
        let isLong = takes("\"\"\"")
        if isLong, isKey { throw mistake("a key stands on one line") }
        if isLong { _ = skipLineEnd() } else { index += 1 }
        var text: [UInt8] = []
        while let byte = next {
            if byte == UInt8(ascii: "\"") {
                guard isLong else {
                    index += 1
                    return String(decoding: text, as: UTF8.self)
                }
                if let end = closing(UInt8(ascii: "\""), &text) { return end }
            } else if byte == UInt8(ascii: "\\") {
                index += 1
                try escape(isLong: isLong, &text)
            } else {
                try plainByte(isLong: isLong, &text)
            }
        }
        throw mistake("the text does not end: a quote is missing")
    }

    private mutating func literal(isKey: Bool) throws(TomlError) -> String {
        let isLong = takes("'''")
        if isLong, isKey { throw mistake("a key stands on one line") }
        if isLong { _ = skipLineEnd() } else { index += 1 }
        var text: [UInt8] = []
        while let byte = next {
            if byte == UInt8(ascii: "'") {
                guard isLong else {
                    index += 1
                    return String(decoding: text, as: UTF8.self)
                }
                if let end = closing(UInt8(ascii: "'"), &text) { return end }
            } else {
                try plainByte(isLong: isLong, &text)
            }
        }
        throw mistake("the text does not end: a quote is missing")
    }

    /// Quotes in long text: up to two belong to it, also just before the three that end it.
    private mutating func closing(_ quote: UInt8, _ text: inout [UInt8]) -> String? {
        var count = 0
        while next == quote, count < 5 {
            index += 1
            count += 1
        }
        text += Array(repeating: quote, count: count >= 3 ? count - 3 : count)
        return count >= 3 ? String(decoding: text, as: UTF8.self) : nil
    }

    private mutating func plainByte(isLong: Bool, _ text: inout [UInt8]) throws(TomlError) {
        guard let byte = next else { return }
        if isLong, skipLineEnd() { return text.append(.newline) }
        guard byte != .newline, byte != .carriageReturn else {
            throw mistake("the text does not end on its line; three quotes begin text of several lines")
        }
        guard byte >= 0x20 && byte != 0x7f || byte == UInt8(ascii: "\t") else {
            throw mistake("the text holds a control character; write it as \\u and four hex digits")
        }
        text.append(byte)
        index += 1
    }

    private mutating func escape(isLong: Bool, _ text: inout [UInt8]) throws(TomlError) {
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10, UInt8(ascii: "f"): 12,
            UInt8(ascii: "r"): 13, UInt8(ascii: "\""): 34, UInt8(ascii: "\\"): 92,
        ]
        if isLong, let byte = next, byte.isTomlSpace { return try skipFolded() }
        guard let byte = next else { throw mistake("the text does not end: a quote is missing") }
        index += 1
        if let value = plain[byte] { return text.append(value) }
        guard byte == UInt8(ascii: "u") || byte == UInt8(ascii: "U") else {
            throw mistake("there is no escape \\\(cleaned(String(decoding: [byte], as: UTF8.self), keepTabs: false))")
        }
        let count = byte == UInt8(ascii: "u") ? 4 : 8
        let digits = String(decoding: bytes[index..<min(index + count, bytes.count)], as: UTF8.self)
        guard digits.utf8.count == count, digits.utf8.allSatisfy(\.isLetterOrDigit),
            let number = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(number)
        else { throw mistake("\\\(count == 4 ? "u" : "U") wants \(count) hex digits of a character") }
        index += count
        text += Array(String(Character(scalar)).utf8)
    }

    /// A backslash at the end of a line of long text takes the line end and all blanks behind it away.
    private mutating func skipFolded() throws(TomlError) {
        let start = line
        skipBlanks()
        guard skipLineEnd() else { throw mistake("there is no escape of a blank") }
        while let byte = next, byte.isTomlSpace { _ = take() }
        assert(line > start)
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate var isTomlSpace: Bool { self == 32 || self == 9 || self == 10 || self == 13 }
}
