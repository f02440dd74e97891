import CGit
package import Core

/// What a person wants to know of a commit.
package struct CommitFacts: Equatable, Sendable {
    package let revision: Revision
    /// The id of its tree: two commits with the same one hold the same files.
    package let tree: String
    /// The first line of its message, without control characters.
    package let subject: String
    /// The name of who wrote it, without control characters.
    package let author: String
    /// When it was committed.
    package let date: Timestamp

    package init(revision: Revision, tree: String, subject: String, author: String, date: Timestamp) {
        self.revision = revision
        self.tree = tree
        self.subject = subject
        self.author = author
        self.date = date
    }
}

extension Repositories {
    /// The facts of a commit, or of the commit that a tag names.
    ///
    /// - Throws: ``GitError/noSuchRevision(_:)`` when it is absent.
    package func commit(_ revision: Revision, in app: AppID) throws -> CommitFacts {
        try opened(app) { try $0.facts(of: revision.text) }
    }

    /// Whether `old` is `new` or one of the commits it was built on: false means history was rewritten between them.
    package func isAncestor(_ old: Revision, of new: Revision, in app: AppID) throws -> Bool {
        if old == new { return true }
        return try opened(app) { try $0.isAncestor(old, of: new) }
    }
}

extension Repository {
    func facts(of revision: String) throws(GitError) -> CommitFacts {
        try withCommit(revision) { commit throws(GitError) in
            guard let id = git_commit_id(commit), let tree = git_commit_tree_id(commit) else {
                throw .noSuchRevision(revision)
            }
            let author = git_commit_author(commit).flatMap { $0.pointee.name }.map { String(cString: $0) } ?? ""
            let subject = git_commit_summary(commit).map { String(cString: $0) } ?? ""
            let seconds = min(max(git_commit_time(commit), 0), 1 << 40)
            return CommitFacts(
                revision: try id.pointee.revision(),
                tree: tree.pointee.hex,
                subject: cleaned(subject, keepTabs: false),
                author: cleaned(author, keepTabs: false),
                date: Timestamp(milliseconds: seconds * 1000)
            )
        }
    }

    func isAncestor(_ old: Revision, of new: Revision) throws(GitError) -> Bool {
        var ancestor = try commitID(old.text)
        var descendant = try commitID(new.text)
        return try check(git_graph_descendant_of(pointer, &descendant, &ancestor), "comparing commits") == 1
    }

    private func commitID(_ revision: String) throws(GitError) -> git_oid {
        try withCommit(revision) { commit throws(GitError) in
            guard let id = git_commit_id(commit) else { throw .noSuchRevision(revision) }
            return id.pointee
        }
    }

    /// The commit with this id, or that a tag with this id names, for the time of `body`.
    func withCommit<Value>(
        _ revision: String,
        _ body: (OpaquePointer) throws(GitError) -> Value
    ) throws(GitError) -> Value {
        var id = try git_oid(revision)
        var object: OpaquePointer?
        guard git_object_lookup(&object, pointer, &id, GIT_OBJECT_ANY) == 0 else { throw .noSuchRevision(revision) }
        defer { git_object_free(object) }
        var commit: OpaquePointer?
        guard git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0, let commit else {
            throw .noSuchRevision(revision)
        }
        defer { git_object_free(commit) }
        return try body(commit)
    }
}
