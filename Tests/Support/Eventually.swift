/// A fact that did not come true in time.
package struct NotSoon: Error, CustomStringConvertible {
    package let description: String
}

/// Asks again and again, as often as a person would notice, until the answer is yes.
///
/// - Throws: ``NotSoon`` with what was waited for; whatever `isTrue` throws.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(30),
    _ isTrue: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !isTrue() {
        guard ContinuousClock.now < end else { throw NotSoon(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(50))
    }
}
