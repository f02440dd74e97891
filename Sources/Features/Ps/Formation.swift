import Core

/// How many of each process type run.
struct Formation: Sendable, Equatable {
    var quantities: [ProcessType: Int]

    /// What a release runs: what was asked for, else `web=1` and nothing of the rest (Dokku's defaults).
    ///
    /// A type that the release does not have runs nowhere. Without a Procfile there is `web` alone. app.json's
    /// formation rules over what was asked for, as on Dokku.
    init(asked: [ProcessType: Int], facts: SourceFacts) {
        let types = facts.procfile.types.isEmpty ? [.web] : facts.procfile.types
        let written = facts.appJSON.formation.compactMapValues(\.quantity)
        quantities = [:]
        for type in types {
            let fallback = type == .web ? 1 : 0
            quantities[type] = written.isEmpty ? asked[type] ?? fallback : written[type] ?? fallback
        }
    }

    var types: [ProcessType] { quantities.keys.sorted() }

    /// Every instance by type and ordinal, `web` first.
    var slots: [(type: ProcessType, ordinal: Int)] {
        let ordered = types.sorted { ($0 == .web ? 0 : 1, $0) < ($1 == .web ? 0 : 1, $1) }
        return ordered.flatMap { type in (0..<(quantities[type] ?? 0)).map { (type, $0 + 1) } }
    }

    /// `web x2, worker x1`.
    var words: String {
        types.filter { quantities[$0] != 0 }.map { "\($0) x\(quantities[$0] ?? 0)" }.joined(separator: ", ")
    }
}
