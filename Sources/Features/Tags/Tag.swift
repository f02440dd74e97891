import Core

/// Another name for a release of an app, by which its image is kept and can be deployed again.
struct Tag: Sendable, Equatable {
    var name: String
    var release: Int
    var createdAt: Timestamp
    /// The release was pinned for it, and nobody has asked for that otherwise.
    var pins: Bool
}

/// A tag as people type it.
struct TagName: Sendable, Equatable {
    let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        let isName = text.utf8.allSatisfy { $0.isLetterOrDigit || "_.-".utf8.contains($0) }
        guard isName, (1...128).contains(text.utf8.count), text.first != ".", text.first != "-" else {
            throw .malformed(
                "\(quoted(text)) is not a tag",
                fix: "use at most 128 letters, digits and '_.-', starting with none of '.-'"
            )
        }
        guard (try? ReleaseNumber(text)) == nil else {
            throw .malformed("\(quoted(text)) is the number of a release", fix: "give the tag a name of its own")
        }
        self.text = text
    }
}
