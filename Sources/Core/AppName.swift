/// The name of an app, as people type it and as it appears in host names.
///
/// At most 63 characters of `a-z 0-9 . -`, starting with a letter or digit; every part between dots is a DNS label, so
/// none is empty and none ends in `-`.
package struct AppName: CheckedText {
    package let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ text: String) throws(Failure) {
        guard Self.isValid(text) else {
            throw .malformed(
                "\(quoted(text)) is not an app name",
                fix: "use at most 63 of a-z, 0-9, '.' and '-', starting with a letter or digit"
            )
        }
        self.text = text
    }

    private static func isValid(_ text: String) -> Bool {
        guard (1...63).contains(text.utf8.count) else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, let last = part.last else { return false }
            return first != UInt8(ascii: "-") && last != UInt8(ascii: "-")
                && part.allSatisfy { $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "-") }
        }
    }
}

/// The identity of an app: never changes, never shown as its name; everything that belongs to the app hangs on it.
///
/// Ten characters of `0-9 a-v`.
package struct AppID: Hashable, Sendable, CustomStringConvertible, Codable {
    package let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ text: String) throws(Failure) {
        guard text.utf8.count == 10, text.utf8.allSatisfy(\.isLowercaseLetterOrDigit) else {
            throw .malformed("\(quoted(text)) is not an app id")
        }
        self.text = text
    }

    package var description: String { text }
}

extension UInt8 {
    package var isDigit: Bool { (0x30...0x39).contains(self) }
    package var isLowercaseLetter: Bool { (0x61...0x7a).contains(self) }
    package var isUppercaseLetter: Bool { (0x41...0x5a).contains(self) }
    package var isLowercaseLetterOrDigit: Bool { isDigit || isLowercaseLetter }
    package var isLetterOrDigit: Bool { isLowercaseLetterOrDigit || isUppercaseLetter }
}
