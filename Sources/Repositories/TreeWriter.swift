import CGit
import Core
import Glibc
import SystemPackage

/// Writes files into a repository as they come and makes a commit of them, away from the shared thread pool.
///
/// A file goes to disk piece by piece. Objects are not synced one by one but all together before the commit is told:
/// an archive may have thousands.
actor TreeWriter {
    private let path: FilePath
    private let executor = QueueExecutor()
    private var writing: Writing?

    init(_ path: FilePath) { self.path = path }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func take(_ part: TreePart) throws {
        let writing = try opened()
        switch part {
        case .file(let path, let size, let isExecutable): try writing.begin(path, size, isExecutable)
        case .bytes(let bytes): try writing.write(bytes)
        case .link(let path, let target): try writing.link(path, target)
        }
    }

    /// - Returns: nil when the parent's tree has the same content.
    func commit(parent: Revision?, message: String, author: String, unwrapping: Bool) throws -> Revision? {
        let revision = try opened().commit(parent, message, author, unwrapping)
        guard revision != nil else { return nil }
        let folder = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(folder) }
        guard folder >= 0, syncfs(folder) == 0 else {
            let words = String(cString: strerror(errno))
            throw GitError.failed(doing: "syncing the repository", code: -1, words: words)
        }
        return revision
    }

    private func opened() throws(GitError) -> Writing {
        if let writing { return writing }
        let opened = try Writing(path)
        writing = opened
        return opened
    }
}

/// The repository being written to, the file that is open, and the tree as it grows.
private final class Writing {
    private let repository: Repository
    private let database: OpaquePointer
    private let tree = TreeNode()
    private var file:
        (parts: [String], mode: git_filemode_t, left: Int64, stream: UnsafeMutablePointer<git_odb_stream>)?

    init(_ path: FilePath) throws(GitError) {
        repository = try Repository(path)
        let objects = path.appending("objects").string
        var made: OpaquePointer?
        try check(git_odb_new(&made), "opening the object store")
        guard let made else { throw .failed(doing: "opening the object store", code: -1, words: "nothing was opened") }
        database = made
        var loose: UnsafeMutablePointer<git_odb_backend>?
        try check(git_odb_backend_loose(&loose, objects, -1, 0, 0, 0), "opening the object store")
        try check(git_odb_add_backend(made, loose, 2), "opening the object store")
        var packed: UnsafeMutablePointer<git_odb_backend>?
        try check(git_odb_backend_pack(&packed, objects), "opening the object store")
        try check(git_odb_add_backend(made, packed, 1), "opening the object store")
        try check(git_repository_set_odb(repository.pointer, made), "opening the object store")
    }

    deinit {
        if let file { git_odb_stream_free(file.stream) }
        git_odb_free(database)
    }

    func begin(_ path: String, _ size: Int64, _ isExecutable: Bool) throws(GitError) {
        try endFile()
        let parts = try Self.checked(path)
        guard size >= 0 else { throw .badArchive(path: path, why: "its size is \(size)") }
        var opened: UnsafeMutablePointer<git_odb_stream>?
        try check(
            git_odb_open_wstream(&opened, database, git_object_size_t(size), GIT_OBJECT_BLOB),
            "writing \(quoted(path))"
        )
        guard let opened else { throw .badArchive(path: path, why: "the repository takes no file") }
        file = (parts, isExecutable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB, size, opened)
        if size == 0 { try endFile() }
    }

    func write(_ bytes: [UInt8]) throws(GitError) {
        guard !bytes.isEmpty else { return }
        guard let open = file, Int64(bytes.count) <= open.left else {
            throw .badArchive(path: file?.parts.joined(separator: "/") ?? "", why: "it is longer than was announced")
        }
        let code = bytes.withUnsafeBytes { pointer in
            git_odb_stream_write(open.stream, pointer.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        try check(code, "writing a file")
        file?.left -= Int64(bytes.count)
        if file?.left == 0 { try endFile() }
    }

    func link(_ path: String, _ target: String) throws(GitError) {
        try endFile()
        let parts = try Self.checked(path)
        guard (1...4096).contains(target.utf8.count), !target.utf8.contains(0) else {
            throw .badArchive(path: path, why: "its target is \(quoted(target))")
        }
        var id = git_oid()
        let bytes = Array(target.utf8)
        try check(git_odb_write(&id, database, bytes, bytes.count, GIT_OBJECT_BLOB), "writing \(quoted(path))")
        try tree.put(parts[...], id, GIT_FILEMODE_LINK)
    }

    func commit(
        _ parent: Revision?,
        _ message: String,
        _ author: String,
        _ unwrapping: Bool
    ) throws(GitError) -> Revision? {
        try endFile()
        var top = tree
        if unwrapping, let only = tree.onlyFolder { top = only }
        guard !top.isEmpty else { throw .noFiles }
        let id = try top.write(in: repository)
        if let parent, try repository.facts(of: parent.text).tree == id.hex { return nil }
        return try repository.commit(tree: id, parent: parent, message: message, author: author)
    }

    private func endFile() throws(GitError) {
        guard let open = file else { return }
        file = nil
        defer { git_odb_stream_free(open.stream) }
        guard open.left == 0 else {
            throw .badArchive(path: open.parts.joined(separator: "/"), why: "it is shorter than was announced")
        }
        var id = git_oid()
        try check(git_odb_stream_finalize_write(&id, open.stream), "writing a file")
        try tree.put(open.parts[...], id, open.mode)
    }

    private static func checked(_ path: String) throws(GitError) -> [String] {
        guard let parts = FilePathRules.parts(path), parts.count <= 200, path.utf8.count <= 4096 else {
            throw .badArchive(path: path, why: "it is absolute, climbs out, is too long, or is git's own")
        }
        return parts
    }
}

extension Repository {
    fileprivate func commit(
        tree id: git_oid,
        parent: Revision?,
        message: String,
        author: String
    ) throws(GitError) -> Revision {
        var id = id
        var tree: OpaquePointer?
        try check(git_tree_lookup(&tree, pointer, &id), "reading the new tree")
        defer { git_tree_free(tree) }
        let name = cleaned(author, keepTabs: false).filter { $0 != "<" && $0 != ">" }.trimmed
        var signature: UnsafeMutablePointer<git_signature>?
        try check(
            git_signature_now(&signature, name.isEmpty ? "slipway" : name, "slipway@localhost"),
            "signing the commit"
        )
        defer { git_signature_free(signature) }
        var made = git_oid()
        func create(_ parents: [OpaquePointer?]) -> Int32 {
            var parents = parents
            return git_commit_create(
                &made,
                pointer,
                nil,
                signature,
                signature,
                nil,
                message,
                tree,
                parents.count,
                &parents
            )
        }
        if let parent {
            let code = try withCommit(parent.text) { commit throws(GitError) in create([commit]) }
            try check(code, "making the commit")
        } else {
            try check(create([]), "making the commit")
        }
        return try made.revision()
    }
}
