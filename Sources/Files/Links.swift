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
