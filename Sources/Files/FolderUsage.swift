import Glibc
package import SystemPackage

/// What a file or folder takes on its disk.
package struct FolderUsage: Equatable, Sendable {
    /// Blocks that are allocated, folders' own included, as `du` counts them.
    package var bytes: Int64
    package var files: Int

    package init(bytes: Int64 = 0, files: Int = 0) {
        self.bytes = bytes
        self.files = files
    }

    package static func += (left: inout Self, right: Self) {
        left.bytes += right.bytes
        left.files += right.files
    }
}

/// Measures trees; what is met twice by hard links is counted once, where it is met first.
package struct FolderMeasure {
    private var seen: Set<[UInt64]> = []
    private let list: (FilePath) throws -> [String]
    /// Folders that could not be read: what is in them is in no number.
    package private(set) var unread: [FilePath] = []

    package init(list: @escaping (FilePath) throws -> [String] = listFolder) { self.list = list }

    /// A folder without what is in it.
    package func own(_ path: FilePath) -> FolderUsage {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return FolderUsage() }
        return FolderUsage(bytes: Int64(status.st_blocks) * 512)
    }

    /// A path with all below it, following no link; what vanishes meanwhile counts nothing, nor what is in a folder
    /// that cannot be read; see ``unread``.
    package mutating func measure(_ path: FilePath) -> FolderUsage {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return FolderUsage() }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        if !isFolder, status.st_nlink > 1 {
            guard seen.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else { return FolderUsage() }
        }
        var result = FolderUsage(bytes: Int64(status.st_blocks) * 512, files: isFolder ? 0 : 1)
        guard isFolder else { return result }
        guard let names = try? list(path) else {
            unread.append(path)
            return result
        }
        for name in names { result += measure(path.appending(name)) }
        return result
    }
}

/// A file by its length and age.
package struct FileFacts: Equatable, Sendable {
    package var name: String
    package var length: Int64
    /// Seconds since 1970 when it was last written.
    package var writtenAt: Int64

    package init(name: String, length: Int64, writtenAt: Int64) {
        self.name = name
        self.length = length
        self.writtenAt = writtenAt
    }
}

/// The plain files right in a folder, the one written last first; none when it is absent.
package func listFiles(_ path: FilePath) throws -> [FileFacts] {
    try listFolder(path).compactMap { name in
        var status = stat()
        guard lstat(path.appending(name).string, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return FileFacts(name: name, length: Int64(status.st_size), writtenAt: Int64(status.st_mtim.tv_sec))
    }.sorted { ($0.writtenAt, $0.name) > ($1.writtenAt, $1.name) }
}

/// When a file was last written, or something made or removed right in a folder, in seconds since 1970; nil when it is
/// absent.
package func writtenAt(_ path: FilePath) -> Int64? {
    var status = stat()
    return lstat(path.string, &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
}

/// The last bytes of a file, from the start of a line on.
///
/// - Returns: At most `limit` bytes; none when the last line alone is longer.
package func readEnd(of path: FilePath, limit: Int) throws -> [UInt8] {
    do {
        let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
        return try file.closeAfter {
            let length = try file.seek(offset: 0, from: .end)
            let start = max(0, length - Int64(limit) - 1)
            var bytes = [UInt8](repeating: 0, count: Int(length - start))
            var filled = 0
            while filled < bytes.count {
                let count = try bytes.withUnsafeMutableBytes {
                    try file.read(fromAbsoluteOffset: start + Int64(filled), into: .init(rebasing: $0[filled...]))
                }
                if count == 0 { break }
                filled += count
            }
            guard start > 0 else { return Array(bytes[..<filled]) }
            // One byte more was read: when it ends a line, what follows is whole.
            guard let end = bytes[..<filled].firstIndex(of: UInt8(ascii: "\n")) else { return [] }
            return Array(bytes[(end + 1)..<filled])
        }
    } catch { throw FileError(path, error) }
}
