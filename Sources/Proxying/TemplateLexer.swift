import Core

/// The smallest parts of an action.
enum TemplateToken: Equatable, Sendable {
    case space, declare, assign, pipe, open, close, comma, dot
    /// `.NAME`, directly behind a variable, a bracket or another field, or alone.
    case field(String)
    /// `$` alone is the empty name.
    case variable(String)
    case word(String)
    case number(Int)
    case text(String)
}

/// A template in its text and its actions, white space trimmed as `{{-` and `-}}` say.
enum TemplatePiece: Equatable, Sendable {
    case text(String, line: Int)
    case action([TemplateToken], line: Int)
}

/// Splits a template.
struct TemplateLexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func pieces() throws(TemplateError) -> [TemplatePiece] {
        var pieces: [TemplatePiece] = []
        var trimsNext = false
        while true {
            let (start, first) = (position, line)
            while position < bytes.count, !isHere("{{") { advance() }
            let isEnd = position >= bytes.count
            let trimsLast = !isEnd && isHere("{{-") && isSpace(at: position + 3)
            add(start, first, trimsLeft: trimsNext, trimsRight: trimsLast, to: &pieces)
            if isEnd { return pieces }
            skip(trimsLast ? 3 : 2)
            let opened = line
            if let tokens = try action(opened) { pieces.append(.action(tokens, line: opened)) }
            trimsNext = bytes[position - 3] == UInt8(ascii: "-")
        }
    }

    private func add(
        _ start: Int,
        _ line: Int,
        trimsLeft: Bool,
        trimsRight: Bool,
        to pieces: inout [TemplatePiece]
    ) {
        var (low, high, line) = (start, position, line)
        if trimsLeft {
            while low < high, isSpace(at: low) {
                if bytes[low] == UInt8(ascii: "\n") { line += 1 }
                low += 1
            }
        }
        if trimsRight { while high > low, isSpace(at: high - 1) { high -= 1 } }
        if high > low { pieces.append(.text(String(decoding: bytes[low..<high], as: UTF8.self), line: line)) }
    }

    /// Everything up to the `}}` that ends it; nil for a comment.
    private mutating func action(_ opened: Int) throws(TemplateError) -> [TemplateToken]? {
        var tokens: [TemplateToken] = []
        skipSpace()
        if isHere("/*") {
            while position < bytes.count, !isHere("*/") { advance() }
            skip(2)
            skipSpace()
            guard closes() else { throw TemplateError(line: opened, reason: "the comment is not closed with */}}") }
            return nil
        }
        while true {
            if closes() { return tokens.last == .space ? tokens.dropLast() : tokens }
            guard position < bytes.count else {
                throw TemplateError(line: opened, reason: "the action is not closed with }}")
            }
            tokens.append(try token())
        }
    }

    /// Passes over `}}`, or over ` -}}`.
    private mutating func closes() -> Bool {
        if isHere("}}") {
            // The caller looks three bytes back for a minus; one that is part of a word is none.
            if position > 0, bytes[position - 1] == UInt8(ascii: "-") { return false }
            skip(2)
            return true
        }
        guard isHere("-}}"), position > 0, isSpace(at: position - 1) else { return false }
        skip(3)
        return true
    }

    private mutating func token() throws(TemplateError) -> TemplateToken {
        let byte = bytes[position]
        if isSpace(at: position) {
            skipSpace()
            return .space
        }
        if isHere(":=") {
            skip(2)
            return .declare
        }
        let marks: [UInt8: TemplateToken] = [
            UInt8(ascii: "="): .assign, UInt8(ascii: "|"): .pipe, UInt8(ascii: "("): .open, UInt8(ascii: ")"): .close,
            UInt8(ascii: ","): .comma,
        ]
        if let mark = marks[byte] {
            skip(1)
            return mark
        }
        switch byte {
        case UInt8(ascii: "."):
            skip(1)
            let name = name()
            return name.isEmpty ? .dot : .field(name)
        case UInt8(ascii: "$"):
            skip(1)
            return .variable(name())
        case UInt8(ascii: "\""): return .text(try quotedText())
        case UInt8(ascii: "`"): return .text(try rawText())
        case _ where byte.isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+"): return try number()
        default:
            let name = name()
            guard !name.isEmpty else {
                throw TemplateError(line: line, reason: "unexpected \(quoted(String(UnicodeScalar(byte))))")
            }
            return .word(name)
        }
    }

    private mutating func name() -> String {
        let start = position
        while position < bytes.count, bytes[position].isLetterOrDigit || bytes[position] == UInt8(ascii: "_") {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func number() throws(TemplateError) -> TemplateToken {
        let start = position
        position += 1
        while position < bytes.count, bytes[position].isDigit { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Int(text) else {
            throw TemplateError(line: line, reason: "\(quoted(text)) is not a whole number")
        }
        return .number(number)
    }

    private mutating func quotedText() throws(TemplateError) -> String {
        let opened = line
        skip(1)
        var result: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
            let byte = bytes[position]
            skip(1)
            if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\"), position < bytes.count else {
                result.append(byte)
                continue
            }
            let escapes: [UInt8: UInt8] = [
                UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "\\"): 92,
                UInt8(ascii: "\""): 34, UInt8(ascii: "'"): 39,
            ]
            guard let meant = escapes[bytes[position]] else {
                throw TemplateError(line: line, reason: "an unknown escape stands in the text")
            }
            result.append(meant)
            skip(1)
        }
        throw TemplateError(line: opened, reason: "the text is not closed with \"")
    }

    private mutating func rawText() throws(TemplateError) -> String {
        let opened = line
        skip(1)
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "`") { advance() }
        guard position < bytes.count else { throw TemplateError(line: opened, reason: "the text is not closed with `") }
        defer { skip(1) }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func isHere(_ words: String) -> Bool { bytes[position...].starts(with: words.utf8) }

    private func isSpace(at index: Int) -> Bool {
        index < bytes.count && [9, 10, 13, 32].contains(bytes[index])
    }

    private mutating func advance() {
        if bytes[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private mutating func skip(_ count: Int) { for _ in 0..<count where position < bytes.count { advance() } }

    private mutating func skipSpace() { while isSpace(at: position) { advance() } }
}
