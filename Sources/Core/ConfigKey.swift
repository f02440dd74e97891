/// The name of a configuration variable: `[A-Za-z_][A-Za-z0-9_]*`, at most 255 bytes (Dokku's rule, with a length).
package struct ConfigKey: Hashable, Sendable, Comparable, CustomStringConvertible, Codable, CodingKeyRepresentable {
    package let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ text: String) throws(Failure) {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 255, !first.isDigit,
            bytes.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "_") })
        else {
            throw .malformed(
                "\(quoted(text)) is not a configuration key",
                fix: "use letters, digits and '_', not starting with a digit"
            )
        }
        self.text = text
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var codingKey: any CodingKey { text.codingKey }

    package init?<Key: CodingKey>(codingKey: Key) { try? self.init(codingKey.stringValue) }
}

extension String {
    /// This text as a key of a keyed container.
    package var codingKey: any CodingKey { TextKey(stringValue: self) }
}

private struct TextKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
