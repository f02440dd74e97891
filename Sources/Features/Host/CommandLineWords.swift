import Core

/// A command line, with what holds for every command taken out.
struct CommandLineWords: Sendable {
    var command: String?
    var arguments: [String]
    var isQuiet = false
    var isTracing = false
    /// What stands behind `--wait`.
    private var wait: String?
    private var app: String?
    private(set) var isForced = Environment.isOn("APPS_FORCE_DELETE")

    /// `--app NAME` becomes the first argument; `noun verb` becomes `noun:verb` (product page, "How it speaks").
    init(_ words: [String]) {
        arguments = []
        var rest = words[...]
        let labels = takeLeadingFlags(&rest)
        var command = rest.popFirst()
        // What follows `run` and `enter` is an app and somebody else's words, never a verb of ours.
        let isWhole = command.flatMap { Features.command(named: $0) }.map(Features.passesWordsThrough) ?? false
        if !isWhole, let noun = command, let verb = rest.first, Features.command(named: "\(noun):\(verb)") != nil {
            command = "\(noun):\(verb)"
            rest = rest.dropFirst()
        }
        self.command = command
        arguments = Array(rest)
        let type = command.flatMap { Features.command(named: $0) }
        if let type, !Features.passesWordsThrough(type) { takeFlags(type) }
        if isForced, let type, Self.knows(type, "--force") { arguments.insert("--force", at: 0) }
        // Only programs of `run` have labels of their own, and its options stand before the app.
        let isRun = command == "run" || command == "run:detached"
        arguments = (isRun ? labels : []) + (app.map { [isRun ? "--app=\($0)" : $0] } ?? []) + arguments
    }

    /// What was said for every command, in front of the words that this line stands for.
    func standing(for words: [String]) -> CommandLineWords {
        let flags = [(isQuiet, "--quiet"), (isTracing, "--trace"), (isForced, "--force")].filter(\.0).map(\.1)
        return CommandLineWords(flags + (wait.map { ["--wait=\($0)"] } ?? []) + words)
    }

    /// What stands in front of the command; Dokku's `--label=...` is handed on to it.
    private mutating func takeLeadingFlags(_ rest: inout ArraySlice<String>) -> [String] {
        var labels: [String] = []
        while let word = rest.first, word.hasPrefix("-") {
            switch word {
            case "--quiet", "-q": isQuiet = true
            case "--trace": isTracing = true
            case "--force": isForced = true
            case "--app", "-a":
                rest = rest.dropFirst()
                app = rest.first
            case "--wait":
                rest = rest.dropFirst()
                wait = rest.first ?? ""
            case _ where word.hasPrefix("--app="): app = String(word.dropFirst("--app=".count))
            case _ where word.hasPrefix("--wait="): wait = String(word.dropFirst("--wait=".count))
            case _ where word.hasPrefix("--label="): labels.append(word)
            default: return labels
            }
            rest = rest.dropFirst()
        }
        return labels
    }

    /// What holds for every command may stand anywhere, unless the command has a flag of that name itself.
    private mutating func takeFlags(_ type: any HostCommand.Type) {
        app = take("--app", type) ?? app
        wait = take("--wait", type) ?? wait
        if drop("--quiet", type) { isQuiet = true }
        if drop("--trace", type) { isTracing = true }
        if drop("--force", type) { isForced = true }
    }

    /// A flag and the word behind it leave the line; without a word behind it, it stays and is refused as unknown.
    private mutating func take(_ flag: String, _ type: any HostCommand.Type) -> String? {
        let index = arguments.firstIndex { $0 == flag || $0.hasPrefix("\(flag)=") }
        guard let index, !Self.knows(type, flag) else { return nil }
        if arguments[index] != flag { return String(arguments.remove(at: index).dropFirst(flag.count + 1)) }
        guard index + 1 < arguments.count else { return nil }
        defer { arguments.removeSubrange(index...(index + 1)) }
        return arguments[index + 1]
    }

    private mutating func drop(_ flag: String, _ type: any HostCommand.Type) -> Bool {
        guard arguments.contains(flag), !Self.knows(type, flag) else { return false }
        arguments.removeAll { $0 == flag }
        return true
    }

    private static func knows(_ type: any HostCommand.Type, _ flag: String) -> Bool {
        CommandFacts(type, noun: "").flags.contains(flag)
    }

    /// How long to wait for an app that somebody else works on; nil leaves it to the command.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    func patience() throws(Failure) -> Duration? {
        guard let wait else { return nil }
        guard !wait.isEmpty, wait.utf8.count <= 5, wait.utf8.allSatisfy(\.isDigit), let seconds = Int(wait) else {
            throw .malformed("\(quoted(wait)) is no number of seconds", fix: "write it as --wait 120")
        }
        return .seconds(seconds)
    }

    var isHook: Bool { command == "git:hook" }

    func wantsHelp(passthrough: Bool) -> Bool {
        passthrough ? arguments.first == "--help" : arguments.contains("--help") || arguments.contains("-h")
    }
}
