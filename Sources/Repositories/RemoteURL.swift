package import Core

/// The address of a repository elsewhere: `https://`, `http://`, `ssh://`, `user@host:path`, `file:///path` or `/path`.
///
/// Addresses that would run a program (`ext::`), and hosts that look like options, are none.
package struct RemoteURL: Equatable, Sendable, CustomStringConvertible {
    package let text: String
    /// Without a user's name and password; for people's eyes.
    package let shown: String
    /// As git calls the protocol.
    let scheme: String
    /// The folder of this host that it names; nil for what is elsewhere.
    package let folder: String?

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ text: String) throws(Failure) {
        let isPlain = text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
        guard isPlain, text.utf8.count <= 2048, !text.isEmpty, !text.hasPrefix("-") else { throw Self.refused(text) }
        self.text = text
        if let start = ["https://", "http://", "ssh://"].first(where: text.hasPrefix) {
            let rest = text.dropFirst(start.count)
            let authority = rest.prefix { $0 != "/" }
            let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            guard Self.isHost(host), rest.count > authority.count + 1, !authority.hasPrefix("-") else {
                throw Self.refused(text)
            }
            scheme = String(start.dropLast(3))
            shown = start + host + rest.dropFirst(authority.count)
            folder = nil
        } else if text.hasPrefix("/") || text.hasPrefix("file:///") {
            let path = text.hasPrefix("/") ? text : String(text.dropFirst("file://".count))
            guard !path.split(separator: "/").contains(".."), path.count > 1 else { throw Self.refused(text) }
            scheme = "file"
            (shown, folder) = (path, path)
        } else {
            guard let colon = text.firstIndex(of: ":"), !text[colon...].hasPrefix("::"), !text.contains("://"),
                !text[..<colon].contains("/")
            else { throw Self.refused(text) }
            let host = text[..<colon].split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            let path = text[text.index(after: colon)...]
            guard Self.isHost(host), !host.contains(":"), !path.isEmpty, !path.hasPrefix("-") else {
                throw Self.refused(text)
            }
            scheme = "ssh"
            (shown, folder) = (text, nil)
        }
    }

    package var description: String { shown }

    private static func refused(_ text: String) -> Failure {
        .malformed(
            "\(quoted(text)) is not the address of a repository",
            fix: "write https://HOST/PATH, ssh://HOST/PATH, USER@HOST:PATH or file:///PATH"
        )
    }

    /// A name or address with an optional port; it starts with nothing that an option might.
    private static func isHost(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first.isLetterOrDigit || first == UInt8(ascii: "[") else { return false }
        return text.utf8.allSatisfy { $0.isLetterOrDigit || ".-_:[]".utf8.contains($0) }
    }
}
