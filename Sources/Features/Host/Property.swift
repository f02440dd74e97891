import Core

/// A setting of a noun, declared once; `:set`, `:report`, help, completion and the page of properties are made from it.
package struct Property: Sendable {
    package enum Scope: String, Sendable { case app, global, both }

    /// Which of its lines stand in a report.
    package struct Lines: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        /// What is set for the app: `X`.
        package static let raw = Lines(rawValue: 1)
        /// What holds: `computed-X`.
        package static let computed = Lines(rawValue: 2)
        /// What is set for all apps: `global-X`.
        package static let global = Lines(rawValue: 4)
    }

    /// Of a family it holds a placeholder: `maintenance.<id>`.
    package private(set) var name: String { didSet { names = Self.names(name) } }
    /// As its lines in a report are called; made once, since a report of many apps asks for them often.
    private var names: (raw: String, computed: String, global: String)
    package let fallback: String
    package let scope: Scope
    package let summary: String
    package let isSecret: Bool
    /// Other verbs write it; `:set` refuses.
    package let isReadOnly: Bool
    /// An empty value that was given is a value, and only a missing one takes the property away.
    package let keepsEmpty: Bool
    package let lines: Lines
    /// The one form in which a value that can be written in several is kept.
    package let normalize: @Sendable (String) -> String
    /// - Throws: ``Failure`` that says what is wrong with the value.
    package let validate: @Sendable (String) throws -> Void

    package init(
        _ name: String,
        default fallback: String,
        scope: Scope = .both,
        secret isSecret: Bool = false,
        readOnly isReadOnly: Bool = false,
        keepsEmpty: Bool = false,
        lines: Lines? = nil,
        _ summary: String,
        normalize: @escaping @Sendable (String) -> String = { $0 },
        validate: @escaping @Sendable (String) throws -> Void
    ) {
        self.name = name
        names = Self.names(name)
        self.fallback = fallback
        self.scope = scope
        self.isSecret = isSecret
        self.isReadOnly = isReadOnly
        self.keepsEmpty = keepsEmpty
        self.summary = summary
        self.normalize = normalize
        self.validate = validate
        self.lines =
            lines
            ?? {
                switch scope {
                case .app: [.raw, .computed]
                case .global: [.computed, .global]
                case .both: [.raw, .computed, .global]
                }
            }()
    }

    /// Refuses what no property takes, and what this one does not.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package func check(_ value: String) throws {
        guard value == cleaned(value, keepTabs: false) else {
            throw Failure.malformed("the value of \(name) has control characters", fix: "write it as one line of text")
        }
        guard value.utf8.count <= 32 << 10 else {
            throw Failure.malformed("the value of \(name) is longer than \(byteWords(32 << 10))")
        }
        if !value.isEmpty || !keepsEmpty { try validate(value) }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` when it cannot be set there; nil is for all apps.
    func checkScope(of app: App?) throws {
        if app == nil, scope == .app {
            throw Failure(.usage, "\(name) can only be set for an app", fix: "name the app in place of --global")
        }
        if app != nil, scope == .global { throw Failure(.usage, "\(name) can only be set with --global") }
    }

    /// What may be shown of a value.
    package func shown(_ value: String) -> String { isSecret && !value.isEmpty ? "******" : value }

    /// What stands before the placeholder of a family; nil for a single property.
    var familyPrefix: String? { name.utf8.firstIndex(of: UInt8(ascii: "<")).map { String(name[..<$0]) } }

    /// The property that somebody means by `word`: this one, or the member of this family.
    func meant(by word: String) -> Property? {
        guard let prefix = familyPrefix else { return name == word ? self : nil }
        let rest = word.dropFirst(prefix.count)
        guard word.hasPrefix(prefix), (1...100).contains(rest.utf8.count),
            rest.utf8.allSatisfy({ $0.isLetterOrDigit || "_-.".utf8.contains($0) })
        else { return nil }
        var member = self
        member.name = word
        return member
    }

    /// As it stands in a report: the members of a family are joined by a dash.
    var reportName: String { reportName(.raw) }

    /// As one of its lines is called.
    func reportName(_ line: Lines) -> String {
        line == .raw ? names.raw : line == .computed ? names.computed : names.global
    }

    private static func names(_ name: String) -> (String, String, String) {
        let raw = name.replacing(".", with: "-")
        return (raw, "computed-\(raw)", "global-\(raw)")
    }
}

extension [Property] {
    /// The property that somebody means by `word`.
    func named(_ word: String) -> Property? {
        for property in self { if let found = property.meant(by: word) { return found } }
        return nil
    }
}

/// The usual kinds of values.
enum Allowed {
    static let boolean: @Sendable (String) throws -> Void = {
        guard $0 == "true" || $0 == "false" else {
            throw Failure.malformed("\(quoted($0)) is neither true nor false")
        }
    }

    /// Any line of at most so many bytes.
    static func text(_ limit: Int = 1024) -> @Sendable (String) throws -> Void {
        { text in
            guard text.utf8.count <= limit else { throw Failure.malformed("it is longer than \(limit) bytes") }
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

    /// A path below the top of the repository, in the form of ``plainPath``: relative, no `..`, no control character.
    static let relativePath: @Sendable (String) throws -> Void = { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !text.isEmpty, text == cleaned(text, keepTabs: false), text.utf8.count <= 1024,
            parts.allSatisfy({ !["", ".", ".."].contains($0) })
        else { throw Failure.malformed("\(quoted(text)) is not a path below the top of the repository") }
    }

    /// `./a//b/` as `a/b`, as it stands in a commit; the folder itself is `.`, and what begins with `/` stays so.
    static let plainPath: @Sendable (String) -> String = { text in
        guard !text.isEmpty, !text.hasPrefix("/") else { return text }
        let parts = text.split(separator: "/").filter { $0 != "." }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
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
