import FoundationEssentials
import Glibc
import Synchronization
package import SystemPackage

/// Removes what tests have made when their process ends, whoever still holds on to it.
package enum Sweep {
    private static let paths = Mutex<Set<String>>([])

    private static let isArmed: Bool = {
        atexit { for path in Sweep.paths.withLock(\.self) { try? FileManager.default.removeItem(atPath: path) } }
        return true
    }()

    /// - Parameter path: A file or folder that need not be there yet, nor any more.
    package static func atEnd(_ path: FilePath) {
        _ = isArmed
        _ = paths.withLock { $0.insert(path.string) }
    }

    /// For what is removed already.
    package static func forget(_ path: FilePath) { _ = paths.withLock { $0.remove(path.string) } }
}
