import CGit
import Core
import SystemPackage

/// An open repository; every pointer of libgit2 stays in here and in the extensions of this class.
///
/// Not `Sendable`: it is opened, used and closed by one call, or belongs to one actor with a thread of its own.
final class Repository {
    let pointer: OpaquePointer

    init(_ path: FilePath) throws(GitError) {
        try check(Self.library, "starting libgit2")
        var opened: OpaquePointer?
        try check(git_repository_open_bare(&opened, path.string), "opening the repository")
        guard let opened else { throw .failed(doing: "opening the repository", code: -1, words: "nothing was opened") }
        pointer = opened
        git_repository_set_ident(opened, "slipway", "slipway@localhost")
    }

    deinit { git_repository_free(pointer) }

    /// Makes an empty bare repository; one that is there is left as it is.
    static func create(_ path: FilePath) throws(GitError) {
        try check(library, "starting libgit2")
        var options = git_repository_init_options()
        git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
        options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
        var made: OpaquePointer?
        try check(git_repository_init_ext(&made, path.string, &options), "making the repository")
        git_repository_free(made)
    }

    /// The SHA-1 that git gives a blob with these bytes: a name for things named by strangers.
    static func digest(_ text: String) throws(GitError) -> String {
        try check(library, "starting libgit2")
        var id = git_oid()
        let bytes = Array(text.utf8)
        try check(git_odb_hash(&id, bytes, bytes.count, GIT_OBJECT_BLOB), "hashing")
        return id.hex
    }

    /// libgit2 counts its users and wants to be started before anything else; once for the process is enough.
    private static let library = slipway_git_start()
}

extension git_oid {
    /// - Throws: ``GitError/noSuchRevision(_:)`` for an id of another kind of repository (SHA-256).
    init(_ text: String) throws(GitError) {
        self.init()
        guard text.utf8.count == 40, git_oid_fromstr(&self, text) == 0 else { throw .noSuchRevision(text) }
    }

    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return withUnsafeBytes(of: self) { bytes in
            String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }
    }

    func revision() throws(GitError) -> Revision {
        do { return try Revision(hex) } catch { throw .noSuchRevision(hex) }
    }
}
