import Glibc
package import SystemPackage

/// The end of a file that others go on writing, over its being renamed and begun anew.
package struct FileTail {
    private let path: FilePath
    private var place: UInt64 = 0
    private var position: Int64 = 0
    /// A line that is not ended yet.
    private var part: [UInt8] = []

    package init(_ path: FilePath) { self.path = path }

    package var exists: Bool { access(path.string, F_OK) == 0 }

    /// The last lines, at most 64 KiB of them; what comes after is ``next()``'s.
    package mutating func lastLines(_ count: Int) throws -> [UInt8] {
        guard let status = status() else { return [] }
        (place, position) = (UInt64(status.st_ino), max(0, Int64(status.st_size) - (64 << 10)))
        let isCut = position > 0
        var bytes = try next()
        if isCut, let end = bytes.firstIndex(of: UInt8(ascii: "\n")) { bytes.removeFirst(end + 1) }
        let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
        guard ends.count > count else { return bytes }
        return Array(bytes[(ends[ends.count - count - 1] + 1)...])
    }

    /// The whole lines written since the last call; none when there are none.
    package mutating func next() throws -> [UInt8] {
        guard let status = status() else { return [] }
        if UInt64(status.st_ino) != place || Int64(status.st_size) < position {
            (place, position, part) = (UInt64(status.st_ino), 0, [])
        }
        guard Int64(status.st_size) > position else { return [] }
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
            try file.closeAfter {
                var buffer = [UInt8](repeating: 0, count: 64 << 10)
                // At most a megabyte at once: a loop that reads on is its caller's.
                for _ in 0..<16 {
                    let count = try buffer.withUnsafeMutableBytes {
                        try file.read(fromAbsoluteOffset: position, into: $0)
                    }
                    if count == 0 { break }
                    part += buffer[..<count]
                    position += Int64(count)
                }
            }
        } catch { throw FileError(path, error) }
        guard let end = part.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let whole = Array(part[...end])
        part.removeFirst(end + 1)
        return whole
    }

    private func status() -> stat? {
        var status = stat()
        return stat(path.string, &status) == 0 ? status : nil
    }
}

/// Lets everybody go through a folder to what lies below it and is open to them; nobody may list it.
package func letThrough(_ path: FilePath) throws {
    var status = stat()
    guard stat(path.string, &status) == 0, chmod(path.string, (status.st_mode & 0o7777) | 0o011) == 0 else {
        throw FileError(path, Errno(rawValue: errno))
    }
}
