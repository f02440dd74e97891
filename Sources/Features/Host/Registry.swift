import ArgumentParser
import Core

extension Features {
    private static let commands: [String: any HostCommand.Type] = Dictionary(
        all.flatMap(\.commands).map { ($0.configuration.commandName ?? "", $0) }
    ) { first, _ in first }

    package static var commandNames: [String] { commands.keys.sorted() }

    /// The command of this name or alias; only the noun's own are made when it is one of those.
    package static func command(named name: String) -> (any HostCommand.Type)? {
        if let other = alias(of: name) { return command(named: other) }
        let likely = all.filter { feature in
            let noun = feature.noun
            return noun == name || name.hasPrefix("\(noun):") || name.hasPrefix("\(noun)-") || noun == "help"
        }
        for feature in likely {
            if let type = feature.commands.first(where: { $0.configuration.commandName == name }) { return type }
        }
        return commands[name]
    }

    /// What is known of every command, by nouns and in their own order.
    package static func facts() -> [CommandFacts] {
        all.flatMap { feature in feature.commands.map { CommandFacts($0, noun: feature.noun) } }
    }

    /// What another word for a command or a noun means; nil for a word that is no other's.
    package static func alias(of name: String) -> String? {
        if let other = aliases[name] { return other }
        let noun = name.prefix { $0 != ":" }
        return nounAliases[String(noun)].map { $0 + name.dropFirst(noun.count) }
    }

    /// A bare noun lists, and Dokku's other words for the same.
    package static let aliases = [
        "apps": "apps:list", "config": "config:show", "releases": "releases:list", "builds": "builds:list",
        "git:receive-pack": "git-receive-pack", "git:upload-pack": "git-upload-pack",
        "git:upload-archive": "git-upload-archive", "ssh-keys": "ssh-keys:list",
        "ps": "ps:report", "disk": "disk:report", "operations": "operations:list", "certs": "certs:report",
        "nginx:show-conf": "nginx:show-config", "nginx:validate": "nginx:validate-config",
        "maintenance": "maintenance:report",
        "-v": "version", "--version": "version",
    ].merging(deprecated) { own, _ in own }

    /// Words that Dokku once had for a command, and says so.
    package static let deprecated = [
        "proxy:ports": "ports:list", "proxy:ports-add": "ports:add", "proxy:ports-clear": "ports:clear",
        "proxy:ports-remove": "ports:remove", "proxy:ports-set": "ports:set",
    ]

    /// Dokku's other words for its plugins.
    package static let nounAliases = [
        "docker-local": "scheduler-docker-local", "dockerfile": "builder-dockerfile",
        "herokuish": "builder-herokuish", "lambda": "builder-lambda", "nixpacks": "builder-nixpacks",
        "pack": "builder-pack", "rails": "builder-railpack", "railpack": "builder-railpack",
        "nginx-vhosts": "nginx", "caddy-vhosts": "caddy", "haproxy-vhosts": "haproxy",
        "openresty-vhosts": "openresty", "traefik-vhosts": "traefik", "20_events": "events",
    ]

    /// Whether what follows belongs to somebody else's program.
    package static func passesWordsThrough(_ type: any HostCommand.Type) -> Bool { type.passesWordsThrough }

    /// What only processes of this host ask for, never a person over ssh.
    package static func isForProcessesOnly(_ word: String) -> Bool {
        [
            "ssh", "git:hook", "drain", "serve", "setup", "tick", "plugin:property", "plugin:answer", "plugin:fill",
        ].contains(word)
    }
}
