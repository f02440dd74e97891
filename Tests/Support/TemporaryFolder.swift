import FoundationEssentials
package import SystemPackage

/// A folder of a test's own, removed when the test is done with it.
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
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    /// Writes a file, making the folders above it.
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
        return file
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
