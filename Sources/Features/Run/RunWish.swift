import Core

/// What `run` was asked for: our own options stand before the app, every word behind it is the program's.
struct RunWish: Sendable, Equatable {
    /// Whether the program gets a terminal.
    enum Terminal: Sendable, Equatable { case asOurs, always, never }

    /// What becomes of a task of cron that is due while it runs still.
    enum Overlap: String, Sendable, CaseIterable { case allow, forbid, replace }

    /// How long a program may run when nothing is said, as Dokku has it: a day.
    static let longest: Duration = .seconds(86_400)

    var app: AppName
    var words: [String]
    /// Variables besides the app's own.
    var environment: [ConfigKey: String] = [:]
    var terminal: Terminal = .asOurs
    /// Nil is for ever.
    var limit: Duration? = RunWish.longest
    /// The task of cron that it is; nil for what a person runs.
    var cronID: String?
    var overlap = Overlap.allow
    /// Labels of its container besides ours.
    var labels: [String: String] = [:]

    /// `run` or `cron`: what its container is called after, and its kind.
    var type: String { cronID == nil ? "run" : "cron" }

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    init(_ line: [String], command: String = "run") throws {
        var rest = line[...]
        var (named, environment): (String?, [ConfigKey: String]) = (nil, [:])
        while let word = rest.first, word.hasPrefix("-"), word != "--" {
            rest = rest.dropFirst()
            let (option, attached) = Self.parts(of: word)
            func value() throws -> String {
                if let attached { return attached }
                guard let next = rest.popFirst() else { throw Self.wrong("\(option) needs a value", command) }
                return next
            }
            switch option {
            case "--app": named = try value()
            case "--no-tty": terminal = .never
            case "--force-tty": terminal = .always
            case "-e", "--env":
                let (key, text) = try Self.variable(try value(), command)
                environment[key] = text
            case "--ttl-seconds": limit = try Self.limit(try value(), command)
            case "--cron-id": cronID = try Self.identifier(try value(), command)
            case "--concurrency-policy": overlap = try Self.overlap(try value(), command)
            case "--label":
                let (key, text) = try Self.label(try value(), command)
                labels[key] = text
            default: throw Self.wrong("\(quoted(word)) is not an option of \(command)", command)
            }
        }
        guard let name = named ?? rest.popFirst() else {
            throw Self.wrong("Please specify an app to run the command on", command)
        }
        app = try AppName(name)
        if rest.first == "--" { rest = rest.dropFirst() }
        guard !rest.isEmpty else { throw Self.wrong("Please specify a command to run", command) }
        words = Array(rest)
        self.environment = environment
    }

    /// `--name=value` as two; `-e` stands alone.
    private static func parts(of word: String) -> (option: String, value: String?) {
        guard word.hasPrefix("--"), let mark = word.firstIndex(of: "=") else { return (word, nil) }
        return (String(word[..<mark]), String(word[word.index(after: mark)...]))
    }

    private static func variable(_ text: String, _ command: String) throws -> (ConfigKey, String) {
        guard let mark = text.firstIndex(of: "=") else { throw wrong("-e takes KEY=VALUE", command) }
        return (try ConfigKey(String(text[..<mark])), String(text[text.index(after: mark)...]))
    }

    private static func limit(_ text: String, _ command: String) throws -> Duration? {
        guard let seconds = Int64(text), (0...31_536_000).contains(seconds) else {
            throw wrong("--ttl-seconds takes a number from 0, which is no limit, to 31536000, a year", command)
        }
        return seconds == 0 ? nil : .seconds(seconds)
    }

    private static func identifier(_ text: String, _ command: String) throws -> String {
        let isPlain = text.utf8.allSatisfy { $0.isLetterOrDigit || "._=-".utf8.contains($0) }
        guard isPlain, (1...128).contains(text.utf8.count) else {
            throw wrong("--cron-id takes one plain word", command)
        }
        return text
    }

    private static func overlap(_ text: String, _ command: String) throws -> Overlap {
        guard let overlap = Overlap(rawValue: text) else {
            throw wrong("--concurrency-policy is allow, forbid or replace", command)
        }
        return overlap
    }

    /// Ours and the engine's own stay ours.
    private static func label(_ text: String, _ command: String) throws -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let isPlain = parts[0].utf8.allSatisfy { $0.isLetterOrDigit || "._/-".utf8.contains($0) }
        guard parts.count == 2, isPlain, (1...128).contains(parts[0].utf8.count), parts[1].utf8.count <= 4096 else {
            throw wrong("--label takes KEY=VALUE", command)
        }
        guard !["slipway.", "com.dokku.", "com.docker.", "dokku"].contains(where: parts[0].hasPrefix) else {
            throw Failure(.notAllowed, "the label \(parts[0]) is not a person's to set", fix: "use a name of your own")
        }
        return (parts[0], cleaned(parts[1], keepTabs: false))
    }

    private static func wrong(_ what: String, _ command: String) -> Failure {
        Failure(.usage, what, fix: "slipway \(command) [-e KEY=VALUE] APP COMMAND...")
    }
}
