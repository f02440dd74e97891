import Core

/// One attempt to make an image.
struct Build: Sendable, Equatable {
    enum Status: String, Sendable, CaseIterable { case running, succeeded, failed, canceled, abandoned }

    let id: String
    let app: AppID
    /// The release it is for.
    let release: Int
    var status: Status
    /// `git-push`, `image`, `archive`, ...
    let source: String
    let revision: Revision?
    let caller: String
    let startedAt: Timestamp
    var endedAt: Timestamp?
    var image: String?
    /// Who built it; nil in records of before there was a choice.
    var builder: String?
}
