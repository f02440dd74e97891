import Core

/// What is known of a vertex of BuildKit's graph at one moment.
struct StepFact: Equatable, Sendable {
    var digest: String
    /// As BuildKit words it: `[builder 2/5] RUN make`, `[internal] load build context`.
    var name: String
    var cached = false
    var started: Timestamp?
    var completed: Timestamp?
    var error: String?
}

/// Folds what the engine tells about a build into steps: what was announced, cached, how long each took, what it said.
///
/// Only instructions count as steps; what BuildKit does for itself does not.
struct BuildLedger: Sendable {
    /// A step and what is remembered of it.
    struct Step: Sendable {
        var report: BuildStepReport?
        /// As the engine words it.
        var name: String
        var error: String?
        var lastLines: [String] = []
        fileprivate var buffer = LineBuffer()
        fileprivate var isStarted = false
        fileprivate var isTold = false
        fileprivate var lastStart: Timestamp?
        fileprivate var isRunning = false
    }

    private var steps: [String: Step] = [:]
    private var order: [String] = []
    private(set) var current: String?

    /// How many lines of each step are kept for an explanation.
    static let keptLines = 20

    var reports: [BuildStepReport] { order.compactMap { steps[$0]?.report } }

    /// The step that failed; not one that was only stopped because of another.
    var failed: Step? {
        let failed = order.compactMap { steps[$0] }.filter { $0.error?.isEmpty == false }
        return failed.first { $0.error?.contains("context canceled") != true } ?? failed.first
    }

    /// Takes news of a step; the same step comes several times.
    mutating func step(_ fact: StepFact) -> [BuildProgress] {
        var step = steps[fact.digest] ?? Step(report: BuildStepReport(vertex: fact.name), name: fact.name)
        if steps[fact.digest] == nil { order.append(fact.digest) }
        defer { steps[fact.digest] = step }
        var progress: [BuildProgress] = []
        if let error = fact.error, !error.isEmpty { step.error = error }
        if fact.cached { step.report?.cached = true }
        if let started = fact.started, started != step.lastStart {
            step.lastStart = started
            step.isRunning = true
        }
        if let started = fact.started, let completed = fact.completed, step.isRunning {
            step.isRunning = false
            step.report?.duration += max(completed - started, .zero)
        }
        guard let report = step.report else { return progress }
        if fact.started != nil, !step.isStarted, !report.cached {
            step.isStarted = true
            steps[fact.digest] = step
            progress += finished(but: fact.digest)
            var beginning = report
            beginning.duration = .zero
            progress.append(.started(beginning))
        }
        if fact.completed != nil, step.error == nil, !report.isBase, !step.isTold {
            step.isTold = true
            progress.append(.stepFinished(report))
        }
        return progress
    }

    /// Takes what a step wrote; nil is the step that runs.
    mutating func log(_ digest: String?, _ bytes: [UInt8]) -> [BuildProgress] {
        let key = digest ?? current ?? ""
        var step = steps[key] ?? Step(report: nil, name: "")
        let lines = step.buffer.push(bytes)
        step.keep(lines)
        if steps[key] == nil { order.append(key) }
        steps[key] = step
        return lines.map { .log(step: step.report?.name, $0) }
    }

    /// Nothing more comes: lines without an end are given out, and base images are told.
    mutating func finish() -> [BuildProgress] {
        var progress: [BuildProgress] = []
        for key in order {
            guard let line = steps[key]?.buffer.finish() else { continue }
            steps[key]?.keep([line])
            progress.append(.log(step: steps[key]?.report?.name, line))
        }
        return progress + finished(but: nil)
    }

    /// Base images are looked up and pulled in two goes, so one is told when the next step starts.
    private mutating func finished(but other: String?) -> [BuildProgress] {
        var progress: [BuildProgress] = []
        for key in order where key != other {
            guard let step = steps[key], var report = step.report, report.isBase, !step.isTold, step.error == nil,
                step.lastStart != nil, !step.isRunning
            else { continue }
            report.noteBaseAtHand()
            steps[key]?.report = report
            steps[key]?.isTold = true
            progress.append(.stepFinished(report))
        }
        return progress
    }
}

// MARK: - The classic builder

extension BuildLedger {
    /// Takes a piece of the classic builder's output, which tells steps in plain text.
    mutating func classic(_ text: String, at now: Timestamp) -> [BuildProgress] {
        var progress: [BuildProgress] = []
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if let report = BuildStepReport(classic: String(line)) {
                progress += endClassic(at: now)
                let digest = "classic \(order.count)"
                current = digest
                let name = "[\(report.ordinal)/\(report.total)] \(report.name)"
                _ = step(StepFact(digest: digest, name: name, started: now))
                progress.append(.started(report))
            } else if line == " ---> Using cache", let current {
                steps[current]?.report?.cached = true
            } else if !line.isClassicNoise, !cleaned(String(line)).isEmpty {
                progress += log(current, Array("\(line)\n".utf8))
            }
        }
        return progress
    }

    /// The step that runs is over, well or badly.
    mutating func endClassic(at now: Timestamp, error: String? = nil) -> [BuildProgress] {
        guard let digest = current, let step = steps[digest], let start = step.lastStart else { return [] }
        current = nil
        steps[digest]?.error = error
        steps[digest]?.isTold = true
        steps[digest]?.isRunning = false
        steps[digest]?.report?.duration = max(now - start, .zero)
        steps[digest]?.report?.noteBaseAtHand()
        guard error == nil, let report = steps[digest]?.report else { return [] }
        return [.stepFinished(report)]
    }
}

extension BuildLedger.Step {
    fileprivate mutating func keep(_ lines: [String]) {
        lastLines = (lastLines + lines.map { cleaned($0) }).suffix(BuildLedger.keptLines)
    }
}

extension Substring {
    /// What the classic builder says for itself between steps.
    fileprivate var isClassicNoise: Bool {
        hasPrefix(" ---> ") || hasPrefix("Removing intermediate container ") || hasPrefix("Successfully built ")
            || hasPrefix("Successfully tagged ")
    }
}

extension BuildStepReport {
    var isBase: Bool { name.uppercased().hasPrefix("FROM ") }

    /// A base image that no time went into was here already; no builder calls that cached.
    fileprivate mutating func noteBaseAtHand() {
        if isBase, duration < .milliseconds(100) { cached = true }
    }

    /// Out of `[builder 2/5] RUN make`; nil for what is no instruction.
    init?(vertex name: String) {
        guard let match = name.wholeMatch(of: /\[(?:[^\]]* )?(\d+)\/(\d+)\] (.*)/.dotMatchesNewlines()),
            let ordinal = Int(match.1), let total = Int(match.2)
        else { return nil }
        self.init(
            name: String(match.3).onOneLine,
            cached: false,
            duration: .zero,
            ordinal: ordinal,
            total: total
        )
    }

    /// Out of `Step 2/5 : RUN make`.
    init?(classic line: String) {
        guard let match = line.wholeMatch(of: /Step (\d+)\/(\d+) : (.*)/), let ordinal = Int(match.1),
            let total = Int(match.2)
        else { return nil }
        self.init(
            name: String(match.3).onOneLine,
            cached: false,
            duration: .zero,
            ordinal: ordinal,
            total: total
        )
    }
}

extension String {
    /// Without controls, and with one blank for every run of white space.
    var onOneLine: String {
        split(whereSeparator: \.isWhitespace).map { cleaned(String($0), keepTabs: false) }.joined(separator: " ")
    }
}
