import Features
import Testing

/// A page of `docs/` that is made from the code, whole or below a mark.
struct MadePage: Sendable, CustomTestStringConvertible {
    let path: String
    /// The page anew, from what it is now.
    let make: @Sendable (String) -> String

    var testDescription: String { path }

    static let all = [
        MadePage(path: OperationsPage.path) { OperationsPage.made(from: $0) },
        MadePage(path: "docs/commands.md") { _ in Pages.commands },
        MadePage(path: "docs/properties.md") { _ in Pages.properties },
        MadePage(path: "docs/triggers.md") { _ in TriggerPage.text },
        MadePage(path: "docs/dokku-plugins.md") { below("<!-- made from the code -->", in: $0, DokkuCallsPage.text) },
        MadePage(path: "docs/dokku.md") { below("<!-- made from the code -->", in: $0, Pages.dokku) },
    ]

    /// What people wrote above the mark stays.
    private static func below(_ mark: String, in present: String, _ table: String) -> String {
        let head = present.firstRange(of: mark).map { String(present[..<$0.lowerBound]) } ?? present
        return head + mark + "\n\n" + table
    }
}
