import Glibc

/// What is left on a file system, in bytes.
package struct FreeSpace: Equatable, Sendable {
    /// For those who are not root.
    package var free: Int64
    package var total: Int64
    /// What is in use by anybody.
    package var used: Int64

    package init(free: Int64, total: Int64, used: Int64) {
        self.free = free
        self.total = total
        self.used = used
    }

    /// Of the file system `path` lies on; nil when the path cannot be reached.
    package init?(at path: String) {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return nil }
        let size = Int64(facts.f_frsize)
        self.init(
            free: Int64(facts.f_bavail) * size,
            total: Int64(facts.f_blocks) * size,
            used: Int64(facts.f_blocks - facts.f_bfree) * size
        )
    }

    /// Whole per cent in use of what may be used, as `df` counts them: what is kept for root is neither.
    package var usedPercent: Int {
        let usable = used + free
        return usable > 0 ? Int((Double(used) / Double(usable) * 100).rounded(.up)) : 0
    }
}
