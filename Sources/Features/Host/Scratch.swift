import Core
import Files
import SystemPackage

/// What folders below the cache are for that one piece of work makes, fills and takes away.
///
/// The name of each says whose it is, from its first moment on: a process that dies takes away nothing.
enum Scratch: String, CaseIterable, Sendable {
    case archive, history, tests

    /// So long one of an older release, whose name tells of no owner, must have been left as it is.
    private static let patience = Duration.seconds(24 * 3600)

    /// A folder that nobody else has; it is still to be made.
    func folder(on host: Host) -> FilePath {
        let owner = Owner.this
        return host.paths.cache.appending("\(rawValue)-\(owner.process)-\(owner.processStart)-\(host.newID())")
    }

    /// Removes those that no living process uses.
    ///
    /// - Throws: The first failure, when all others are gone.
    static func sweep(on host: Host) throws {
        var first: (any Error)?
        for name in try listFolder(host.paths.cache) where isLeft(name, on: host) {
            do { try removeTree(host.paths.cache.appending(name)) } catch { first = first ?? error }
        }
        if let first { throw first }
    }

    private static func isLeft(_ name: String, on host: Host) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard let kind = parts.first, Scratch(rawValue: kind) != nil else { return false }
        if parts.count == 4, let process = Int32(parts[1]) {
            return !Owner(process: process, processStart: parts[2], boot: Owner.this.boot).isAlive
        }
        guard parts.count == 2, let seconds = writtenAt(host.paths.cache.appending(name)) else { return false }
        return host.time.now() - Timestamp(milliseconds: seconds * 1000) > patience
    }
}
