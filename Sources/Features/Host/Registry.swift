import ArgumentParser
import Core

extension Features {
    private static let commands: [String: any HostCommand.Type] = Dictionary(
        all.flatMap(\.commands).map { ($0.configuration.commandName ?? "", $0) }
    ) { first, _ in first }

    package static var commandNames: [String] { commands.keys.sorted() }

    package static func command(named name: String) -> (any HostCommand.Type)? {
        commands[name] ?? aliases[name].flatMap { commands[$0] }
    }

    /// A bare noun lists, and Dokku's other words for the same.
    private static let aliases = [
        "apps": "apps:list", "config": "config:show", "releases": "releases:list", "builds": "builds:list",
        "git:receive-pack": "git-receive-pack", "git:upload-pack": "git-upload-pack", "ssh-keys": "ssh-keys:list",
        "ps": "ps:report", "certs": "certs:report", "nginx:show-conf": "nginx:show-config",
    ]

    /// Whether what follows belongs to somebody else's program.
    package static func passesWordsThrough(_ type: any HostCommand.Type) -> Bool {
        ["run", "run:detached", "enter"].contains(type.configuration.commandName)
    }
}
