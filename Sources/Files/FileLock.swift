import Glibc
import Synchronization
package import SystemPackage

/// A lock on a file that lives exactly as long as its holder.
///
/// An open file description lock (`fcntl` F_OFD_SETLK): the kernel drops it when the last descriptor of this open is
/// gone, so it cannot go stale, and two opens in one process exclude each other. The descriptor is not inherited.
///
/// The file holds what its holder has ``say(_:)``: whoever takes the lock or lets it go empties it.
package final class FileLock: Sendable {
    private let descriptor: Mutex<Int32?>

    private init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { release() }

    /// The lock, or nil when somebody else has it.
    package static func tryTake(_ path: FilePath) throws -> FileLock? {
        try makeFolder(path.removingLastComponent())
        let descriptor = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(path, Errno(rawValue: errno)) }
        var wish = flock()
        wish.l_type = Int16(F_WRLCK)
        wish.l_whence = Int16(SEEK_SET)
        if withUnsafeMutablePointer(to: &wish, { fcntl(descriptor, ofdSetLock, $0) }) == 0 {
            empty(descriptor)
            return FileLock(descriptor)
        }
        let reason = errno
        close(descriptor)
        if reason == EAGAIN || reason == EACCES { return nil }
        throw FileError(path, Errno(rawValue: reason))
    }

    /// Lets go; doing it twice is fine.
    package func release() {
        descriptor.withLock {
            guard let open = $0 else { return }
            empty(open)
            // A child between fork and exec still has a copy of the descriptor; unlocking counts for all copies.
            var wish = flock()
            wish.l_type = Int16(F_UNLCK)
            wish.l_whence = Int16(SEEK_SET)
            _ = withUnsafeMutablePointer(to: &wish) { fcntl(open, ofdSetLock, $0) }
            close(open)
            $0 = nil
        }
    }

    /// Puts words into the lock's file, in place of those before; none where the disk is full.
    ///
    /// They are for whoever waits, who may read a part of them.
    package func say(_ words: String) {
        descriptor.withLock {
            guard let open = $0 else { return }
            empty(open)
            let bytes = Array(words.utf8)
            if pwrite(open, bytes, bytes.count, 0) != bytes.count { empty(open) }
        }
    }
}

/// What an earlier holder said is not of the next one.
///
/// An empty file is not touched: locks are taken every minute.
private func empty(_ descriptor: Int32) {
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_size > 0 { _ = ftruncate(descriptor, 0) }
}

/// F_OFD_SETLK of `<fcntl.h>`, which hides it behind `_GNU_SOURCE`; 37 on every Linux architecture.
private let ofdSetLock: Int32 = 37

/// The lock, waited for up to `limit`; nil when the time ran out.
///
/// - Throws: `CancellationError` when the waiting task is cancelled.
package func takeLock(
    _ path: FilePath,
    within limit: Duration,
    clock: any Clock<Duration> = ContinuousClock()
) async throws -> FileLock? {
    var waited = Duration.zero
    var pause = Duration.milliseconds(2)
    while true {
        if let lock = try FileLock.tryTake(path) { return lock }
        if waited >= limit { return nil }
        try await clock.sleep(for: pause)
        waited += pause
        pause = min(pause * 2, .milliseconds(50))
    }
}
