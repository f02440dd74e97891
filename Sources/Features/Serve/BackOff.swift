import Core
import Engine

/// An instance that keeps dying: how often it has, and what comes next.
///
/// Pure: whoever asks says what time it is, what was seen of the instance and which restart policy a person chose.
struct BackOff: Sendable, Equatable {
    enum Phase: Sendable, Equatable {
        /// Down, and left so until then.
        case waiting(until: Timestamp)
        /// Runs since then, and is not believed yet.
        case trying(since: Timestamp)
    }

    /// How an instance was found.
    enum Seen: Sendable, Equatable {
        case running
        /// The engine is about to start it again.
        case restarting
        /// With its exit status, where it has one.
        case down(code: Int?)
    }

    enum Action: Sendable, Equatable {
        case none
        /// The engine starts it no more by itself.
        case hold
        case start
        /// The engine has it again, by the policy that a person chose.
        case release
    }

    /// What is to be done now, and what is known afterwards; nil is nothing: the instance is as any other.
    struct Turn: Sendable, Equatable {
        var backOff: BackOff?
        var action: Action
        var hasDied = false
    }

    /// Deaths in a row, those at the engine's hands included.
    var deaths: Int
    /// Starts after them, which `on-failure:N` limits.
    var restarts: Int
    var phase: Phase

    /// So many deaths within ``window`` are one too many for the engine's own restarts.
    static let limit = 3
    static let window: Duration = .seconds(60)
    static let firstPause: Duration = .seconds(10)
    static let pause: Duration = .seconds(30)
    /// Who lives so long has recovered.
    static let proof: Duration = .seconds(60)
    /// At so many deaths it is worth an event.
    static let notable = 5

    /// When it is started next; nil while it runs.
    var nextTry: Timestamp? {
        if case .waiting(let until) = phase { return until }
        return nil
    }

    /// `backing-off after 4 deaths, tried next at 2030-01-01T10:00:00Z`; nil while it runs.
    var words: String? { nextTry.map { "backing-off after \(deaths) deaths, tried next at \($0.text)" } }

    /// Takes an instance that died `limit` times out of the engine's hands.
    ///
    /// One that runs by now is not ended for it: its next death counts.
    static func begin(
        deaths: Int,
        restarts: Int,
        seen: Seen,
        policy: RestartPolicy,
        at now: Timestamp
    ) -> Turn {
        guard policy != .no else { return Turn(backOff: nil, action: .none) }
        var backOff = BackOff(deaths: deaths, restarts: restarts, phase: .waiting(until: now + firstPause))
        switch seen {
        case .running:
            backOff.phase = .trying(since: now)
        case .restarting:
            // The engine counts the start that is still to come, and that one is not let happen.
            backOff.restarts = max(0, restarts - 1)
        case .down(let code):
            guard backOff.mayStart(policy, after: code) else { return Turn(backOff: nil, action: .none) }
        }
        return Turn(backOff: backOff, action: .hold)
    }

    /// What follows from how the instance is now; asking twice changes nothing.
    func next(_ seen: Seen, _ policy: RestartPolicy, at now: Timestamp) -> Turn {
        switch (phase, seen) {
        case (.waiting, .running):
            // Somebody else has started it.
            return Turn(backOff: with(.trying(since: now)), action: .hold)
        case (.waiting, .restarting):
            return Turn(backOff: self, action: .hold)
        case (.waiting, .down):
            guard isDue(at: now) else { return Turn(backOff: self, action: .none) }
            var tried = with(.trying(since: now))
            tried.restarts += 1
            return Turn(backOff: tried, action: .start)
        case (.trying, .running):
            return isDue(at: now) ? Turn(backOff: nil, action: .release) : Turn(backOff: self, action: .none)
        case (.trying, .restarting):
            return Turn(backOff: died(at: now), action: .hold, hasDied: true)
        case (.trying, .down(let code)):
            guard mayStart(policy, after: code) else { return Turn(backOff: nil, action: .release, hasDied: true) }
            return Turn(backOff: died(at: now), action: .none, hasDied: true)
        }
    }

    /// Whether there may be something to do: the pause is over, or the instance has lived long enough.
    ///
    /// A moment that lies further ahead than any pause was written before the clock was set back.
    func isDue(at now: Timestamp) -> Bool {
        switch phase {
        case .waiting(let until): now >= until || until - now > Self.pause
        case .trying(let since): now - since >= Self.proof || since > now
        }
    }

    /// Whether nobody has looked after it for a while.
    func isForgotten(at now: Timestamp) -> Bool {
        switch phase {
        case .waiting(let until): now - until > Self.window
        case .trying(let since): now - since > Self.proof + Self.window
        }
    }

    /// The engine's document with what it does not know, as the first of its members.
    func marked(_ document: String) -> String {
        guard let nextTry, document.first == "{" else { return document }
        let facts = "\"Status\":\"backing-off\",\"Deaths\":\(deaths),\"NextTry\":\"\(nextTry.text)\""
        return "{\"Slipway\":{\(facts)},\(document.dropFirst())"
    }

    /// The same after one more death.
    func died(at now: Timestamp) -> BackOff {
        var copy = with(.waiting(until: now + Self.pause))
        copy.deaths += 1
        return copy
    }

    private func with(_ phase: Phase) -> BackOff {
        var copy = self
        copy.phase = phase
        return copy
    }

    private func mayStart(_ policy: RestartPolicy, after code: Int?) -> Bool {
        switch policy {
        case .no: false
        case .always, .unlessStopped: true
        case .onFailure(let attempts): code != 0 && restarts < attempts ?? .max
        }
    }
}
