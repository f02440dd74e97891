import CGit
import Core

/// A folder of a tree that is being made.
final class TreeNode {
    private var files: [[UInt8]: (id: git_oid, mode: git_filemode_t)] = [:]
    private var folders: [[UInt8]: TreeNode] = [:]

    var isEmpty: Bool { files.isEmpty && folders.isEmpty }

    /// The folder that everything is in, when there is one: how most archives are packed.
    var onlyFolder: TreeNode? { files.isEmpty && folders.count == 1 ? folders.values.first : nil }

    /// Puts a file where `parts` lead; one that is there already is replaced.
    ///
    /// - Throws: ``GitError/badArchive(path:why:)`` when a name is a file and a folder.
    func put(_ parts: ArraySlice<String>, _ id: git_oid, _ mode: git_filemode_t) throws(GitError) {
        guard let first = parts.first else { return }
        let name = Array(first.utf8)
        let rest = parts.dropFirst()
        let clash = rest.isEmpty ? folders[name] != nil : files[name] != nil
        guard !clash else {
            throw .badArchive(path: parts.joined(separator: "/"), why: "\(quoted(first)) is a file and a folder")
        }
        guard !rest.isEmpty else {
            files[name] = (id, mode)
            return
        }
        let folder = folders[name] ?? TreeNode()
        folders[name] = folder
        try folder.put(rest, id, mode)
    }

    /// Writes this folder and all in it; returns the tree's id.
    func write(in repository: Repository) throws(GitError) -> git_oid {
        var builder: OpaquePointer?
        try check(git_treebuilder_new(&builder, repository.pointer, nil), "making a tree")
        defer { git_treebuilder_free(builder) }
        for (name, file) in files {
            var id = file.id
            try insert(name, &id, file.mode, into: builder)
        }
        for (name, folder) in folders {
            var id = try folder.write(in: repository)
            try insert(name, &id, GIT_FILEMODE_TREE, into: builder)
        }
        var id = git_oid()
        try check(git_treebuilder_write(&id, builder), "writing a tree")
        return id
    }

    private func insert(
        _ name: [UInt8],
        _ id: inout git_oid,
        _ mode: git_filemode_t,
        into builder: OpaquePointer?
    ) throws(GitError) {
        let text = String(decoding: name, as: UTF8.self)
        let code = git_treebuilder_insert(nil, builder, text, &id, mode)
        guard code == 0 else { throw .badArchive(path: text, why: "git allows no such name") }
    }
}
