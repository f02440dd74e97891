import ArgumentParser
package import Core
import Plugins

/// From the words of a command line to an exit status.
package struct Dispatch: Sendable {
    /// Called as `dokku`: other exit codes, the same everything else.
    package var isDokku: Bool
    package var caller: Caller?

    /// - Parameters:
    ///   - isDokku: Nil asks ``speaksDokku``.
    ///   - caller: Who asks; nil is whoever runs this process.
    package init(isDokku: Bool? = nil, caller: Caller? = nil) {
        self.isDokku = isDokku ?? Self.speaksDokku
        self.caller = caller
    }

    /// Whether this program was called `dokku`, or the host answers to everybody as that: over ssh there is no name
    /// to call it by, so scripts that come from Dokku have `SLIPWAY_AS_DOKKU=1` in `/etc/default/slipway`.
    package static var speaksDokku: Bool {
        CommandLine.arguments.first?.split(separator: "/").last == "dokku" || Environment.isOn("AS_DOKKU")
    }

    /// Runs one command; never throws, whatever went wrong has been said.
    package func run(_ words: [String], makeHost: @Sendable (any HostCommand, Output) async throws -> Host) async
        -> Int32
    {
        let line = CommandLineWords(words)
        let output = line.isHook ? Output.hook : Output.terminal(isQuiet: line.isQuiet)
        return await run(line, output, makeHost)
    }

    /// The same with another voice than this process's.
    package func run(
        _ words: [String],
        output: Output,
        makeHost: @Sendable (any HostCommand, Output) async throws -> Host
    ) async -> Int32 {
        await run(CommandLineWords(words), output, makeHost)
    }

    private func run(
        _ line: CommandLineWords,
        _ voice: Output,
        _ makeHost: @Sendable (any HostCommand, Output) async throws -> Host
    ) async -> Int32 {
        var output = voice
        output.isQuiet = output.isQuiet || line.isQuiet
        output.isTracing = output.isTracing || line.isTracing
        do {
            try await execute(line, output, makeHost)
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            let failure = Failure(error)
            output.failure(failure, opening: line.isHook ? "error: " : " !     ")
            return status(of: failure)
        }
    }

    /// The exit status of a failure under the name this program was called by.
    package func status(of failure: Failure) -> Int32 {
        isDokku ? failure.code.status.asDokku : failure.code.status.rawValue
    }

    private func execute(
        _ line: CommandLineWords,
        _ output: Output,
        _ makeHost: @Sendable (any HostCommand, Output) async throws -> Host
    ) async throws {
        if let word = line.command, try PluginWord.isReplaced(word, line.arguments, Paths(root: Host.root)) {
            let meant = line.standing(for: PluginCall.words(word, line))
            return try await execute(meant, output, makeHost)
        }
        guard let type = line.command.flatMap({ Features.command(named: $0) }) else {
            if let meant = try Self.pluginLine(line) { return try await execute(meant, output, makeHost) }
            return try Help.show(line, output, isDokku: isDokku)
        }
        let name = type.configuration.commandName ?? ""
        if let word = line.command, let now = Features.deprecated[word] {
            output.warn("Deprecated: Please use \(now) instead of \(word)")
        }
        if caller?.key != nil, Features.isForProcessesOnly(name) {
            throw Failure(.notAllowed, "\(quoted(name)) is not for people")
        }
        if line.wantsHelp(passthrough: Features.passesWordsThrough(type)) {
            // A bare noun may stand for one of its verbs; its help is that of the noun.
            let word = line.command ?? ""
            if !Help.isCommand(word), let page = Help.page(of: word) { return output.answer(lines: page) }
            return output.answer(exactly: Help.text(of: type))
        }
        if isDokku, type is VersionCommand.Type, line.arguments.isEmpty { return output.answer(Version.asDokku) }
        if caller?.key != nil, type.isForTheHostAlone {
            throw Failure(
                .notAllowed,
                "\(name) is not done over ssh",
                why: "a plugin's programs run with all rights of this host",
                fix: "on the host itself: sudo slipway \(name) ..."
            )
        }
        let command = try parse(line.arguments, as: type)
        let patience = try line.patience()
        if let free = command as? any HostlessCommand { return try free.say(to: output) }
        var host = try await makeHost(command, output)
        (host.caller.patience, host.caller.command) = (patience, name)
        if host.caller.key != nil {
            let typed = [name] + Self.shown(line.arguments, to: type)
            let words = try ToldWords.of(command, typed, Hooks(on: host).triggers)
            try await Hooks(on: host).fire(
                .userAuth,
                ["slipway", host.caller.name] + words.prefix(1) + words.dropFirst().map(Self.nameOnly)
            )
        }
        try await command.run(on: host)
    }

    /// The line that a plugin's word stands for: a command of ours with that word behind it, or that of its service.
    private static func pluginLine(_ line: CommandLineWords) throws -> CommandLineWords? {
        guard let word = line.command, !word.hasPrefix("-"), word != "help" else { return nil }
        switch try PluginWord.meaning(of: word, line.arguments, in: PluginWord.folders(Paths(root: Host.root))) {
        case nil: return nil
        case .service(let words): return line.standing(for: words)
        case .subcommand, .asked, .page: return line.standing(for: PluginCall.words(word, line))
        }
    }

    /// - Throws: ``Failure`` that says what is wrong with which word.
    private func parse(_ words: [String], as type: any HostCommand.Type) throws -> any HostCommand {
        let complaints = Complaints()
        do {
            return try Complaints.$current.withValue(complaints) { try type.parse(words) }
        } catch let failure as Failure {
            throw failure
        } catch {
            let help = "slipway help \(type.configuration.commandName ?? "")"
            if var complaint = complaints.first {
                complaint.fix = complaint.fix ?? help
                throw complaint
            }
            let words = type.message(for: error).split(separator: "\n").first.map(String.init)
            throw Failure(.usage, words ?? "wrong usage", fix: help)
        }
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
