import Glibc
package import SystemPackage

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
