import Core

/// One line of a `.dockerignore`, as the engine's own pattern matcher understands it.
///
/// `*` and `?` stop at slashes, `[a-z]` and `[^a]` are one character, a backslash takes the next one as it is. A
/// leading `**` before plain text is an ending, a trailing one after plain text a beginning.
struct IgnorePattern: Sendable {
    private enum Token: Sendable {
        case exactly(Unicode.Scalar)
        case anyOne
        case anyRun
        /// Nothing, or anything up to a slash.
        case folders
        case anything
        case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    private enum Kind: Sendable {
        case exact
        case beginning
        case ending
        case tokens
    }

    let isException: Bool
    private let kind: Kind
    /// What is compared when there are no tokens.
    private let plain: [Unicode.Scalar]
    private let tokens: [Token]

    /// Takes a pattern without its `!`; nil when it is malformed.
    init?(_ text: String, isException: Bool) {
        self.isException = isException
        var cleaned = Self.clean(text)
        if cleaned.count > 1, cleaned.hasPrefix("/") { cleaned.removeFirst() }
        let scalars = Array(cleaned.unicodeScalars)
        var parser = Parser(scalars: scalars)
        guard parser.parse() else { return nil }
        kind = parser.kind
        tokens = parser.tokens
        plain =
            switch parser.kind {
            case .beginning: scalars.dropLast(2)
            case .ending: Array(scalars.dropFirst(2))
            case .exact, .tokens: scalars
            }
    }

    func matches(_ path: ArraySlice<Unicode.Scalar>) -> Bool {
        switch kind {
        case .exact: path.elementsEqual(plain)
        case .beginning: path.starts(with: plain)
        case .ending:
            path.reversed().starts(with: plain.reversed())
                || (plain.first == "/" && path.elementsEqual(plain.dropFirst()))
        case .tokens: matchesTokens(Array(path))
        }
    }

    /// Follows all ways through the pattern at once, so that no text takes long: `reached` are the places in `path`
    /// where the tokens so far may have ended.
    private func matchesTokens(_ path: [Unicode.Scalar]) -> Bool {
        var reached = [Bool](repeating: false, count: path.count + 1)
        reached[0] = true
        for token in tokens {
            var next = [Bool](repeating: false, count: path.count + 1)
            var isOpen = false
            for place in 0...path.count {
                switch token {
                case .anyRun:
                    if place > 0, path[place - 1] == "/" { isOpen = false }
                    isOpen = isOpen || reached[place]
                    next[place] = isOpen
                case .anything:
                    isOpen = isOpen || reached[place]
                    next[place] = isOpen
                case .folders:
                    next[place] = reached[place] || (isOpen && place > 0 && path[place - 1] == "/")
                    isOpen = isOpen || reached[place]
                case .exactly, .anyOne, .oneOf:
                    next[place] = place > 0 && reached[place - 1] && Self.fits(token, path[place - 1])
                }
            }
            reached = next
        }
        return reached[path.count]
    }

    private static func fits(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
        switch token {
        case .exactly(let own): own == scalar
        case .anyOne: scalar != "/"
        case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
        case .anyRun, .folders, .anything: false
        }
    }

    /// The shortest path that means the same: no `.`, no `//`, `..` resolved, no slash at the end.
    static func clean(_ path: String) -> String {
        let isRooted = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if let last = parts.last, last != ".." {
                parts.removeLast()
            } else if !isRooted {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isRooted ? "/" + joined : joined.isEmpty ? "." : joined
    }
}

extension IgnorePattern {
    private struct Parser {
        let scalars: [Unicode.Scalar]
        var place = 0
        var kind = Kind.exact
        var tokens: [Token] = []

        init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

        /// Returns false when the pattern is malformed.
        mutating func parse() -> Bool {
            while place < scalars.count {
                let scalar = scalars[place]
                place += 1
                switch scalar {
                case "*" where peek() == "*": doubleStar(isFirst: place == 1)
                case "*": add(.anyRun)
                case "?": add(.anyOne)
                case "\\":
                    guard let next = peek() else { return false }
                    place += 1
                    add(.exactly(next))
                case "[":
                    guard let token = oneOf() else { return false }
                    add(token)
                default: tokens.append(.exactly(scalar))
                }
            }
            return true
        }

        private func peek() -> Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

        private mutating func add(_ token: Token) {
            tokens.append(token)
            kind = .tokens
        }

        private mutating func doubleStar(isFirst: Bool) {
            place += 1
            if peek() == "/" { place += 1 }
            if peek() != nil {
                add(.folders)
            } else if kind == .exact {
                kind = .beginning
            } else {
                add(.anything)
            }
            if isFirst { kind = .ending }
        }

        private mutating func oneOf() -> Token? {
            let isNegated = peek() == "^"
            if isNegated { place += 1 }
            var ranges: [ClosedRange<Unicode.Scalar>] = []
            while let first = member() {
                var last = first
                if peek() == "-" {
                    place += 1
                    guard let end = member() else { return nil }
                    last = end
                }
                guard first <= last else { return nil }
                ranges.append(first...last)
            }
            guard peek() == "]", !ranges.isEmpty else { return nil }
            place += 1
            return .oneOf(ranges, isNegated: isNegated)
        }

        private mutating func member() -> Unicode.Scalar? {
            guard var scalar = peek(), scalar != "]" else { return nil }
            place += 1
            if scalar == "\\" {
                guard let next = peek() else { return nil }
                place += 1
                scalar = next
            }
            return scalar
        }
    }
}
