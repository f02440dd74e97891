/// A text whose form was checked when the value was made, so that whoever holds one need not look again.
///
/// It is ordered, shown and encoded as its text; what is decoded is checked like everything that comes in.
package protocol CheckedText: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    var text: String { get }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure)
}

extension CheckedText {
    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension CheckedText where Self: CodingKeyRepresentable {
    package var codingKey: any CodingKey { text.codingKey }

    package init?<Key: CodingKey>(codingKey: Key) { try? self.init(codingKey.stringValue) }
}
