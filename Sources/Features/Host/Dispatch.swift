import ArgumentParser
package import Core
import Plugins

/// From the words of a command line to an exit status.
package struct Dispatch: Sendable {
    /// Called as `dokku`: other exit codes, the same everything else.
    package var isDokku: Bool
    package var caller: Caller?

    package init(isDokku: Bool = false, caller: Caller? = nil) {
        self.isDokku = isDokku
        self.caller = caller
    }

    /// Runs one command; never throws, whatever went wrong has been said.
    package func run(_ words: [String], makeHost: @Sendable (any HostCommand, Output) async throws -> Host) async
        -> Int32
    {
        let line = CommandLineWords(words)
        let output = line.isHook ? Output.hook : Output.terminal(isQuiet: line.isQuiet)
        do {
            try await execute(line, output, makeHost)
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            let failure = Failure(error)
            output.failure(failure, opening: line.isHook ? "error: " : " !     ")
            return isDokku ? failure.code.status.asDokku : failure.code.status.rawValue
        }
    }

    private func execute(
        _ line: CommandLineWords,
        _ output: Output,
        _ makeHost: @Sendable (any HostCommand, Output) async throws -> Host
    ) async throws {
        guard let type = line.command.flatMap({ Features.command(named: $0) }) else {
            return try Help.show(line, output)
        }
        if line.wantsHelp(passthrough: Features.passesWordsThrough(type)) {
            return output.answer(exactly: type.helpMessage(columns: 92) + "\n")
        }
        let command: any HostCommand
        do {
            command = try type.parse(line.arguments)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .usage,
                type.message(for: error).split(separator: "\n").first.map(String.init) ?? "wrong usage",
                fix: "slipway help \(type.configuration.commandName ?? "")"
            )
        }
        let patience = try line.patience()
        if let free = command as? any HostlessCommand { return try free.say(to: output) }
        var host = try await makeHost(command, output)
        host.caller.patience = patience
        if host.caller.key != nil {
            let name = line.command ?? ""
            try await Hooks(on: host).fire(
                .userAuth,
                ["slipway", host.caller.name, name] + Self.shown(line.arguments, to: type).map(Self.nameOnly)
            )
        }
        try await command.run(on: host)
    }

    private static func shown(_ words: [String], to type: any HostCommand.Type) -> [String] {
        (type as? any SecretiveCommand.Type)?.shown(words) ?? words
    }

    /// `KEY=value` without its value: arguments of a program can be read by every user of the machine.
    private static func nameOnly(_ word: String) -> String {
        word.firstIndex(of: "=").map { String(word[...$0]) } ?? word
    }

    /// The real host of this process.
    package func liveHost(_ command: any HostCommand, _ output: Output) async throws -> Host {
        try await Host.live(
            output,
            caller: caller,
            setup: command as? SetupCommand,
            staysRoot: command.staysRoot
        )
    }
}

/// A command line, with what holds for every command taken out.
struct CommandLineWords: Sendable {
    var command: String?
    var arguments: [String]
    var isQuiet = false
    /// What stands behind `--wait`.
    private var wait: String?

    /// `--app NAME` becomes the first argument; `noun verb` becomes `noun:verb` (product page, "How it speaks").
    init(_ words: [String]) {
        var rest = words[...]
        var app: String?
        // Only programs of `run` have labels of their own.
        var labels: [String] = []
        while let word = rest.first, word.hasPrefix("-") {
            switch word {
            case "--quiet", "-q": isQuiet = true
            case "--trace": break
            case "--force": break
            case "--app", "-a": app = rest.dropFirst().first
            case "--wait": wait = rest.dropFirst().first ?? ""
            case _ where word.hasPrefix("--label="): labels.append(word)
            default:
                self.command = word
                self.arguments = Array(rest.dropFirst())
                return
            }
            rest = rest.dropFirst(["--app", "-a", "--wait"].contains(word) ? 2 : 1)
        }
        var command = rest.popFirst()
        // What follows `run` and `enter` is an app and somebody else's words, never a verb of ours.
        let isWhole = command.flatMap { Features.command(named: $0) }.map(Features.passesWordsThrough) ?? false
        if !isWhole, let noun = command, let verb = rest.first, Features.command(named: "\(noun):\(verb)") != nil {
            command = "\(noun):\(verb)"
            rest = rest.dropFirst()
        }
        self.command = command
        var arguments = Array(rest)
        if let type = command.flatMap({ Features.command(named: $0) }), !Features.passesWordsThrough(type) {
            app = Self.take("--app", from: &arguments) ?? app
            wait = Self.take("--wait", from: &arguments) ?? wait
            if let index = arguments.firstIndex(of: "--quiet") {
                isQuiet = true
                arguments.remove(at: index)
            }
        }
        if words.prefix(while: { $0.hasPrefix("-") }).contains("--force") { arguments.insert("--force", at: 0) }
        self.arguments = (app.map { [$0] } ?? []) + arguments
        if command == "run" || command == "run:detached" { self.arguments = labels + self.arguments }
    }

    /// A flag and the word behind it leave the line; without a word behind it, it stays and is refused as unknown.
    private static func take(_ flag: String, from arguments: inout [String]) -> String? {
        guard let index = arguments.firstIndex(of: flag), index + 1 < arguments.count else { return nil }
        defer { arguments.removeSubrange(index...(index + 1)) }
        return arguments[index + 1]
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
