/// The name of a configuration variable: `[A-Za-z_][A-Za-z0-9_]*`, at most 255 bytes (Dokku's rule, with a length).
package struct ConfigKey: CheckedText, CodingKeyRepresentable {
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
