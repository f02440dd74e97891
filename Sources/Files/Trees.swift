import Glibc
package import SystemPackage

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

/// Writes a folder and all below it down to the disk, so that a name it is given afterwards never stands for half of it.
///
/// - Throws: ``FileError``.
package func syncTree(_ path: FilePath) throws {
    let isFolder: Bool
    switch kindOfFile(path) {
    case .folder: isFolder = true
    case .file: isFolder = false
    // A link is written with its folder.
    default: return
    }
    if isFolder { for name in try listFolder(path) { try syncTree(path.appending(name)) } }
    let descriptor = open(path.string, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (isFolder ? O_DIRECTORY : 0))
    guard descriptor >= 0 else { throw FileError(path, Errno(rawValue: errno)) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(path, Errno(rawValue: errno)) }
}

/// Removes a folder and all below it, following no link; an absent one is fine.
package func removeTree(_ path: FilePath) throws {
    var status = stat()
    guard lstat(path.string, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
        for name in try listFolder(path) { try removeTree(path.appending(name)) }
        if rmdir(path.string) != 0, errno != ENOENT { throw FileError(path, Errno(rawValue: errno)) }
    } else {
        try removeFile(path)
    }
}
