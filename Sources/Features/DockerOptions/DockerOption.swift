import Core

/// One option of the engine's command line, as it is kept for an app.
struct DockerOption: Sendable, Codable, Hashable {
    enum Phase: String, Sendable, Codable, CaseIterable { case build, deploy, run }

    var phase: Phase
    /// Nil is every process type; others only in ``Phase/deploy``.
    var process: ProcessType?
    /// The long name, as in ``DockerFlag``.
    var name: String
    /// Nil of an option that is only there or not.
    var value: String?
    /// As it was written, with quotes where a shell needs them.
    var text: String

    /// Whether it says the same as another one, in whatever spelling.
    func isSame(as other: DockerOption) -> Bool {
        phase == other.phase && process == other.process && name == other.name && value == other.value
    }

    /// For events and for differences between releases: values of variables are left out.
    var masked: String {
        guard DockerFlag.isVariable(name), let value, let mark = value.firstIndex(of: "=") else { return text }
        return "\(name) \(value[..<mark])=******"
    }
}

/// Options as people write them, cut into one each.
///
/// Words are split by POSIX rules without any expansion, so no shell ever sees them.
struct DockerOptionWords: Sendable, Equatable {
    struct One: Sendable, Equatable {
        var name: String
        var value: String?
        var text: String
    }

    private static let longest = 4096

    let all: [One]
    /// What was passed over, with `skipping`.
    let strangers: [String]

    /// - Parameters:
    ///   - arguments: As they came: a single one, or one that begins with `-` and has blanks, is split.
    ///   - phase: Decides which options there are.
    ///   - isSkipping: Words that are no option, or none that is taken, are passed over with what stands behind them.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``, or ``FailureCode/notAllowed`` with the reason.
    init(_ arguments: [String], in phase: DockerOption.Phase, skipping isSkipping: Bool = false) throws {
        var words: [String] = []
        for argument in arguments {
            let isText = argument.hasPrefix("-") && argument.contains(where: \.isWhitespace)
            words += arguments.count == 1 || isText ? try ShellWords.split(argument) : [argument]
        }
        var rest = words[...]
        var all: [One] = []
        var strangers: [String] = []
        while let word = rest.popFirst() {
            do { all.append(try Self.option(word, &rest, phase)) } catch {
                guard isSkipping else { throw error }
                strangers.append(word)
                rest = rest.drop { !$0.hasPrefix("-") }
            }
        }
        self.all = all
        self.strangers = strangers
    }

    private static func option(_ word: String, _ rest: inout ArraySlice<String>, _ phase: DockerOption.Phase) throws
        -> One
    {
        guard word.hasPrefix("-"), word.count > 1, word.utf8.count <= longest, word == cleaned(word, keepTabs: false)
        else {
            throw Failure.malformed(
                "\(quoted(word)) is not an option",
                fix: "an option begins with -; a value with blanks stands in quotes"
            )
        }
        let (spelling, attached) = parts(of: word)
        let flag = try DockerFlag.find(spelling, in: phase)
        guard flag.takesValue else {
            guard let attached else { return One(name: flag.name, value: nil, text: spelling) }
            guard ["true", "false"].contains(attached) else {
                throw Failure.malformed("\(spelling) is true or false, not \(quoted(attached))")
            }
            let isPlain = attached == "true"
            return One(name: flag.name, value: isPlain ? nil : attached, text: isPlain ? spelling : word)
        }
        guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
            throw Failure.malformed("\(spelling) needs a value", fix: "write it as \(spelling) VALUE")
        }
        guard value.utf8.count <= longest, value == cleaned(value, keepTabs: false) else {
            throw Failure.malformed("the value of \(spelling) is too long or has control characters")
        }
        let mark = attached == nil ? " " : spelling.hasPrefix("--") ? "=" : ""
        return One(name: flag.name, value: value, text: "\(spelling)\(mark)\(ShellWords.quote(value))")
    }

    /// `--name=value` and `-nvalue` as two.
    private static func parts(of word: String) -> (spelling: String, value: String?) {
        guard word.hasPrefix("--") else {
            let rest = word.dropFirst(2)
            let value = rest.hasPrefix("=") ? rest.dropFirst() : rest
            return (String(word.prefix(2)), value.isEmpty ? nil : String(value))
        }
        guard let mark = word.firstIndex(of: "=") else { return (word, nil) }
        return (String(word[..<mark]), String(word[word.index(after: mark)...]))
    }
}
