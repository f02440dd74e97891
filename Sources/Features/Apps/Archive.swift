package import Core

/// What an app that was destroyed gave up and gets back: everything else stays in the rows that hang on its id.
package struct Archive: Sendable, Equatable, Codable {
    /// How long settings, records and volumes are kept.
    static let keeping = Duration.seconds(7 * 24 * 3600)

    package var name: AppName
    package var since: Timestamp
    package var until: Timestamp
    /// The names of its own under which it answered, in their order.
    package var domains: [DomainName]

    package init(name: AppName, since: Timestamp, until: Timestamp, domains: [DomainName]) {
        self.name = name
        self.since = since
        self.until = until
        self.domains = domains
    }

    func isOver(at now: Timestamp) -> Bool { until <= now }
}

/// What is said after the end of an app.
struct Farewell: Sendable, Equatable {
    /// Of images, as far as the engine says.
    var imageBytes: Int64 = 0
    var images = 0
    /// Of its repository, logs and certificates on the disk.
    var fileBytes: Int64 = 0
    /// Names of its volumes: kept, or removed with the rest.
    var volumes: [String] = []
    var domains = 0
    var releases = 0
    var hasCertificate = false
    /// What the engine would not give, and why.
    var left: [String] = []
    /// Nil when nothing is kept.
    var until: Timestamp?

    var lines: [String] {
        var lines: [String] = []
        if images > 0 {
            // BuildKit keeps the layers of what it built for the next build.
            let words =
                imageBytes > 0 ? "\(byteWords(imageBytes)) freed" : "whose layers the engine's build cache still has"
            lines.append("removed: \(Self.count(images, "image")), \(words)")
        }
        if fileBytes > 0 { lines.append("removed: repository and logs, \(byteWords(fileBytes)) freed") }
        guard let until else {
            if !volumes.isEmpty { lines.append("removed: \(Self.count(volumes.count, "volume")) with the data in it") }
            return lines + left.map { "still there: \($0)" }
        }
        var kept = ["settings", Self.count(releases, "release record")]
        if domains > 0 { kept.append(Self.count(domains, "domain")) }
        if hasCertificate { kept.append("the certificate") }
        if !volumes.isEmpty { kept.append("volumes \(volumes.joined(separator: " "))") }
        lines.append("kept until \(until.text): \(kept.joined(separator: ", "))")
        return lines + left.map { "still there: \($0)" }
    }

    private static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
}
