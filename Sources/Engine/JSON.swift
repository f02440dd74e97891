import FoundationEssentials

/// A JSON value to be sent, for bodies whose members come and go.
package enum JSON: Sendable, Equatable {
    case string(String)
    case number(Int64)
    case bool(Bool)
    case array([JSON])
    case object([String: JSON])

    /// An object without the members that have no value.
    package static func members(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        var object: [String: JSON] = [:]
        for case (let key, let value?) in members { object[key] = value }
        return .object(object)
    }

    package static func strings(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
    package static func map(_ texts: [String: String]) -> JSON { .object(texts.mapValues(JSON.string)) }
    static func int(_ number: Int) -> JSON { .number(Int64(number)) }

    /// As text on one line, members in the order of their keys.
    package var text: String {
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

extension JSON: Decodable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let truth = try? container.decode(Bool.self) {
            self = .bool(truth)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let elements = try? container.decode([JSON].self) {
            self = .array(elements)
        } else {
            self = .object(try container.decode([String: JSON].self))
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
