import Core

/// What is different between two releases; no value of a variable is in it.
struct ReleaseDiff: Sendable, Equatable {
    enum Kind: String, Sendable, Encodable { case added, changed, removed }

    struct Change: Sendable, Equatable {
        let part: ReleasePart
        let key: String
        let kind: Kind
        /// Before and after, as far as people may see them.
        let from: String?
        let to: String?
        /// The values differ in what is not shown.
        let isMasked: Bool
    }

    let from: Int
    let to: Int
    let changes: [Change]

    init(from old: Release, to new: Release) {
        from = old.number
        to = new.number
        changes = ReleasePart.allCases.flatMap { part in
            Self.changes(in: part, from: old.facts(part), to: new.facts(part))
        }
    }

    static func changes(
        in part: ReleasePart,
        from old: [String: ReleaseFact],
        to new: [String: ReleaseFact]
    ) -> [Change] {
        Set(old.keys).union(new.keys).sorted().compactMap { key -> Change? in
            let (before, after) = (old[key], new[key])
            if before?.value == after?.value { return nil }
            if (before ?? after)?.mayLack == true, before == nil || after == nil { return nil }
            let (from, to) = (before.flatMap(\.shown), after.flatMap(\.shown))
            return Change(
                part: part,
                key: key,
                kind: before == nil ? .added : after == nil ? .removed : .changed,
                from: from,
                to: to,
                isMasked: from == to
            )
        }
    }

    /// Heading and lines of each group that has a difference.
    var lines: [String] {
        guard !changes.isEmpty else { return ["       no difference"] }
        return ReleasePart.allCases.flatMap { part -> [String] in
            let own = changes.filter { $0.part == part }
            let width = own.map(\.key.count).max() ?? 0
            return own.isEmpty ? [] : [part.heading] + own.map { "         \($0.words(width))" }
        }
    }
}

extension ReleasePart {
    /// The line above the facts of this group.
    var heading: String { "       \(title.prefix(1).uppercased())\(title.dropFirst()):" }
}

extension ReleaseDiff.Change {
    /// `+ KEY`, `~ web.limit.memory  256m -> 512m`.
    fileprivate func words(_ width: Int) -> String {
        let name = key.padded(to: width)
        return switch kind {
        case .added: "+ \(to.map { "\(name)  \(brief($0))" } ?? key)"
        case .removed: "- \(from.map { "\(name)  \(brief($0))" } ?? key)"
        case .changed where isMasked: "~ \(name)  (not shown)"
        case .changed: "~ \(name)  \(brief(from ?? "")) -> \(brief(to ?? ""))"
        }
    }

    /// A commit in seven digits, an image in twelve; nothing as such.
    private func brief(_ text: String) -> String {
        if text.isEmpty { return "(none)" }
        guard part == .code else { return text }
        if text.hasPrefix("sha256:") { return String(text.prefix(19)) }
        return key == "commit" ? String(text.prefix(7)) : text
    }
}

extension ReleaseDiff.Change: Encodable {
    private enum CodingKeys: String, CodingKey { case part, key, change, from, to, masked }

    func encode(to encoder: any Encoder) throws {
        var table = encoder.container(keyedBy: CodingKeys.self)
        try table.encode(part, forKey: .part)
        try table.encode(key, forKey: .key)
        try table.encode(kind, forKey: .change)
        try table.encode(from, forKey: .from)
        try table.encode(to, forKey: .to)
        try table.encode(isMasked, forKey: .masked)
    }
}

extension ReleaseDiff: Encodable {}
