import SystemPackage

/// How long to wait for a program whose file is still open for writing (ETXTBSY of execve(2)).
///
/// A descriptor through which one thread has just written a program is open a second time in every child that another
/// thread has forked and that has not come to its own program yet. It is gone in a moment; whoever really writes the
/// file stays.
struct Patience {
    private var left = 200

    /// - Returns: what to wait before the next try; nil when there is to be none.
    mutating func pause(after error: Errno?) -> Duration? {
        guard error == .textFileBusy, left > 0 else { return nil }
        left -= 1
        return .milliseconds(10)
    }
}
