import Core

/// What was seen of instances during the last minute: deaths, signals from outside, want of memory.
///
/// Pure: events come with their times. Instances are named by the ids of their rows.
struct Sightings: Sendable {
    enum Death: Sendable, Equatable {
        /// Somebody asked it to end.
        case wanted
        /// `count` is of the deaths within the window, this one included.
        case unwanted(count: Int, outOfMemory: Bool)
    }

    private var deaths: [String: [Timestamp]] = [:]
    private var asked: Set<String> = []
    private var shortages: [String: Timestamp] = [:]
    /// Deaths whose reason nobody has told yet.
    private var unexplained: [String: Timestamp] = [:]
    /// When it was last said of an instance that memory was short.
    private var said: [String: Timestamp] = [:]

    /// A program may live so long after one of its processes was killed for want of memory.
    static let patience: Duration = .seconds(10)
    /// The engine tells of a want of memory and of the death by it in either order, within moments.
    static let together: Duration = .seconds(2)
    /// SIGINT, SIGQUIT, SIGKILL and SIGTERM; the others ask a program to look around, not to end.
    private static let endings: Set = ["2", "3", "9", "15"]

    init() {}

    mutating func started(_ id: String) { asked.remove(id) }

    /// From here on the engine may have ended and started what it liked.
    mutating func lost() { asked = [] }

    mutating func signalled(_ id: String, _ signal: String) {
        if Self.endings.contains(signal) { asked.insert(id) }
    }

    mutating func died(_ id: String, at now: Timestamp) -> Death {
        let shortage = shortages.removeValue(forKey: id)
        forgetOld(at: now)
        if asked.remove(id) != nil { return .wanted }
        deaths[id, default: []].append(now)
        let outOfMemory = shortage.map { Self.isWithin(Self.patience, $0, now) } ?? false
        unexplained[id] = now
        if outOfMemory { explained(id, at: now) }
        return .unwanted(count: count(of: id, at: now), outOfMemory: outOfMemory)
    }

    /// It is known by other means that the last death was for want of memory.
    mutating func explained(_ id: String, at now: Timestamp) {
        unexplained[id] = nil
        said[id] = now
    }

    /// - Returns: Whether this explains a death that has been seen already.
    mutating func ranOutOfMemory(_ id: String, at now: Timestamp) -> Bool {
        if let death = unexplained[id], Self.isWithin(Self.together, death, now) {
            explained(id, at: now)
            return true
        }
        // Of the death that was explained a moment ago.
        if let said = said[id], Self.isWithin(Self.together, said, now) { return false }
        shortages[id] = now
        return false
    }

    /// Instances that have lived through a want of memory; each at most once a minute.
    mutating func survivors(at now: Timestamp) -> [String] {
        let over = shortages.filter { !Self.isWithin(Self.patience, $0.value, now) }.keys.sorted()
        for id in over { shortages[id] = nil }
        let news = over.filter { id in said[id].map { !Self.isWithin(BackOff.window, $0, now) } ?? true }
        for id in news { said[id] = now }
        return news
    }

    /// Whether time alone will tell something new.
    var isWaiting: Bool { !shortages.isEmpty }

    /// Deaths within the window before now.
    func count(of id: String, at now: Timestamp) -> Int {
        deaths[id, default: []].count { Self.isWithin(BackOff.window, $0, now) }
    }

    private mutating func forgetOld(at now: Timestamp) {
        deaths = deaths.mapValues { $0.filter { Self.isWithin(BackOff.window, $0, now) } }.filter { !$0.value.isEmpty }
        unexplained = unexplained.filter { Self.isWithin(Self.together, $0.value, now) }
        said = said.filter { Self.isWithin(BackOff.window, $0.value, now) }
    }

    /// A moment that is far ahead was seen before the clock was set back.
    private static func isWithin(_ span: Duration, _ moment: Timestamp, _ now: Timestamp) -> Bool {
        now - moment <= span && moment - now <= span
    }
}
