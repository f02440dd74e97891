import Core

/// What `run` was asked for: our own options stand before the app, every word behind it is the program's.
struct RunWish: Sendable, Equatable {
    /// Whether the program gets a terminal.
    enum Terminal: Sendable, Equatable { case asOurs, always, never }

    /// How long a program may run when nothing is said, as Dokku has it: a day.
    static let longest: Duration = .seconds(86_400)

    var app: AppName
    var words: [String]
    /// Variables besides the app's own.
    var environment: [ConfigKey: String] = [:]
    var terminal: Terminal = .asOurs
    /// Nil is for ever.
    var limit: Duration? = RunWish.longest

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    init(_ line: [String], command: String = "run") throws {
        var rest = line[...]
        var environment: [ConfigKey: String] = [:]
        while let word = rest.first, word.hasPrefix("-"), word != "--" {
            rest = rest.dropFirst()
            let (option, attached) = Self.parts(of: word)
            func value() throws -> String {
                if let attached { return attached }
                guard let next = rest.popFirst() else { throw Self.wrong("\(option) needs a value", command) }
                return next
            }
            switch option {
            case "--no-tty": terminal = .never
            case "--force-tty": terminal = .always
            case "-e", "--env":
                let (key, text) = try Self.variable(try value(), command)
                environment[key] = text
            case "--ttl-seconds": limit = try Self.limit(try value(), command)
            default: throw Self.wrong("\(quoted(word)) is not an option of \(command)", command)
            }
        }
        guard let name = rest.popFirst() else {
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

    private static func wrong(_ what: String, _ command: String) -> Failure {
        Failure(.usage, what, fix: "slipway \(command) [-e KEY=VALUE] APP COMMAND...")
    }
}
