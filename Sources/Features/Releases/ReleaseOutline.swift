import Core

/// What is asked of every release of the host at once; to read the whole records would take seconds.
struct ReleaseOutline: Sendable, Equatable {
    let app: AppID
    let number: Int
    let status: Release.Status
    let image: String?
    let revision: Revision?
    let basis: Int?
    let isPinned: Bool
    var isBlocked = false

    /// Whether it served once.
    var wasLive: Bool { status == .live || status == .superseded }

    /// As people write it.
    var name: String { "v\(number)" }
}
