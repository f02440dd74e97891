import Synchronization

/// Passes pieces from one task to one other, one at a time: the giver waits until its piece is taken.
final class Handoff: Sendable {
    private typealias Giver = CheckedContinuation<Void, any Error>
    private typealias Taker = CheckedContinuation<[UInt8]?, any Error>
    /// What is done after the lock is let go.
    private typealias Wake = @Sendable () -> Void

    private enum State {
        case idle
        case offered([UInt8], Giver)
        case wanted(Taker)
        case finished((any Error)?)
    }

    private let state = Mutex(State.idle)

    /// Offers a piece and waits until it is taken.
    ///
    /// - Throws: `CancellationError` when the giver is cancelled meanwhile, or nobody takes any more.
    func give(_ piece: [UInt8]) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { giver in offer(piece, giver)() }
        } onCancel: {
            finish(CancellationError())
        }
    }

    /// The next piece; nil at the end.
    ///
    /// - Throws: What ``finish(_:)`` was told, or `CancellationError` when the taker is cancelled meanwhile.
    func take() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { taker in ask(taker)() }
        } onCancel: {
            finish(CancellationError())
        }
    }

    /// No more pieces come; whoever waits is told.
    ///
    /// Only the first end counts.
    func finish(_ error: (any Error)?) {
        let wake: Wake = state.withLock { state in
            let before = state
            if case .finished = before { return {} }
            state = .finished(error)
            return switch before {
            case .offered(_, let giver): { giver.resume(throwing: error ?? CancellationError()) }
            case .wanted(let taker): { Self.end(taker, error) }
            case .idle, .finished: {}
            }
        }
        wake()
    }

    private func offer(_ piece: [UInt8], _ giver: Giver) -> Wake {
        state.withLock { state in
            switch state {
            case .wanted(let taker):
                state = .idle
                return {
                    taker.resume(returning: piece)
                    giver.resume()
                }
            case .finished: return { giver.resume(throwing: CancellationError()) }
            case .idle, .offered:
                state = .offered(piece, giver)
                return {}
            }
        }
    }

    private func ask(_ taker: Taker) -> Wake {
        state.withLock { state in
            switch state {
            case .offered(let piece, let giver):
                state = .idle
                return {
                    taker.resume(returning: piece)
                    giver.resume()
                }
            case .finished(let error): return { Self.end(taker, error) }
            case .idle, .wanted:
                state = .wanted(taker)
                return {}
            }
        }
    }

    private static func end(_ taker: Taker, _ error: (any Error)?) {
        if let error { taker.resume(throwing: error) } else { taker.resume(returning: nil) }
    }
}
