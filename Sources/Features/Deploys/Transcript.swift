import Core

/// What a person reads while a deploy goes on; at most 40 lines when all is well, none over 92 columns.
struct Transcript: Sendable {
    let output: Output
    let clock: any Clock<Duration>
    let settings: HostSettings
    let began: ContinuousClock.Instant = .now

    static let width = 85

    func opening(_ app: App, _ release: Release, subject: String?) {
        let commit = release.revision.map { " \($0.short)" } ?? ""
        let about = subject.map { " \"\($0.count > 40 ? $0.prefix(37) + "..." : $0[...])\"" } ?? "  \(release.reason)"
        output.step(clip("\(app.name) \(release.name) \(commit)\(about)  by \(release.caller)"))
        if subject != nil { output.detail("cancelled if you disconnect before the switch") }
    }

    func built(steps: Int, cached: Int, kind: String) {
        output.step(clip("Build   \(kind), \(steps) steps, \(cached) cached"))
    }

    /// A step of the build that really ran.
    func buildStep(_ name: String, took: Duration) { timed(name, took) }

    func image(_ size: Int64, before: Int64?, took: Duration) {
        let change = before.map { " (\(size >= $0 ? "+" : "-")\(byteWords(abs(size - $0))))" } ?? ""
        timed("image \(byteWords(size))\(change)", took)
    }

    func released(_ command: String, took: Duration) { stepped("Release \(command), exit 0", took) }

    func started(_ batch: Batch, took: Duration) {
        guard !batch.slots.isEmpty, batch.isTold else { return }
        stepped("Start   \(Self.words(batch.slots.map(\.type)))\(batch.words)", took)
    }

    /// The old ones that made room.
    func endedFirst(_ types: [ProcessType], because reason: String, took: Duration) {
        stepped("Stop    \(Self.words(types)) first: \(reason)", took)
    }

    func again(_ instance: Instance, _ allowance: Allowance, _ why: String) {
        let count = "\(allowance.failed[instance.type] ?? 0) of \(allowance.threshold)"
        output.detail(clip("\(instance.name) is made anew (\(count)): \(why)"))
    }

    private static func words(_ types: [ProcessType]) -> String {
        let counts = Dictionary(grouping: types, by: \.self).mapValues(\.count)
        return counts.sorted { ($0.key == .web ? 0 : 1, $0.key) < ($1.key == .web ? 0 : 1, $1.key) }
            .map { "\($0.key) x\($0.value)" }.joined(separator: ", ")
    }

    func ready(_ proof: String, _ batch: Batch, took: Duration) {
        if batch.isTold { stepped("Ready   \(proof)", took) }
    }

    func switched(took: Duration) { stepped("Switch  nginx tested and reloaded", took) }

    func success(_ release: Release) {
        output.progress("success: \(release.name) is live after \(began.duration(to: .now).words)")
    }

    /// The last block: where the app answers, and the way back.
    func addresses(_ urls: [String], leaving: Int?, wait: Duration?, app: AppName) {
        for url in urls.prefix(5) { output.heading(url) }
        guard let leaving else { return }
        if let wait { output.detail("v\(leaving) drains, up to \(wait.components.seconds) s.") }
        output.detail("Back: \(settings.command("releases:rollback \(app) v\(leaving)"))")
    }

    private func stepped(_ text: String, _ took: Duration) {
        output.step(column(text, 58) + took.words.leftPadded(to: 8))
    }

    private func timed(_ text: String, _ took: Duration) {
        output.detail(column(text, 58) + took.words.leftPadded(to: 8))
    }

    private func column(_ text: String, _ width: Int) -> String {
        let clean = cleaned(text, keepTabs: false)
        return clean.count > width ? "\(clean.prefix(width - 3))..." : clean.padded(to: width)
    }

    private func clip(_ text: String) -> String {
        text.count > Self.width - 8 ? "\(text.prefix(Self.width - 11))..." : text
    }
}
