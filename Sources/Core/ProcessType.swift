/// A line of a Procfile: `web`, `worker`, ...
///
/// At most 63 of letters, digits, `-` and `_`, as Dokku's Procfile parser accepts.
package struct ProcessType: CheckedText, CodingKeyRepresentable {
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
}
