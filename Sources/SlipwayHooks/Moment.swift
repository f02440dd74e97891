/// A moment at which hooks run: what the hook is told, and what it may answer.
///
/// Its Swift name is that of the trigger without dashes: `post-deploy` is `.postDeploy`.
public struct Moment<Event: HookEvent, Answer> {
    let facts: MomentFacts
    let lines: (Answer) -> [String]

    init(_ name: String, _ answer: MomentFacts.Answer, _ lines: @escaping (Answer) -> [String]) {
        facts = MomentFacts(name: name, arguments: Event.arguments, answer: answer)
        self.lines = lines
    }
}

/// What is known of a moment whatever its types are.
public struct MomentFacts: Sendable, Equatable {
    public var name: String
    /// Words for its arguments in their order; dots mean any number of the last.
    public var arguments: [String]
    public var answer: Answer

    /// What is taken from standard output.
    public enum Answer: Sendable, Equatable { case said, value, lines, words }

    /// As it is written: `post-deploy APP PORT ADDRESS RELEASE`.
    public var usage: String { ([name] + arguments).joined(separator: " ") }
}

extension Moment where Answer == Void {
    init(_ name: String) { self.init(name, .said) { [] } }
}

extension Moment where Answer == String? {
    /// The answer is one line, or none.
    init(_ name: String) { self.init(name, .value) { answer in answer.map { [$0] } ?? [] } }
}

extension Moment where Answer == Bool {
    /// The answer is yes, or nothing.
    init(_ name: String) { self.init(name, .value) { $0 ? ["true"] : [] } }
}

extension Moment where Answer == [String] {
    init(lines name: String) { self.init(name, .lines) { $0 } }

    /// Each element is one word, whatever characters it has.
    init(words name: String) {
        self.init(name, .words) { $0.isEmpty ? [] : [$0.map { shellQuoted($0) }.joined(separator: " ")] }
    }
}

extension Moment where Answer == [App] {
    init(_ name: String) { self.init(name, .lines) { $0.map(\.name) } }
}

extension Moment where Answer == [CronEntry] {
    init(_ name: String) { self.init(name, .lines) { $0.map(\.line) } }
}

extension Moment where Event == WordsEvent, Answer == Void {
    /// A moment of another plugin's making: `slipway plugin:trigger NAME WORD ...`.
    public static func custom(_ name: String) -> Self { Self(name) }
}

/// A command that is due by the clock.
public struct CronEntry: Sendable, Equatable {
    /// Five fields, as crontab(5) has them.
    public var schedule: String
    /// A command of slipway without the word `slipway`: `webhook:deliver`.
    public var command: String
    /// A file that takes what it says; empty for none.
    public var log: String

    public init(_ schedule: String, _ command: String, log: String = "") {
        self.schedule = schedule
        self.command = command
        self.log = log
    }

    var line: String { "\(schedule);\(command);\(log)" }
}

/// A word as a shell reads it back.
func shellQuoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._-/:=,@%+".utf8.contains(byte)
        }
    }
    if plain, !word.isEmpty { return word }
    // By scalars: with a mark behind it a quote is another character, and still a quote to a shell.
    let parts = word.unicodeScalars.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.map { String(String.UnicodeScalarView($0)) }.joined(separator: #"'\''"#) + "'"
}
