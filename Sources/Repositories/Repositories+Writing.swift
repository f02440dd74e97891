package import Core

extension Repositories {
    /// Makes a commit out of files as they come; no reference is moved.
    ///
    /// Memory does not grow with the number or size of files. What was written stays in the repository, unused, when
    /// this fails, until git tidies.
    /// - Parameters:
    ///   - parts: Each file or link followed by its bytes; of two with one path the last counts.
    ///   - parent: The commit that this one follows.
    ///   - message: Why.
    ///   - author: Who; `slipway` when empty.
    ///   - unwrapping: Whether a single folder around everything is taken off, as archives have it.
    ///   - app: Whose repository.
    /// - Returns: nil when `parent` has the same content already.
    /// - Throws: ``GitError``, or what the sequence throws.
    package func commit<Parts: AsyncSequence>(
        _ parts: Parts,
        parent: Revision?,
        message: String,
        author: String = "",
        unwrapping: Bool = false,
        in app: AppID
    ) async throws -> Revision? where Parts.Element == TreePart {
        let writer = TreeWriter(path(of: app))
        for try await part in parts { try await writer.take(part) }
        return try await writer.commit(parent: parent, message: message, author: author, unwrapping: unwrapping)
    }

    /// Makes a commit out of a few small files; otherwise as with parts.
    package func commit(
        files: [(path: String, bytes: [UInt8])],
        parent: Revision?,
        message: String,
        author: String = "",
        in app: AppID
    ) async throws -> Revision? {
        let writer = TreeWriter(path(of: app))
        for file in files {
            try await writer.take(.file(path: file.path, size: Int64(file.bytes.count), isExecutable: false))
            try await writer.take(.bytes(file.bytes))
        }
        return try await writer.commit(parent: parent, message: message, author: author, unwrapping: false)
    }
}
