import Core

/// What is asked of every release of the host at once; to read the whole records would take seconds.
struct ReleaseOutline: Sendable, Equatable {
    var app: AppID
    var number: Int
    var status: Release.Status
    var image: String?
    var revision: Revision?
    var basis: Int?
    var isPinned = false
    var isBlocked = false

    /// Whether it served once.
    var wasLive: Bool { status == .live || status == .superseded }

    /// As people write it.
    var name: String { "v\(number)" }
}

extension [ReleaseOutline] {
    /// The first `count` that have served and have an image, of releases with the newest first.
    func good(keeping count: Int) -> [ReleaseOutline] { Array(filter { $0.wasLive && $0.image != nil }.prefix(count)) }
}
