import Core

/// The name of a service among those of its kind; also a part of the name of its host.
struct ServiceName: CheckedText {
    let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        guard text.isServiceLabel, text.utf8.count <= 40 else {
            throw .malformed(
                "\(quoted(text)) is not the name of a service",
                fix: "use at most 40 of a-z, 0-9 and '-', the first and last of them a letter or digit"
            )
        }
        self.text = text
    }
}

/// The name of a kind of service, which is the name of the plugin that declares it: `postgres`.
struct ServiceKindName: CheckedText {
    let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        guard text.isServiceLabel, text.utf8.count <= 32, text.utf8.first?.isLowercaseLetter == true else {
            throw .malformed(
                "\(quoted(text)) is not a kind of service",
                fix: "use at most 32 of a-z, 0-9 and '-', the first a letter"
            )
        }
        self.text = text
    }
}

extension String {
    /// A label of DNS in small letters, so that it may stand in the name of a host.
    fileprivate var isServiceLabel: Bool {
        guard let first = utf8.first, let last = utf8.last else { return false }
        return first.isLowercaseLetterOrDigit && last.isLowercaseLetterOrDigit
            && utf8.allSatisfy { $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "-") }
    }
}
