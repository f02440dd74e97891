/// What went wrong, in the words a person reads: the only way an error reaches anybody.
///
/// Printed as ` !     ` *what*, then `why:`, `fix:` and `live:` where they apply (product page, "How it speaks").
package struct Failure: Error, Equatable, Sendable {
    package var code: FailureCode
    /// One sentence, without the code and without a full stop.
    package var what: String
    /// The observed fact, with its number.
    package var why: String?
    /// A command to type or a line to edit.
    package var fix: String?
    /// What serves now.
    package var live: String?
    /// The last lines of what failed, with the sentence that stands above them.
    package var excerpt: Excerpt?

    package struct Excerpt: Equatable, Sendable {
        package var title: String
        package var lines: [String]

        package init(title: String, lines: [String]) {
            self.title = title
            self.lines = lines
        }
    }

    package init(
        _ code: FailureCode,
        _ what: String,
        why: String? = nil,
        fix: String? = nil,
        live: String? = nil,
        excerpt: Excerpt? = nil
    ) {
        self.code = code
        self.what = what
        self.why = why
        self.fix = fix
        self.live = live
        self.excerpt = excerpt
    }

    package static func malformed(_ what: String, fix: String? = nil) -> Failure {
        Failure(.malformed, what, fix: fix)
    }

    package static func noSuchApp(_ name: String) -> Failure {
        Failure(.noSuchApp, "App \(name) does not exist", fix: "slipway apps:list shows those that do")
    }

    /// The same failure with what serves now.
    package func serving(_ live: String?) -> Failure {
        var copy = self
        copy.live = copy.live ?? live
        return copy
    }
}

extension Failure: CustomStringConvertible {
    package var description: String { "\(code.rawValue) \(what)" }
}

/// An error of a room that knows its own words.
package protocol Explained: Error {
    var failure: Failure { get }
}

extension Failure {
    /// Any error in words; an unknown one is a bug and says so.
    package init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let explained as any Explained: self = explained.failure
        case is CancellationError: self = Failure(.cancelled, "cancelled")
        default:
            self = Failure(
                .bug,
                "something failed that has no words of its own yet",
                why: cleaned("\(error)", keepTabs: false),
                fix: "this is a defect in slipway: please report it with the lines above"
            )
        }
    }
}
