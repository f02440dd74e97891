import FoundationEssentials
import Glibc
package import SystemPackage

/// A folder of a test's own, removed when the test is done with it, and at the end where something still has it.
package final class TemporaryFolder: Sendable {
    package let path: FilePath

    /// Mode 0700, below the machine's folder for temporary files.
    package init() throws {
        path = FilePath(FileManager.default.temporaryDirectory.path)
            .appending("slipway-test-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(
            atPath: path.string,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        Sweep.atEnd(path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path.string)
        Sweep.forget(path)
    }

    /// Writes a file, making the folders above it; an executable can be run when this returns, by whoever it is.
    @discardableResult
    package func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> FilePath {
        let file = path.appending(name)
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: file.removingLastComponent().string,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
        try Data(text.utf8).write(to: URL(filePath: file.string))
        try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: file.string)
        if mode & 0o111 != 0 { try Self.settle(file) }
        return file
    }

    /// F_SETLEASE of `<fcntl.h>`, which hides it behind `_GNU_SOURCE`.
    private static let setLease: Int32 = 1024

    /// Waits until nobody has the file open for writing: a child that another thread was forking when it was written
    /// has it open for a moment, and the kernel refuses to run it then (ETXTBSY).
    private static func settle(_ file: FilePath) throws {
        let descriptor = try FileDescriptor.open(file, .readOnly)
        defer { try? descriptor.close() }
        // A read lease is given only while there is no writer (fcntl(2), F_SETLEASE).
        while fcntl(descriptor.rawValue, Self.setLease, F_RDLCK) != 0, errno == EAGAIN { usleep(2_000) }
        _ = fcntl(descriptor.rawValue, Self.setLease, F_UNLCK)
    }

    /// The permission bits of a file.
    package func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path.appending(name).string)
        return (attributes[.posixPermissions] as? Int ?? 0) & 0o7777
    }

    /// The names in it, sorted.
    package func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path.string).sorted()
    }
}
