import FoundationEssentials

/// A JSON value to be sent, for bodies whose members come and go.
package enum JSON: Sendable, Equatable {
    case string(String)
    case number(Int64)
    case bool(Bool)
    case array([JSON])
    case object([String: JSON])

    /// An object without the members that have no value.
    static func members(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        var object: [String: JSON] = [:]
        for case (let key, let value?) in members { object[key] = value }
        return .object(object)
    }

    static func strings(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
    static func map(_ texts: [String: String]) -> JSON { .object(texts.mapValues(JSON.string)) }
    static func int(_ number: Int) -> JSON { .number(Int64(number)) }

    /// As text on one line, members in the order of their keys.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text, whole numbers and truth values cannot fail to encode.
        guard let data = try? encoder.encode(self) else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }
}

extension JSON: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .bool(let truth): try container.encode(truth)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}

extension JSON? {
    /// Nothing instead of an empty object or array.
    var unlessEmpty: JSON? {
        switch self {
        case .object([:]), .array([]): nil
        default: self
        }
    }
}
