import CGit
package import Core

extension Repositories {
    /// What a reference points to, after following symbolic ones.
    ///
    /// The name is the whole one, as `refs/heads/main`, `refs/slipway/v3` or `HEAD`; nil when there is none, or when it
    /// names a branch that is not born yet.
    package func resolve(_ name: String, in app: AppID) throws -> Revision? {
        try opened(app) { try $0.resolve(name) }
    }

    /// All references below `refs/` with what they point to.
    package func references(in app: AppID) throws -> [String: Revision] {
        try opened(app) { try $0.references() }
    }

    /// Makes or moves a reference in one step, from wherever it is; `message` goes into its log.
    package func move(_ ref: String, to: Revision, in app: AppID, message: String) throws {
        try opened(app) { try $0.move(ref, to: to, expecting: .anything, message: message) }
    }

    /// Makes or moves a reference in one step, but only from where the caller believes it to be.
    ///
    /// - Parameters:
    ///   - ref: The whole name.
    ///   - to: A commit of the repository.
    ///   - from: Where it must be now; nil when it must not exist.
    ///   - app: Whose repository.
    ///   - message: For the reference's log.
    /// - Throws: ``GitError/moved(reference:)`` when it is elsewhere; it stays there.
    package func move(_ ref: String, to: Revision, from: Revision?, in app: AppID, message: String) throws {
        let expected: Repository.Expected = from.map { .exactly($0) } ?? .nothing
        try opened(app) { try $0.move(ref, to: to, expecting: expected, message: message) }
    }

    /// Removes a reference; an absent one is fine.
    package func delete(_ ref: String, in app: AppID) throws {
        try opened(app) { try $0.delete(ref) }
    }

    /// Makes `branch` (short or whole name) the one that a clone gets; it need not exist yet.
    package func setHead(_ branch: String, in app: AppID) throws {
        let name = branch.hasPrefix("refs/heads/") ? branch : "refs/heads/\(branch)"
        try opened(app) { try $0.setHead(name) }
    }
}

extension Repository {
    enum Expected {
        case anything
        case nothing
        case exactly(Revision)
    }

    func resolve(_ name: String) throws(GitError) -> Revision? {
        var id = git_oid()
        let code = git_reference_name_to_id(&id, pointer, name)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        if code == GIT_EINVALIDSPEC.rawValue { throw .badName(name) }
        try check(code, "reading \(quoted(name))")
        return try id.revision()
    }

    func references() throws(GitError) -> [String: Revision] {
        var names = git_strarray()
        try check(git_reference_list(&names, pointer), "listing references")
        defer { git_strarray_dispose(&names) }
        var result: [String: Revision] = [:]
        for index in 0..<names.count {
            guard let text = names.strings[index] else { continue }
            let name = String(cString: text)
            if let revision = try resolve(name) { result[name] = revision }
        }
        return result
    }

    func move(_ name: String, to revision: Revision, expecting expected: Expected, message: String) throws(GitError) {
        guard name.hasPrefix("refs/") else { throw .badName(name) }
        var id = try git_oid(revision.text)
        var moved: OpaquePointer?
        defer { git_reference_free(moved) }
        let log = cleaned(message, keepTabs: false)
        let code: Int32
        switch expected {
        case .anything: code = git_reference_create(&moved, pointer, name, &id, 1, log)
        case .nothing: code = git_reference_create(&moved, pointer, name, &id, 0, log)
        case .exactly(let current):
            var old = try git_oid(current.text)
            code = git_reference_create_matching(&moved, pointer, name, &id, 1, &old, log)
        }
        switch code {
        case GIT_EEXISTS.rawValue, GIT_EMODIFIED.rawValue, GIT_ENOTFOUND.rawValue: throw .moved(reference: name)
        case GIT_EINVALIDSPEC.rawValue: throw .badName(name)
        default: try check(code, "moving \(name)")
        }
    }

    func delete(_ name: String) throws(GitError) {
        guard name.hasPrefix("refs/") else { throw .badName(name) }
        let code = git_reference_remove(pointer, name)
        if code == GIT_ENOTFOUND.rawValue { return }
        try check(code, "removing \(quoted(name))")
    }

    func setHead(_ name: String) throws(GitError) {
        var isValid: Int32 = 0
        git_reference_name_is_valid(&isValid, name)
        guard isValid == 1 else { throw .badName(name) }
        try check(git_repository_set_head(pointer, name), "making \(name) the head")
    }
}
