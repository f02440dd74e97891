import Core

/// One container of a release, as the database knows it.
struct Instance: Sendable, Equatable {
    /// On its container: the id of its row.
    static let label = "slipway.row"

    enum State: String, Sendable {
        /// Belongs to an operation that is not live yet.
        case starting
        case live
        /// Serves no more; leaves when its connections are done.
        case retiring
    }

    let id: String
    let app: AppID
    let release: Int
    let type: ProcessType
    let ordinal: Int
    /// Reserved for this instance from its first moment to its last.
    let address: String
    /// What the scheduler calls it; nil until it is made.
    var handle: String?
    var state: State
    let operation: Int64
    /// When it is ended at the latest, while retiring.
    var deadline: Timestamp?

    /// `web.1`.
    var name: String { "\(type).\(ordinal)" }
    /// What it calls itself: `web-1`.
    var hostname: String { "\(type)-\(ordinal)" }
}
