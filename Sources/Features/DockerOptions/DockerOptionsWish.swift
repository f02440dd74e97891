import Core

/// What a verb of options was asked for: `[--process P]... APP [PHASES] OPTION...`.
///
/// Words from the option on are docker's, so none of ours is looked for in them.
struct DockerOptionsWish: Sendable, Equatable {
    var app: AppName
    var phases: [DockerOption.Phase] = []
    /// Empty is every type.
    var processes: [ProcessType] = []
    /// What stands behind the phases.
    var words: [String] = []
    var wantsJSON = false

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    init(_ line: [String], _ verb: String) throws {
        var rest = line[...]
        var plain: [String] = []
        var phases: String?
        while let word = rest.first, plain.count < 2 || Self.isOurs(word) {
            rest = rest.dropFirst()
            let mark = word.hasPrefix("--") ? word.firstIndex(of: "=") : nil
            let name = mark.map { String(word[..<$0]) } ?? word
            func value() throws -> String {
                if let mark { return String(word[word.index(after: mark)...]) }
                guard let next = rest.popFirst() else { throw Self.wrong("\(name) needs a value", verb) }
                return next
            }
            switch name {
            case "--process": processes.append(try Self.process(try value()))
            case "--phase", "--phases": phases = try value()
            case "--format":
                let format = try value()
                guard ["json", "text", "stdout"].contains(format) else {
                    throw Self.wrong("\(quoted(format)) is not a format", verb)
                }
                wantsJSON = format == "json"
            case "--json": wantsJSON = true
            case _ where word.hasPrefix("-"):
                throw Self.wrong(
                    plain.isEmpty ? "\(quoted(word)) stands before the app" : "Please specify a phase",
                    verb
                )
            default:
                plain.append(word)
                if plain.count == 2 { phases = phases ?? word }
            }
        }
        guard let first = plain.first else { throw Self.wrong("Please specify an app to run the command on", verb) }
        app = try AppName(first)
        words = Array(rest)
        self.phases = try phases.map(Self.phases) ?? []
        guard processes.isEmpty || self.phases.allSatisfy({ $0 == .deploy }) else {
            throw Failure(.usage, "--process goes with the phase deploy alone", fix: "give other phases by themselves")
        }
    }

    private static func isOurs(_ word: String) -> Bool {
        ["--process", "--phase", "--format", "--json"].contains { word == $0 || word.hasPrefix("\($0)=") }
    }

    private static func phases(_ text: String) throws -> [DockerOption.Phase] {
        let all = try text.split(separator: ",").map { word in
            guard let phase = DockerOption.Phase(rawValue: word.trimmingBlanks) else {
                throw Failure.malformed(
                    "\(quoted(String(word))) is not a phase",
                    fix: "phases are build, deploy and run, joined by commas"
                )
            }
            return phase
        }
        guard !all.isEmpty else { throw Failure(.usage, "Please specify a phase", fix: "build, deploy or run") }
        return all.reduce(into: []) { seen, phase in if !seen.contains(phase) { seen.append(phase) } }
    }

    private static func process(_ text: String) throws -> ProcessType {
        guard !text.isEmpty else { throw Failure(.usage, "--process names no process type") }
        guard text != Resource.fallback else {
            throw Failure(.usage, "\(text) is not the name of a process type", fix: "leave --process out for all types")
        }
        return try ProcessType(text)
    }

    static func wrong(_ what: String, _ verb: String) -> Failure {
        Failure(.usage, what, fix: "slipway help docker-options:\(verb)")
    }

    /// The options of all phases, each for every type that was named.
    func options(_ verb: String) throws -> [DockerOption] { try parsed(verb, skipping: false).options }

    /// What may be taken away, and the words that are no option of any phase: nobody can have them.
    func removable(_ verb: String) throws -> (options: [DockerOption], strangers: [String]) {
        try parsed(verb, skipping: true)
    }

    private func parsed(_ verb: String, skipping isSkipping: Bool) throws -> (
        options: [DockerOption], strangers: [String]
    ) {
        guard !phases.isEmpty else { throw Self.wrong("Please specify a phase", verb) }
        guard !words.isEmpty else { throw Self.wrong("Please specify docker options to \(verb)", verb) }
        var all: [DockerOption] = []
        var strangers: [[String]] = []
        for phase in phases {
            let cut = try DockerOptionWords(words, in: phase, skipping: isSkipping)
            strangers.append(cut.strangers)
            for one in cut.all {
                for process in processes.isEmpty ? [nil] : processes.map(Optional.some) {
                    all.append(
                        DockerOption(phase: phase, process: process, name: one.name, value: one.value, text: one.text)
                    )
                }
            }
        }
        let unknown = (strangers.first ?? []).filter { word in strangers.allSatisfy { $0.contains(word) } }
        guard !all.isEmpty || strangers.contains(where: { !$0.isEmpty }) else {
            throw Self.wrong("Please specify docker options to \(verb)", verb)
        }
        return (all, unknown)
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String { String(self).trimmed }
}
