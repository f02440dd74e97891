import Core
import FoundationEssentials

/// Where a buildpack comes from: a git address, or `org/name` for the one of that organisation at GitHub.
struct Buildpack: Sendable, Equatable {
    let url: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        guard !text.isEmpty, text.utf8.count <= 1024, text == cleaned(text, keepTabs: false),
            !text.contains(where: \.isWhitespace), !text.hasPrefix("-")
        else { throw Self.bad(text) }
        if !text.contains(":"), let url = Self.shorthand(text) {
            self.url = url
            return
        }
        let schemes = ["https", "http", "git", "ssh"]
        guard let parts = URLComponents(string: text), let scheme = parts.scheme, schemes.contains(scheme),
            let host = parts.host, !host.isEmpty, parts.path.count > 1
        else { throw Self.bad(text) }
        guard parts.password == nil else {
            throw Failure.malformed(
                "an address with a password in it is kept for everybody to read",
                fix: "slipway git:auth \(host) USER PASSWORD keeps it apart"
            )
        }
        url = text
    }

    private static func shorthand(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2,
            parts.allSatisfy({ part in
                part.utf8.first?.isLetterOrDigit == true
                    && part.utf8.allSatisfy { $0.isLetterOrDigit || "_.-".utf8.contains($0) }
            })
        else { return nil }
        let owner = parts[0] == "heroku-community" ? "heroku" : parts[0]
        return "https://github.com/\(owner)/heroku-buildpack-\(parts[1]).git"
    }

    private static func bad(_ text: String) -> Failure {
        .malformed(
            "\(quoted(text)) is not a buildpack",
            fix: "write heroku/nodejs, or the https address of its repository"
        )
    }
}
