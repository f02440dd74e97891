/// A fact that did not come true in time.
package struct NotSoon: Error, CustomStringConvertible {
    package let description: String
}

/// How many times a promised time an ordinary run may take before it fails.
///
/// The machine of an ordinary run has other work to do; the promised times themselves are for a soak, whose machine is
/// its own.
package var leniency: Double { Double(Sandbox.count(small: 3, full: 1)) }

/// Asks again and again, as often as a person would notice, until the answer is yes.
///
/// - Parameters:
///   - what: What is waited for, in words.
///   - limit: The promised time; ``leniency`` applies.
///   - isTrue: The question.
/// - Throws: ``NotSoon`` with what was waited for; whatever `isTrue` throws.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(30),
    _ isTrue: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit * leniency
    while try await !isTrue() {
        guard ContinuousClock.now < end else { throw NotSoon(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(50))
    }
}
