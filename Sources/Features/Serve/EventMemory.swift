import Engine
import FoundationEssentials

/// Which events of the engine are news, and from when on it is to be asked when the connection was broken.
///
/// Times are those of a clock that may be set back, and events come a moment out of order: one that was told before is
/// known by itself, and none is old only because of its time.
struct EventMemory: Sendable {
    /// The engine remembers no more.
    private static let most = 256
    /// Events come out of order by less.
    private static let disorder: TimeInterval = 5

    /// The time of the latest event, as far as the clock has not been set back since.
    private(set) var latest: Date
    private var told: [EngineEvent] = []

    init(from moment: Date) { latest = moment }

    /// What the engine is asked for; some of it has been told.
    var since: Date { latest - Self.disorder }

    /// False for one that was told before.
    mutating func isNew(_ event: EngineEvent) -> Bool {
        guard !told.contains(event) else { return false }
        told.append(event)
        if told.count > Self.most { told.removeFirst() }
        if event.time > latest || event.time < since { latest = event.time }
        return true
    }
}
