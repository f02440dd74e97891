package import Core
import Programs
import SystemPackage

/// The files of one commit, by name; their bytes stay in the repository until they are asked for.
package struct Snapshot: Sendable {
    package enum Mode: Equatable, Sendable { case file, executable, symlink, submodule }

    package struct Entry: Equatable, Sendable {
        /// Relative to the snapshot's folder; never absolute, never with `.`, `..` or `.git` in it.
        package let path: String
        /// In bytes; a symbolic link's is that of its target, a submodule's is 0.
        package let size: Int64
        package let mode: Mode
        /// The git id of its bytes; of a submodule, its commit.
        package let id: String
        /// Which of the snapshot's repositories holds it.
        var store = 0
        /// Whether its name is UTF-8; where not, `path` stands in for it.
        var isText = true

        package init(path: String, size: Int64, mode: Mode, id: String) {
            self.path = path
            self.size = size
            self.mode = mode
            self.id = id
        }

        func moved(below folder: String, store: Int) -> Entry {
            var entry = Entry(path: "\(folder)/\(path)", size: size, mode: mode, id: id)
            entry.store = store
            entry.isText = isText
            return entry
        }
    }

    /// Files in byte order of their paths.
    ///
    /// Submodules are replaced by the files of theirs.
    package var entries: [Entry]
    /// Of the commit; every file in a tar carries it.
    package let date: Timestamp
    let stores: [BlobStore]

    init(entries: [Entry], date: Timestamp, stores: [BlobStore]) {
        self.entries = entries
        self.date = date
        self.stores = stores
    }

    /// Blobs above this many bytes are not read whole, but streamed by git.
    static let largeBlob: Int64 = 4 << 20

    /// The file at exactly this path.
    package func entry(_ path: String) -> Entry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].path.utf8.lexicographicallyPrecedes(path.utf8) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < entries.count, entries[low].path.utf8.elementsEqual(path.utf8) else { return nil }
        return entries[low]
    }

    /// The bytes of a file; of what it points to, when it is a link to another file of the snapshot.
    ///
    /// - Parameters:
    ///   - path: Relative, as in ``entries``.
    ///   - limit: The most bytes that are read.
    /// - Returns: nil when there is no such file, or a link leads out of the snapshot or to another link.
    /// - Throws: ``GitError/tooLarge(path:size:limit:)``.
    package func read(_ path: String, limit: Int) async throws -> [UInt8]? {
        guard let found = entry(path) else { return nil }
        guard found.mode == .symlink else { return try await bytes(of: found, limit: limit) }
        let target = String(decoding: try await self.target(of: found), as: UTF8.self)
        guard let goal = Self.resolve(target, from: path), let file = entry(goal), file.mode != .symlink else {
            return nil
        }
        return try await bytes(of: file, limit: limit)
    }

    /// Where a link leads, which is as short as any path.
    func target(of link: Entry) async throws -> [UInt8] {
        guard (1...4096).contains(link.size) else {
            throw GitError.badTree(path: link.path, why: "it is a link whose target has \(link.size) bytes")
        }
        let target = try await stores[link.store].reader.blob(link.id)
        guard !target.contains(0) else { throw GitError.badTree(path: link.path, why: "its target has a NUL in it") }
        return target
    }

    private func bytes(of file: Entry, limit: Int) async throws -> [UInt8]? {
        guard file.mode != .submodule else { return nil }
        guard file.size <= Int64(limit) else {
            throw GitError.tooLarge(path: file.path, size: file.size, limit: Int64(limit))
        }
        return try await stores[file.store].reader.blob(file.id)
    }

    /// `target` as seen from the folder of `link`, inside the snapshot; nil when it leads out.
    static func resolve(_ target: String, from link: String) -> String? {
        guard !target.hasPrefix("/") else { return nil }
        var parts = link.split(separator: "/").dropLast()
        for part in target.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if parts.popLast() == nil {
                return nil
            }
        }
        return parts.joined(separator: "/")
    }
}

/// A repository that a snapshot's files lie in, and the way to stream its large ones.
struct BlobStore: Sendable {
    let reader: ObjectReader
    let programs: Programs
    let git: FilePath
}
