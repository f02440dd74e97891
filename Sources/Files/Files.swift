import Glibc
package import SystemPackage

/// Writes a file whole: readers see the old text or the new, also after a power cut.
///
/// Temporary file in the same folder, `fsync`, `rename`, `fsync` of the folder. Missing folders are made with mode 0700.
/// - Parameters:
///   - path: Where it is to stand.
///   - bytes: All of it.
///   - mode: Its mode, whatever stood there had.
///   - isDurable: False for what is derived: after a power cut it may be the old text, or empty.
/// - Throws: ``FileError``.
package func writeFile(
    _ path: FilePath,
    _ bytes: [UInt8],
    mode: FilePermissions = [.ownerRead, .ownerWrite],
    isDurable: Bool = true
) throws {
    let folder = path.removingLastComponent()
    try makeFolder(folder)
    let name = path.lastComponent?.string ?? "file"
    let temporary = folder.appending(".\(name).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp")
    do {
        let file = try FileDescriptor.open(
            temporary,
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: mode
        )
        try file.closeAfter {
            guard fchmod(file.rawValue, mode.rawValue) == 0 else { throw Errno(rawValue: errno) }
            try file.writeAll(bytes)
            guard !isDurable || fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        guard rename(temporary.string, path.string) == 0 else { throw Errno(rawValue: errno) }
    } catch {
        unlink(temporary.string)
        throw FileError(path, error)
    }
    if isDurable { try syncFolder(folder) }
}

/// The whole of a file; nil when there is none.
///
/// - Throws: ``FileError`` when it is longer than `limit` bytes or cannot be read.
package func readFile(_ path: FilePath, limit: Int = 16 << 20) throws -> [UInt8]? {
    do {
        let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return bytes }
                bytes += buffer[..<count]
                if bytes.count > limit { throw Errno.fileTooLarge }
            }
        }
    } catch Errno.noSuchFileOrDirectory {
        return nil
    } catch {
        throw FileError(path, error)
    }
}

/// Adds to the end of a file, making it with mode 0600 when absent.
package func appendToFile(_ path: FilePath, _ bytes: [UInt8]) throws {
    do {
        let file = try FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .append, .closeOnExec],
            permissions: [.ownerRead, .ownerWrite]
        )
        _ = try file.closeAfter { try file.writeAll(bytes) }
    } catch { throw FileError(path, error) }
}

/// Removes a file; one that is not there is fine.
package func removeFile(_ path: FilePath) throws {
    if unlink(path.string) != 0, errno != ENOENT { throw FileError(path, Errno(rawValue: errno)) }
}

/// Moves a file over another in one step.
package func renameFile(_ old: FilePath, to new: FilePath) throws {
    guard rename(old.string, new.string) == 0 else { throw FileError(old, Errno(rawValue: errno)) }
    try syncFolder(new.removingLastComponent())
}

/// Lets two folders or files take each other's place in one step: there is no moment without either.
package func exchange(_ one: FilePath, with other: FilePath) throws {
    // glibc has it since 2.28 and declares it for GNU sources alone, which is not how Swift reads its headers.
    typealias Renameat2 = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
    let (here, exchanging) = (Int32(-100), UInt32(2))
    guard let symbol = dlsym(nil, "renameat2") else { throw FileError(one, Errno.notSupported) }
    guard unsafeBitCast(symbol, to: Renameat2.self)(here, one.string, here, other.string, exchanging) == 0 else {
        throw FileError(one, Errno(rawValue: errno))
    }
    try syncFolder(one.removingLastComponent())
    try syncFolder(other.removingLastComponent())
}

/// Makes a folder and those above it, mode 0700; one that is there is fine.
package func makeFolder(_ path: FilePath, mode: FilePermissions = [.ownerReadWriteExecute]) throws {
    var status = stat()
    if stat(path.string, &status) == 0 { return }
    let above = path.removingLastComponent()
    if !above.isEmpty, above != path { try makeFolder(above, mode: mode) }
    if mkdir(path.string, mode.rawValue) != 0, errno != EEXIST { throw FileError(path, Errno(rawValue: errno)) }
}

/// The names in a folder, sorted; none when it is absent.
package func listFolder(_ path: FilePath) throws -> [String] {
    guard let folder = opendir(path.string) else {
        if errno == ENOENT { return [] }
        throw FileError(path, Errno(rawValue: errno))
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
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

private func syncFolder(_ folder: FilePath) throws {
    let descriptor = open(folder.isEmpty ? "." : folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(folder, Errno(rawValue: errno)) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(folder, Errno(rawValue: errno)) }
}
