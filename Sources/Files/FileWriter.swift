import Glibc
package import SystemPackage

/// Writes a long file piece by piece: under its name it is there whole, or not at all.
package actor FileWriter {
    private let path: FilePath
    private let temporary: FilePath
    private let file: FileDescriptor
    private var isOver = false

    /// What an unfinished file ends in; such a one of a process that died is left for whoever cleans up.
    package static let ending = ".partial"

    /// Makes the folder where it is missing; the file has mode 0600.
    ///
    /// - Throws: ``FileError``.
    package init(_ path: FilePath) throws {
        self.path = path
        temporary = FilePath(path.string + Self.ending)
        try makeFolder(path.removingLastComponent())
        do {
            file = try FileDescriptor.open(
                temporary,
                .writeOnly,
                options: [.create, .truncate, .closeOnExec, .noFollow],
                permissions: [.ownerRead, .ownerWrite]
            )
        } catch { throw FileError(temporary, error) }
    }

    package func write(_ bytes: [UInt8]) throws {
        do { _ = try file.writeAll(bytes) } catch { throw FileError(temporary, error) }
    }

    /// On the disk and under its name once this returns.
    package func finish() throws {
        guard fsync(file.rawValue) == 0 else { throw FileError(temporary, Errno(rawValue: errno)) }
        isOver = true
        do { try file.close() } catch { throw FileError(temporary, error) }
        try renameFile(temporary, to: path)
    }

    /// Nothing is left of it.
    package func abandon() {
        if !isOver { try? file.close() }
        isOver = true
        try? removeFile(temporary)
    }
}

/// Reads a long file piece by piece.
package actor FileReader {
    private let path: FilePath
    private let file: FileDescriptor
    private var isOver = false

    /// - Throws: ``FileError``.
    package init(_ path: FilePath) throws {
        self.path = path
        do { file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow]) } catch {
            throw FileError(path, error)
        }
    }

    deinit { if !isOver { try? file.close() } }

    /// Nil at its end.
    package func next() throws -> [UInt8]? {
        guard !isOver else { return nil }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        do {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            if count > 0 { return Array(buffer[..<count]) }
            isOver = true
            try file.close()
            return nil
        } catch { throw FileError(path, error) }
    }
}
