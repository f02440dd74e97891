/// A git object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits.
package struct Revision: CheckedText {
    package let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ text: String) throws(Failure) {
        guard text.utf8.count == 40 || text.utf8.count == 64,
            text.utf8.allSatisfy({ $0.isDigit || (0x61...0x66).contains($0) })
        else { throw .malformed("\(quoted(text)) is not a git revision") }
        self.text = text
    }

    /// The id that git writes for "no object": a branch that is created or deleted.
    package var isZero: Bool { text.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }

    /// The first seven digits, as people read it.
    package var short: String { String(text.prefix(7)) }
}
