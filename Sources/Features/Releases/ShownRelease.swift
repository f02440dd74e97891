import Core

/// A release as JSON shows it; values of variables stay inside.
///
/// Every key is always there, so that a script finds null and not nothing.
struct ShownRelease: Encodable, Sendable {
    let release: Release
    let isCurrent: Bool
    /// Nil when the engine did not answer.
    let isImageGone: Bool?
    /// Whether all it is made of is shown too.
    var isWhole = false

    /// What it is as JSON, without its parts.
    static let keys: [String: JSONShape] = [
        "version": .number, "status": .text, "current": .boolean, "revision": .optional(.text),
        "image": .optional(.text), "digest": .optional(.text), "build": .optional(.text), "reason": .text, "by": .text,
        "basis": .optional(.number), "createdAt": .text, "liveAt": .optional(.text), "failure": .optional(.text),
        "pinned": .boolean, "blocked": .optional(.text), "imageGone": .optional(.boolean),
    ]

    private enum CodingKeys: String, CodingKey {
        case version, status, current, revision, image, digest, build, reason, by, basis, createdAt, liveAt, failure
        case pinned, blocked, imageGone, parts
    }

    private struct PartName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var table = encoder.container(keyedBy: CodingKeys.self)
        try table.encode(release.number, forKey: .version)
        try table.encode(release.status.rawValue, forKey: .status)
        try table.encode(isCurrent, forKey: .current)
        try table.encode(release.revision?.text, forKey: .revision)
        try table.encode(release.image, forKey: .image)
        try table.encode(release.digest, forKey: .digest)
        try table.encode(release.build, forKey: .build)
        try table.encode(release.reason, forKey: .reason)
        try table.encode(release.caller, forKey: .by)
        try table.encode(release.basis, forKey: .basis)
        try table.encode(release.createdAt.text, forKey: .createdAt)
        try table.encode(release.liveAt?.text, forKey: .liveAt)
        try table.encode(release.failure, forKey: .failure)
        try table.encode(release.isPinned, forKey: .pinned)
        try table.encode(release.blocked, forKey: .blocked)
        try table.encode(isImageGone, forKey: .imageGone)
        if isWhole { try encodeParts(into: &table) }
    }

    /// Each group as an object; a value that is not shown is null.
    private func encodeParts(into table: inout KeyedEncodingContainer<CodingKeys>) throws {
        var parts = table.nestedContainer(keyedBy: PartName.self, forKey: .parts)
        for part in ReleasePart.allCases where part != .code {
            var facts = parts.nestedContainer(keyedBy: PartName.self, forKey: PartName(stringValue: part.rawValue))
            for (key, fact) in release.facts(part) {
                try facts.encode(fact.shown, forKey: PartName(stringValue: key))
            }
        }
    }

    /// What a line of the list says beside the rest.
    var marks: [String] {
        [
            release.isPinned ? "pinned" : nil, release.blocked.map { "blocked: \($0)" },
            isImageGone == true ? "image gone" : nil,
        ].compactMap(\.self)
    }
}
