import CGit
import Core

/// What a walk through a commit's tree found.
struct TreeContents: Sendable {
    var entries: [Snapshot.Entry] = []
    /// The text of `.gitmodules` at the root; empty where there is none or nobody needs it.
    var modules: [UInt8] = []

    var submodules: [Snapshot.Entry] { entries.filter { $0.mode == .submodule } }
}

extension Repository {
    /// Lists the files below `folder` with their sizes, without reading them.
    ///
    /// A tree is what a stranger's client made, so names and depth are checked and the number of files is limited:
    /// a few small trees that name each other often can unfold to billions.
    func contents(of revision: String, folder: String) throws(GitError) -> TreeContents {
        try withCommit(revision) { commit throws(GitError) in
            var root: OpaquePointer?
            try check(git_commit_tree(&root, commit), "reading the tree")
            defer { git_tree_free(root) }
            var walk = TreeWalk(repository: self)
            if folder.isEmpty {
                try walk.visit(root, below: "", depth: 0)
            } else {
                try withSubtree(of: root, folder) { tree throws(GitError) in
                    try walk.visit(tree, below: "", depth: 0)
                }
            }
            var contents = TreeContents(entries: walk.entries)
            if !contents.submodules.isEmpty { contents.modules = try modules(of: root) }
            return contents
        }
    }

    private func withSubtree(
        of root: OpaquePointer?,
        _ folder: String,
        _ body: (OpaquePointer?) throws(GitError) -> Void
    ) throws(GitError) {
        var entry: OpaquePointer?
        guard git_tree_entry_bypath(&entry, root, folder) == 0 else { throw .noSuchFolder(folder) }
        defer { git_tree_entry_free(entry) }
        var id = git_oid()
        guard let found = git_tree_entry_id(entry) else { throw .noSuchFolder(folder) }
        id = found.pointee
        var tree: OpaquePointer?
        guard git_tree_lookup(&tree, pointer, &id) == 0 else { throw .noSuchFolder(folder) }
        defer { git_tree_free(tree) }
        try body(tree)
    }

    private func modules(of root: OpaquePointer?) throws(GitError) -> [UInt8] {
        guard let entry = git_tree_entry_byname(root, ".gitmodules"), let id = git_tree_entry_id(entry) else {
            return []
        }
        let size = try header(id.pointee)
        guard size <= 1 << 20 else { throw .tooLarge(path: ".gitmodules", size: size, limit: 1 << 20) }
        return try blob(id.pointee.hex)
    }

    /// The size of an object without its bytes.
    func header(_ id: git_oid) throws(GitError) -> Int64 {
        var id = id
        var database: OpaquePointer?
        try check(git_repository_odb(&database, pointer), "opening the object store")
        defer { git_odb_free(database) }
        var size = 0
        var type = GIT_OBJECT_ANY
        try check(git_odb_read_header(&size, &type, database, &id), "looking at \(id.hex)")
        return Int64(size)
    }
}

/// Goes through a tree, deepest first within each folder, in the order git keeps: that of the bytes of whole paths.
private struct TreeWalk {
    let repository: Repository
    var entries: [Snapshot.Entry] = []

    private static let mostEntries = 250_000
    private static let deepest = 200

    init(repository: Repository) { self.repository = repository }

    mutating func visit(_ tree: OpaquePointer?, below prefix: String, depth: Int) throws(GitError) {
        guard depth <= Self.deepest else {
            throw .badTree(path: prefix, why: "folders are nested more than \(Self.deepest) deep")
        }
        for index in 0..<git_tree_entrycount(tree) {
            guard let entry = git_tree_entry_byindex(tree, index), let id = git_tree_entry_id(entry),
                let bytes = git_tree_entry_name(entry)
            else { continue }
            let name = String(cString: bytes)
            let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
            guard FilePathRules.isPlain(name) else {
                throw .badTree(path: path, why: "no file may have this name")
            }
            switch git_tree_entry_filemode(entry) {
            case GIT_FILEMODE_TREE: try descend(id.pointee, path, depth)
            case GIT_FILEMODE_COMMIT: try add(path, .submodule, id.pointee, 0)
            case GIT_FILEMODE_LINK: try add(path, .symlink, id.pointee, repository.header(id.pointee))
            case GIT_FILEMODE_BLOB_EXECUTABLE: try add(path, .executable, id.pointee, repository.header(id.pointee))
            default: try add(path, .file, id.pointee, repository.header(id.pointee))
            }
            if String(validatingCString: bytes) == nil { entries[entries.count - 1].isText = false }
        }
    }

    private mutating func descend(_ id: git_oid, _ path: String, _ depth: Int) throws(GitError) {
        var id = id
        var tree: OpaquePointer?
        try check(git_tree_lookup(&tree, repository.pointer, &id), "reading folder \(quoted(path))")
        defer { git_tree_free(tree) }
        try visit(tree, below: path, depth: depth + 1)
    }

    private mutating func add(
        _ path: String,
        _ mode: Snapshot.Mode,
        _ id: git_oid,
        _ size: Int64
    ) throws(GitError) {
        guard entries.count < Self.mostEntries else {
            throw .badTree(path: path, why: "the commit has more than \(Self.mostEntries) files")
        }
        entries.append(Snapshot.Entry(path: path, size: size, mode: mode, id: id.hex))
    }
}

/// What a path inside a repository may look like.
enum FilePathRules {
    /// Whether this may be the name of one file or folder.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))
            && !name.utf8.contains(0) && name.lowercased() != ".git"
    }

    /// The parts of a relative path, with `./` in front and `/` at the end forgiven; nil when it is not a plain one.
    static func parts(_ path: String) -> [String]? {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        while parts.first == "." { parts.removeFirst() }
        if parts.last == "" { parts.removeLast() }
        guard !parts.isEmpty, parts.allSatisfy(isPlain) else { return nil }
        return parts
    }
}
