import Glibc
import Synchronization
import SystemPackage

/// Something that has happened or not.
final class Flag: Sendable {
    private let value = Mutex(false)

    var isRaised: Bool { value.withLock { $0 } }
    func raise() { value.withLock { $0 = true } }
}

/// Counts who is inside at the same time.
final class Occupancy: Sendable {
    private let counts = Mutex((now: 0, most: 0, all: 0))

    var most: Int { counts.withLock { $0.most } }
    var all: Int { counts.withLock { $0.all } }

    func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.all + 1) } }
    func leave() { counts.withLock { $0.now -= 1 } }
}

func symbolicLink(_ path: FilePath, to target: FilePath) throws {
    guard symlink(target.string, path.string) == 0 else { throw Errno(rawValue: errno) }
}
