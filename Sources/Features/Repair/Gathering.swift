import Core
import Proxying
import Synchronization

/// One publication for many apps: each that takes part waits until the others have come or will not come any more.
///
/// A reload for each would leave the last of a hundred apps to addresses that nobody has for a long time.
final class Gathering: Sendable {
    private struct State {
        var missing: Set<AppID>
        var sites: [Site] = []
        var waiting: [CheckedContinuation<Failure?, Never>] = []
        var leader: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ apps: [AppID]) { state = Mutex(State(missing: Set(apps))) }

    /// Returns once the site is published with those of all others.
    ///
    /// - Throws: Why none of them could be.
    func join(_ app: AppID, _ site: Site) async throws {
        let failure = await withCheckedContinuation { turn in
            state.withLock { state in
                state.sites.append(site)
                state.waiting.append(turn)
            }
            stayAway(app)
        }
        if let failure { throw failure }
    }

    /// Nobody waits for this app any more; one that has come is fine.
    func stayAway(_ app: AppID) {
        let leader: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.missing.remove(app)
            guard state.missing.isEmpty else { return nil }
            defer { state.leader = nil }
            return state.leader
        }
        leader?.resume()
    }

    /// Waits until all are there, publishes, and lets them go.
    func lead(_ publish: ([Site]) async throws -> Void) async {
        await withCheckedContinuation { turn in
            let isComplete = state.withLock { state in
                if !state.missing.isEmpty { state.leader = turn }
                return state.missing.isEmpty
            }
            if isComplete { turn.resume() }
        }
        let sites = state.withLock(\.sites)
        var failure: Failure?
        do { if !sites.isEmpty { try await publish(sites) } } catch { failure = Failure(error) }
        for turn in state.withLock(\.waiting) { turn.resume(returning: failure) }
    }
}
