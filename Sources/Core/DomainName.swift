/// A name under which an app answers: a DNS name, a wildcard `*.name`, an IP address literal without brackets, or `_`
/// for every name that nobody else has.
///
/// Lower case, at most 253 bytes, labels of at most 63 (RFC 1035 §2.3.4); `_` is allowed inside labels because
/// people have such names.
package struct DomainName: CheckedText {
    package let text: String

    /// Upper case is folded, one trailing dot is dropped.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ given: String) throws(Failure) {
        var text = given.lowercased()
        if text.hasSuffix("."), text.utf8.count > 1 { text.removeLast() }
        guard Self.isValid(text) else {
            throw .malformed(
                "\(quoted(given)) is not a domain name",
                fix: "use labels of a-z, 0-9 and '-' joined by dots, 253 bytes at most; '*.' may stand in front"
            )
        }
        self.text = text
    }

    package var isWildcard: Bool { text.hasPrefix("*.") }

    /// Stands for every name that nobody else has.
    package var isCatchAll: Bool { text == "_" }

    /// Four numbers, which no certificate authority and no virtual host speaks for.
    package var isAddress: Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func isValid(_ text: String) -> Bool {
        if text == "_" { return true }
        guard (1...253).contains(text.utf8.count) else { return false }
        var labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if text.hasPrefix("*.") { labels.removeFirst() }
        guard !labels.isEmpty else { return false }
        return labels.allSatisfy { label in
            guard (1...63).contains(label.count), let first = label.first, let last = label.last else { return false }
            return first.isLowercaseLetterOrDigit && last.isLowercaseLetterOrDigit
                && label.allSatisfy {
                    $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
        }
    }
}
