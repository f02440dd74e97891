import Core

/// The address of a submodule, checked: `https://`, `ssh://`, or `user@host:path`, and nothing else.
///
/// It comes out of a pushed commit, so it is a stranger's text: `ext::`, `file://` and hosts that look like options
/// would run programs or read files of this machine.
struct SubmoduleURL: Equatable {
    let text: String
    /// Without a user's name and password; for people's eyes.
    let shown: String

    /// - Throws: ``GitError/badSubmodule(path:why:fix:)`` with the form that is accepted.
    init(_ text: String, name: String, path: String) throws(GitError) {
        func refused(_ why: String, _ better: String?) -> GitError {
            let key = ShellWords.quote(cleaned("submodule.\(name).url", keepTabs: false))
            let fix = better.map { "git config -f .gitmodules \(key) \($0)" }
            return .badSubmodule(path: path, why: why, fix: fix)
        }
        let isPlain = text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
        guard isPlain, text.utf8.count <= 2048, !text.isEmpty, !text.hasPrefix("-") else {
            throw refused("its address is \(quoted(text))", nil)
        }
        if text.hasPrefix("./") || text.hasPrefix("../") || text == "." || text == ".." {
            let rest = text.split(separator: "/").filter { $0 != "." && $0 != ".." }.last ?? "REPOSITORY"
            throw refused("its address \(quoted(text)) is relative", "https://HOST/OWNER/\(rest)")
        }
        self.text = text
        if let scheme = ["https://", "ssh://"].first(where: { text.hasPrefix($0) }) {
            let rest = text.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" }
            let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            guard Self.isHost(host), rest.count > authority.count + 1, !authority.hasPrefix("-") else {
                throw refused("its address \(quoted(scheme + host)) names no host and repository", nil)
            }
            shown = scheme + host + rest.dropFirst(authority.count)
        } else if let colon = text.firstIndex(of: ":"), !text[colon...].hasPrefix("::"),
            !text[colon...].hasPrefix("://"), !text[..<colon].contains("/")
        {
            let host = text[..<colon].split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            let repository = text[text.index(after: colon)...]
            guard Self.isHost(host), !host.contains(":"), !repository.isEmpty, !repository.hasPrefix("-") else {
                throw refused("its address \(quoted(text)) names no host and repository", nil)
            }
            shown = text
        } else {
            let better = ["http://", "git://"].first { text.hasPrefix($0) }.map {
                "https://" + text.dropFirst($0.count)
            }
            throw refused("only https and ssh addresses are fetched, not \(quoted(text))", better ?? "https://...")
        }
    }

    /// A name or address with an optional port; it starts with neither a hyphen nor anything else an option might.
    private static func isHost(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first.isLetterOrDigit || first == UInt8(ascii: "[") else { return false }
        return text.utf8.allSatisfy { $0.isLetterOrDigit || ".-_:[]".utf8.contains($0) }
    }
}
