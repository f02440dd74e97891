package import ArgumentParser
package import Core

/// A verb of the product: the frame around it is written once, the verb says only what it does.
package protocol HostCommand: ParsableCommand, Sendable {
    /// What the caller must be allowed to do, whatever the words.
    static var permission: Permission { get }
    /// What the caller must be allowed for these words, which may be more; asked before they are parsed.
    static func permission(for words: [String]) -> Permission
    /// Called by root it goes on as root, instead of becoming the user to whom the root of all state belongs.
    ///
    /// For what is changed outside that root; the rest must not leave files there that the user cannot open.
    var staysRoot: Bool { get }
    /// It brings programs that run with all rights of this host, and nobody who comes by ssh may do that: he who may
    /// push is not root, as with Dokku.
    static var isForTheHostAlone: Bool { get }
    /// What it answers to `--format json`; nil for a command that prints no data.
    static var answers: JSONShape? { get }
    /// The name under which its changes stand in the events.
    static var auditName: String { get }
    /// What follows belongs to somebody else's program: none of our flags is looked for in it.
    static var passesWordsThrough: Bool { get }
    func run(on host: Host) async throws
}

extension HostCommand {
    package var staysRoot: Bool { false }
    /// Who changes what holds for every app, or every app at once, changes the host.
    package static func permission(for words: [String]) -> Permission {
        // Words of somebody else's program say nothing of ours.
        let own = passesWordsThrough ? words.prefix { $0.hasPrefix("-") } : words[...]
        return permission == .change && own.contains { $0 == "--global" || $0 == "--all" } ? .administer : permission
    }
    package static var isForTheHostAlone: Bool { false }
    package static var answers: JSONShape? { nil }
    package static var auditName: String { configuration.commandName ?? "" }
    package static var passesWordsThrough: Bool {
        ["run", "run:detached", "enter", "storage:exec"].contains(configuration.commandName)
    }
}

/// A verb that needs no host: it works before `setup`, and in the shortest time.
package protocol HostlessCommand: HostCommand {
    func say(to output: Output) throws
}

extension HostlessCommand {
    package func run(on host: Host) async throws { try say(to: host.output) }
}

/// A verb that may be given a secret among its words.
package protocol SecretiveCommand: HostCommand {
    /// The words as others may see them: plugins, and whoever lists programs.
    static func shown(_ words: [String]) -> [String]
}

/// What a command needs its caller to be allowed.
package enum Permission: Sendable, Equatable {
    /// Anybody who is let in: help, version.
    case none
    /// To look at an app.
    case view
    /// To change an app.
    case change
    /// To change the host.
    case administer
}

extension CommandConfiguration {
    /// The card of a verb: its name, one sentence, and at least two lines that can be pasted.
    package static func verb(
        _ name: String,
        _ abstract: String,
        examples: [String],
        details: String = "",
        isShown: Bool = true
    ) -> CommandConfiguration {
        let lines = examples.map { "  slipway \($0)" }.joined(separator: "\n")
        let discussion = "Examples:\n\(lines)" + (details.isEmpty ? "" : "\n\n\(details)")
        return CommandConfiguration(
            commandName: name,
            abstract: abstract,
            discussion: discussion,
            shouldDisplay: isShown
        )
    }
}

/// How a command that prints data is asked for JSON.
package struct FormatOptions: ParsableArguments {
    @Option(help: "stdout (or text), or json") var format: Format = .stdout
    @Flag(help: "The same as --format json") var json = false

    package init() {}

    package var wantsJSON: Bool { json || format == .json }

    package enum Format: String, ExpressibleByArgument, CaseIterable, Sendable { case stdout, text, json }
}
