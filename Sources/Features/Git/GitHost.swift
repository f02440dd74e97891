import Core

/// Another host that git speaks to: a name or an address, and for ssh a port.
struct GitHost: Sendable, Hashable, CustomStringConvertible {
    let name: String
    let port: Port?

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let host = parts.first?.lowercased() ?? ""
        guard (1...2).contains(parts.count), let first = host.utf8.first, first.isLetterOrDigit,
            host.utf8.count <= 253, host.utf8.allSatisfy({ $0.isLowercaseLetterOrDigit || "._-".utf8.contains($0) })
        else {
            throw .malformed(
                "\(quoted(text)) is not a host",
                fix: "write it as git.example.com or git.example.com:2222"
            )
        }
        name = host
        port = parts.count == 2 ? try Port(parts[1]) : nil
    }

    var description: String { port.map { "\(name):\($0)" } ?? name }
}

/// Who we are to a host of repositories; its password is for git alone.
struct GitLogin: Sendable, Equatable {
    var host: String
    var username: String
    var password: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` for what has no place in a line of a `.netrc`.
    init(_ host: GitHost, username: String, password: String) throws(Failure) {
        for (what, text) in [("name", username), ("password", password)] {
            guard !text.isEmpty, text.utf8.count <= 4096, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw .malformed(
                    "the \(what) cannot be used",
                    fix: "it is one word of printable letters, without blanks; a token always is"
                )
            }
        }
        self.init(host: host.name, username: username, password: password)
    }

    init(host: String, username: String, password: String) {
        self.host = host
        self.username = username
        self.password = password
    }

    /// As libcurl reads it: what begins with a quote, or holds a backslash, stands in quotes.
    var line: String {
        func word(_ text: String) -> String {
            guard text.contains("\"") || text.contains("\\") || text.hasPrefix("#") else { return text }
            return text.inDoubleQuotes
        }
        return "machine \(host) login \(word(username)) password \(word(password))\n"
    }
}
