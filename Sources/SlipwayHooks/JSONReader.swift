/// Reads one value of JSON (RFC 8259).
struct JSONReader {
    private let bytes: [UInt8]
    private var place = 0
    /// What is nested deeper is nobody's answer.
    private static let deepest = 64

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func whole() throws -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard place == bytes.count else { throw wrong() }
        return value
    }

    private mutating func value(depth: Int) throws -> JSON {
        guard depth < Self.deepest else { throw wrong() }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(_ depth: Int) throws -> JSON {
        var fields: [String: JSON] = [:]
        place += 1
        skipSpace()
        if take("}") { return .object(fields) }
        while true {
            skipSpace()
            let key = try string()
            skipSpace()
            guard take(":") else { throw wrong() }
            fields[key] = try value(depth: depth + 1)
            skipSpace()
            if take("}") { return .object(fields) }
            guard take(",") else { throw wrong() }
        }
    }

    private mutating func array(_ depth: Int) throws -> JSON {
        var list: [JSON] = []
        place += 1
        skipSpace()
        if take("]") { return .array(list) }
        while true {
            list.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(list) }
            guard take(",") else { throw wrong() }
        }
    }

    private mutating func string() throws -> String {
        guard take("\"") else { throw wrong() }
        var text: [UInt8] = []
        while let byte = peek {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try escaped()
            case 0..<0x20: throw wrong()
            default: text.append(byte)
            }
        }
        throw wrong()
    }

    private mutating func escaped() throws -> [UInt8] {
        guard let byte = peek else { throw wrong() }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"): return try unicode()
        default: throw wrong()
        }
    }

    private mutating func unicode() throws -> [UInt8] {
        var code = try fourDigits()
        if (0xD800..<0xDC00).contains(code) {
            guard take("\\"), take("u") else { throw wrong() }
            let low = try fourDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw wrong() }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw wrong() }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func fourDigits() throws -> UInt32 {
        guard place + 4 <= bytes.count,
            let number = UInt32(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
        else { throw wrong() }
        place += 4
        return number
    }

    private mutating func number() throws -> JSON {
        let start = place
        while let byte = peek, "+-.eE0123456789".utf8.contains(byte) { place += 1 }
        guard start < place, let value = Double(String(decoding: bytes[start..<place], as: UTF8.self)) else {
            throw wrong()
        }
        return .number(value)
    }

    private mutating func word(_ word: String, _ value: JSON) throws -> JSON {
        guard bytes[place...].starts(with: word.utf8) else { throw wrong() }
        place += word.utf8.count
        return value
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: sign) else { return false }
        place += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 32 || (9...10).contains(byte) || byte == 13 { place += 1 }
    }

    private func wrong() -> Refusal { Refusal("this is no JSON, at byte \(place)") }
}
