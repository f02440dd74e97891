import Glibc
package import SystemPackage

/// Has `path` be a link with this text; readers see the old one or the new.
///
/// Nothing is done when it is so already. A file in its place is replaced; a folder in its place stays and is an error.
package func makeLink(_ path: FilePath, to target: FilePath) throws {
    if linkTarget(path) == target { return }
    try makeFolder(path.removingLastComponent())
    let name = path.lastComponent?.string ?? "link"
    let temporary = path.removingLastComponent().appending(".\(name).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp")
    guard symlink(target.string, temporary.string) == 0 else { throw FileError(path, Errno(rawValue: errno)) }
    guard rename(temporary.string, path.string) == 0 else {
        let reason = Errno(rawValue: errno)
        unlink(temporary.string)
        throw FileError(path, reason)
    }
}

/// What a link says; nil for what is none.
package func linkTarget(_ path: FilePath) -> FilePath? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(path.string, &buffer, buffer.count - 1)
    guard count >= 0 else { return nil }
    return FilePath(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
}

/// What stands at a path, following no link; nil for nothing.
package func kindOfFile(_ path: FilePath) -> FileKind? {
    var status = stat()
    guard lstat(path.string, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    case S_IFLNK: return .link
    default: return .other
    }
}

package enum FileKind: Sendable { case file, folder, link, other }

/// Copies the files of a folder with their modes, but for what would let others write them; links and devices are left
/// out, and so are the `skipped` names at its top.
///
/// - Parameters:
///   - source: What is copied.
///   - target: A folder that is there.
///   - skipped: Names at the top that are left out.
///   - keepsLinks: Links are copied as the text they are; only for what nobody else could have written.
/// - Throws: ``FileError``; what was copied by then stays.
package func copyTree(
    _ source: FilePath,
    to target: FilePath,
    skipping skipped: Set<String> = [],
    keepsLinks: Bool = false
) throws {
    for name in try listFolder(source) where !skipped.contains(name) {
        let (from, to) = (source.appending(name), target.appending(name))
        var status = stat()
        guard lstat(from.string, &status) == 0 else { continue }
        let mode = FilePermissions(rawValue: status.st_mode & 0o755)
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            try makeFolder(to)
            guard chmod(to.string, mode.rawValue) == 0 else { throw FileError(to, Errno(rawValue: errno)) }
            try copyTree(from, to: to, keepsLinks: keepsLinks)
        case S_IFLNK where keepsLinks: if let end = linkTarget(from) { try makeLink(to, to: end) }
        case S_IFREG: if let bytes = try readFile(from) { try writeFile(to, bytes, mode: mode) }
        default: continue
        }
    }
}
