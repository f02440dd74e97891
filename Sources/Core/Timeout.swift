/// The time ran out.
package struct TimedOut: Error, Equatable {
    package init() {}
}

/// Runs `work`, but no longer than `limit` by `clock`.
///
/// - Throws: ``TimedOut`` when the limit passes first; the work is cancelled then and awaited.
package func withTimeout<Value: Sendable>(
    _ limit: Duration,
    clock: any Clock<Duration> = ContinuousClock(),
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await clock.sleep(for: limit)
            throw TimedOut()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw TimedOut() }
        return first
    }
}
