import Core

/// What is known of a plugin besides its files: where it came from, and whether it takes part.
struct InstalledPlugin: Sendable, Equatable {
    var name: String
    var isEnabled: Bool
    /// Its first installation has not come to its end: it takes no part.
    var isHalf = false
    /// An update has not come to its end: its files may be the newer ones, for which `install` has not run.
    var isUpdating = false
    /// As it was given to plugin:install; nil for a folder that somebody put there.
    var source: String?
    /// The branch, tag or commit that was asked for; nil is the default branch of its repository.
    var committish: String?
    /// The commit that is there; nil where it came from no repository.
    var commit: String?
    var installedAt: Timestamp
    var updatedAt: Timestamp
}
