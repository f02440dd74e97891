import Core

/// A setting of a noun, declared once; `:set`, `:report` and help are made from the declaration.
package struct Property: Sendable {
    package enum Scope: Sendable { case app, global, both }

    package let name: String
    package let fallback: String
    package let scope: Scope
    package let summary: String
    package let isSecret: Bool
    /// An empty value is a value, and not the way back to the default.
    package let keepsEmpty: Bool
    /// - Throws: ``Failure`` that says what is wrong with the value.
    package let validate: @Sendable (String) throws -> Void

    package init(
        _ name: String,
        default fallback: String,
        scope: Scope = .both,
        secret isSecret: Bool = false,
        keepsEmpty: Bool = false,
        _ summary: String,
        validate: @escaping @Sendable (String) throws -> Void
    ) {
        self.name = name
        self.fallback = fallback
        self.scope = scope
        self.isSecret = isSecret
        self.keepsEmpty = keepsEmpty
        self.summary = summary
        self.validate = validate
    }
}

/// The usual kinds of values.
enum Allowed {
    static let boolean: @Sendable (String) throws -> Void = {
        guard $0 == "true" || $0 == "false" else {
            throw Failure.malformed("\(quoted($0)) is neither true nor false")
        }
    }

    static func number(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Void {
        { text in
            guard let number = Int(text), range.contains(number) else {
                throw Failure.malformed(
                    "\(quoted(text)) is not a number from \(range.lowerBound) to \(range.upperBound)"
                )
            }
        }
    }

    /// A path below the top of the repository: relative, no `..`, no control character.
    static let relativePath: @Sendable (String) throws -> Void = { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !text.isEmpty, text == cleaned(text, keepTabs: false), text.utf8.count <= 1024,
            parts.allSatisfy({ !$0.isEmpty && $0 != ".." })
        else { throw Failure.malformed("\(quoted(text)) is not a path below the top of the repository") }
    }

    /// A branch name that git accepts (git-check-ref-format), without `refs/heads/`.
    static let branch: @Sendable (String) throws -> Void = { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let forbidden: Set<Character> = [" ", "~", "^", ":", "?", "*", "[", "\\", "\u{7f}"]
        guard !text.isEmpty, text.utf8.count <= 250, text != "@", !text.hasPrefix("-"), !text.hasSuffix("."),
            !text.contains(".."), !text.contains("@{"), text == cleaned(text, keepTabs: false),
            !text.contains(where: forbidden.contains),
            parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") })
        else { throw Failure.malformed("\(quoted(text)) is not a branch name") }
    }

    static func oneOf(_ words: [String]) -> @Sendable (String) throws -> Void {
        { text in
            guard words.contains(text) else {
                throw Failure.malformed("\(quoted(text)) is not one of \(words.joined(separator: ", "))")
            }
        }
    }
}
