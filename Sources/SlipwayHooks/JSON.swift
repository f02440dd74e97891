/// A value of JSON.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// - Throws: ``Refusal`` for what is no JSON.
    public init(parsing text: String) throws {
        var reader = JSONReader(text)
        self = try reader.whole()
    }

    /// The text of a string; nil for everything else.
    public var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The elements of an array; none for everything else.
    public var list: [JSON] { if case .array(let list) = self { list } else { [] } }

    /// The fields of an object; none for everything else.
    public var fields: [String: JSON] { if case .object(let fields) = self { fields } else { [:] } }

    public var int: Int? { if case .number(let number) = self { Int(exactly: number) } else { nil } }

    public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

    /// A string, a number or a truth value as text.
    var plainText: String? {
        switch self {
        case .string(let text): text
        case .bool, .number: description
        default: nil
        }
    }

    public subscript(_ key: String) -> JSON? { fields[key] }
}

extension JSON: CustomStringConvertible {
    /// On one line, with the keys in alphabetical order.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let value):
            Int(exactly: value).map(String.init) ?? (value.isFinite ? "\(value)" : "null")
        case .string(let text): Self.quoted(text)
        case .array(let list): "[" + list.map(\.description).joined(separator: ",") + "]"
        case .object(let fields):
            "{" + fields.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\($0.value)" }.joined(separator: ",")
                + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
