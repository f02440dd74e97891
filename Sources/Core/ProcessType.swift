/// A line of a Procfile: `web`, `worker`, ...
///
/// At most 63 of letters, digits, `-` and `_`, as Dokku's Procfile parser accepts.
package struct ProcessType: Hashable, Sendable, Comparable, CustomStringConvertible, Codable, CodingKeyRepresentable {
    package let text: String

    package static let web = ProcessType(trusted: "web")
    package static let release = ProcessType(trusted: "release")

    private init(trusted: String) { text = trusted }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ text: String) throws(Failure) {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), bytes.first?.isLetterOrDigit == true,
            bytes.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else {
            throw .malformed(
                "\(quoted(text)) is not a process type",
                fix: "use at most 63 letters, digits, '-' and '_'"
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
