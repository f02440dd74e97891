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
