/// What became of the requests of a load.
package struct Tally: Codable, Equatable, Sendable {
    /// Requests, each counted once however often it was sent.
    package var sent = 0
    /// Right answers.
    package var right = 0
    /// Requests that got a wrong answer or none, and may not be sent again by RFC 9110 §9.2.2, or were in vain.
    package var lost = 0
    /// Closes of a reused connection before any byte of the answer; the request was sent again, once.
    package var reopened = 0
    package var byStatus: [Int: Int] = [:]
    /// Seconds of the slowest right answer.
    package var slowest = 0.0
    /// The first twenty losses in words.
    package var losses: [String] = []

    package init() {}

    mutating func lose(_ why: String) {
        lost += 1
        if losses.count < 20 { losses.append(why) }
    }
}

extension Duration {
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
