import ArgumentParser
import Core

extension Features {
    private static let commands: [String: any HostCommand.Type] = Dictionary(
        all.flatMap(\.commands).map { ($0.configuration.commandName ?? "", $0) }
    ) { first, _ in first }

    package static var commandNames: [String] { commands.keys.sorted() }

    /// The command of this name or alias; only the noun's own are made when it is one of those.
    package static func command(named name: String) -> (any HostCommand.Type)? {
        if let other = aliases[name] { return command(named: other) }
        let likely = all.filter { feature in
            let noun = feature.noun
            return noun == name || name.hasPrefix("\(noun):") || name.hasPrefix("\(noun)-") || noun == "help"
        }
        for feature in likely {
            if let type = feature.commands.first(where: { $0.configuration.commandName == name }) { return type }
        }
        return commands[name]
    }

    /// A bare noun lists, and Dokku's other words for the same.
    private static let aliases = [
        "apps": "apps:list", "config": "config:show", "releases": "releases:list", "builds": "builds:list",
        "git:receive-pack": "git-receive-pack", "git:upload-pack": "git-upload-pack",
        "git:upload-archive": "git-upload-archive", "ssh-keys": "ssh-keys:list",
        "ps": "ps:report", "disk": "disk:report", "operations": "operations:list", "certs": "certs:report",
        "nginx:show-conf": "nginx:show-config",
    ]

    /// Whether what follows belongs to somebody else's program.
    package static func passesWordsThrough(_ type: any HostCommand.Type) -> Bool {
        ["run", "run:detached", "enter", "storage:exec"].contains(type.configuration.commandName)
    }
}
