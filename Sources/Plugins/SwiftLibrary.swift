import Core
import Files
import Glibc
import SlipwayHooks
import Synchronization
import SystemPackage

/// The source of the library that hooks import, as it lies on this host.
struct SwiftLibrary: Sendable {
    let files: [FilePath]
    /// The same for the same texts.
    let key: String

    private struct Known {
        var stamp: [String]
        var library: SwiftLibrary
    }

    private static let known = Mutex<[FilePath: Known]>([:])

    /// - Throws: ``Failure`` with code ``FailureCode/notSetUp`` when it is not there, ``PluginError/unsafe(path:why:)``.
    static func found(in folder: FilePath) throws -> SwiftLibrary {
        let files = try listFolder(folder).filter { $0.hasSuffix(".swift") }.map { folder.appending($0) }
        guard !files.isEmpty else {
            throw Failure(
                .notSetUp,
                "the library for hooks in Swift is not here",
                why: "there is nothing in \(folder)",
                fix: "slipway setup puts it there"
            )
        }
        // What was read is remembered for as long as no file has changed: a push fires thirty triggers.
        let stamp = try ([folder] + files).map { try Self.stamp(of: $0) }
        if let known = known.withLock({ $0[folder] }), known.stamp == stamp { return known.library }
        let texts = try files.flatMap { path in
            let bytes = try readFile(path, limit: 1 << 20) ?? []
            return Array("\(path.lastComponent?.string ?? "") \(bytes.count)\n".utf8) + bytes
        }
        let library = SwiftLibrary(files: files, key: String(SHA256.hex(SHA256.hash(texts)).prefix(16)))
        known.withLock { $0[folder] = Known(stamp: stamp, library: library) }
        return library
    }

    private static func stamp(of path: FilePath) throws -> String {
        try Safety.demand(path)
        var status = stat()
        guard stat(path.string, &status) == 0 else { throw PluginError.unsafe(path: path.string, why: "it is gone") }
        return "\(status.st_ino) \(status.st_size) \(status.st_ctim.tv_sec) \(status.st_ctim.tv_nsec)"
    }
}
