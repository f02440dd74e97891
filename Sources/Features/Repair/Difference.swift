import Core

/// One thing that is not as the database says.
struct Difference: Sendable, Equatable {
    enum Kind: String, Sendable, Encodable {
        case operation, engine, network, instance, stray, policy, image, tag, proxy, site, repository, reference, keys
        case unit, service
    }

    enum Cure: Sendable, Equatable {
        /// Repair does it: an order in a few words.
        case mend(String)
        /// Only a person can: what they are to do.
        case ask(String)
        /// It harms nobody: what a person may do.
        case note(String)
    }

    /// Whose it is; nil is the host's own.
    var app: App?
    var kind: Kind
    var fact: String
    var cure: Cure
    /// What it is about, among those of the same app and kind: a row, a handle, a reference.
    var target: String

    init(_ app: App?, _ kind: Kind, _ fact: String, _ cure: Cure, target: String = "") {
        self.app = app
        self.kind = kind
        self.fact = fact
        self.cure = cure
        self.target = target
    }

    /// Something could not even be looked at.
    init(_ kind: Kind, unseen error: any Error) {
        let failure = Failure(error)
        let why = failure.why.map { ": \($0)" } ?? ""
        self.init(nil, kind, failure.what + why, .ask(failure.fix ?? "slipway doctor"))
    }
}

/// A difference, and what became of it.
struct Repaired: Sendable, Equatable {
    enum Outcome: Sendable, Equatable {
        /// Would be closed by a repair that is no dry run.
        case planned
        case done
        case failed(String)
        /// Its app is being changed by somebody else.
        case busy
        /// Left to a person; something is not as it should be.
        case asked
        /// Left to a person, and harmless.
        case noted

        var word: String {
            switch self {
            case .planned: "planned"
            case .done: "done"
            case .failed: "failed"
            case .busy: "busy"
            case .asked: "impossible"
            case .noted: "noted"
            }
        }
    }

    let difference: Difference
    let outcome: Outcome

    /// - Returns: What becomes of a difference that nobody has tried to close.
    static func untried(_ difference: Difference) -> Repaired {
        switch difference.cure {
        case .mend: Repaired(difference: difference, outcome: .planned)
        case .ask: Repaired(difference: difference, outcome: .asked)
        case .note: Repaired(difference: difference, outcome: .noted)
        }
    }

    /// Something is still not as the database says, and no later repair would change that by itself.
    var isOpen: Bool {
        switch outcome {
        case .failed, .asked: true
        case .planned, .done, .busy, .noted: false
        }
    }

    /// All of it in one line.
    var line: String {
        let subject = difference.app?.name.text ?? "host"
        let words =
            switch difference.cure {
            case .mend(let words), .ask(let words), .note(let words): words
            }
        let end =
            switch outcome {
            case .planned: "would \(words)"
            case .done: "done: \(words)"
            case .failed(let reason): "could not \(words): \(reason)"
            case .busy: "left alone: \(words)"
            case .asked: "cannot be repaired: \(words)"
            case .noted: words
            }
        return "\(subject): \(difference.fact); \(end)"
    }
}

/// All differences of one repair, counted.
struct RepairReport: Sendable {
    let isDry: Bool
    let all: [Repaired]

    /// Whether all is right now, or would be.
    var isGood: Bool { !all.contains(where: \.isOpen) }

    /// The last line.
    var summary: String {
        guard !all.isEmpty else { return "nothing to repair" }
        let head = "\(all.count) difference\(all.count == 1 ? "" : "s")"
        let counts = [
            (count("planned"), "to repair"), (count("done"), "repaired"), (all.count(where: \.isOpen), "could not be"),
            (count("busy"), "busy"), (count("noted"), "only told"),
        ]
        let parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return "\(head): \(parts)\(isDry ? "; nothing was changed" : "")"
    }

    func count(_ word: String) -> Int { all.count { $0.outcome.word == word } }
}

/// A report as JSON shows it.
struct ShownRepair: Encodable, Sendable {
    struct Line: Encodable, Sendable {
        var app: String?
        var kind: Difference.Kind
        var fact: String
        var cure: String
        /// `planned`, `done`, `failed`, `busy`, `impossible` or `noted`.
        var outcome: String
        var reason: String?
    }

    static let shape = JSONShape.object([
        "dryRun": .boolean, "found": .number, "repaired": .number, "open": .number, "busy": .number,
        "differences": .list(
            .object([
                "app": .optional(.text), "kind": .text, "fact": .text, "cure": .text, "outcome": .text,
                "reason": .optional(.text),
            ])
        ),
    ])

    var dryRun: Bool
    var found: Int
    var repaired: Int
    var open: Int
    var busy: Int
    var differences: [Line]

    init(_ report: RepairReport) {
        dryRun = report.isDry
        found = report.all.count
        repaired = report.count("done")
        open = report.all.count(where: \.isOpen)
        busy = report.count("busy")
        differences = report.all.map { one in
            let words =
                switch one.difference.cure {
                case .mend(let words), .ask(let words), .note(let words): words
                }
            var line = Line(
                app: one.difference.app?.name.text,
                kind: one.difference.kind,
                fact: one.difference.fact,
                cure: words,
                outcome: one.outcome.word
            )
            if case .failed(let reason) = one.outcome { line.reason = reason }
            return line
        }
    }
}
