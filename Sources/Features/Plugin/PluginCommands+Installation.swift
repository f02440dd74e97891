import ArgumentParser
import Core
import Plugins

struct PluginInstall: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:install",
        "Bring a plugin to this host and let it take part",
        examples: [
            "plugin:install https://github.com/dokku/dokku-redis.git redis",
            "plugin:install https://example.com/notify-1.2.tar.gz --name notify",
            "plugin:install /opt/notify --committish v1.2", "plugin:install --core",
        ],
        details: """
            Its `dependencies` and `install` run, as root where root calls. When one of them fails, nothing of the plugin
            stays. --core runs them for the plugins that come with slipway.
            """
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    var staysRoot: Bool { true }
    @Argument(help: "Address of a repository or an archive, or a path") var source: String?
    @Argument(help: "Its name here; the last part of the address where none is given") var name: String?
    @Option(name: .customLong("name"), help: "The same as the name behind the address") var named: String?
    @Option(help: "Branch, tag or commit") var committish: String?
    @Flag(help: "Prepare the plugins that come with slipway") var core = false
    @Flag(help: "Only put the files there: run nothing of the plugin") var skipInstallTrigger = false

    func run(on host: Host) async throws {
        let installation = Installation(on: host)
        if core {
            guard source == nil else { throw Failure(.usage, "--core is for no plugin of its own") }
            return try await installation.installCore()
        }
        guard let source else {
            throw Failure(.usage, "plugin:install needs an address or a path", fix: "slipway help plugin:install")
        }
        let address = try PluginSource(source)
        host.output.step("Installing a plugin from \(address.shown)")
        let plugin = try await installation.install(
            address,
            as: named ?? name,
            at: committish,
            runsHooks: !skipInstallTrigger
        )
        host.output.step("Plugin \(plugin.name) \(plugin.version) installed and enabled")
    }
}

struct PluginInstallDependencies: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:install-dependencies",
        "Run `dependencies` of every plugin that takes part",
        examples: ["plugin:install-dependencies", "plugin:install-dependencies --core"]
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    var staysRoot: Bool { true }
    @Flag(help: "Only of those that come with slipway") var core = false

    func run(on host: Host) async throws {
        try await Installation(on: host).installDependencies(coreOnly: core)
    }
}

struct PluginUpdate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:update",
        "Fetch a plugin anew, or every one that was fetched",
        examples: ["plugin:update", "plugin:update redis", "plugin:update redis 1.40.0"],
        details: "When one of its `dependencies`, `update` and `install` fails, the older files are put back."
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    var staysRoot: Bool { true }
    @Argument(help: "Name of the plugin") var name: String?
    @Argument(help: "Branch, tag or commit") var committish: String?

    func run(on host: Host) async throws {
        let installation = Installation(on: host)
        let names: [String]
        if let name {
            names = [name]
        } else {
            names = try await installation.rows().rows.values.filter { $0.source != nil && !$0.isHalf }.map(\.name)
                .sorted()
        }
        var failed = false
        for name in names {
            do {
                let isNew = try await installation.update(name, to: committish)
                host.output.step("Plugin \(name) \(isNew ? "updated" : "is up to date (unchanged)")")
            } catch  where names.count > 1 {
                failed = true
                host.output.failure(Failure(error))
            }
        }
        if failed { throw ExitCode(1) }
    }
}

struct PluginUninstall: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:uninstall",
        "Tell every plugin, and take one away",
        examples: ["plugin:uninstall webhook", "plugin:uninstall redis"],
        details: "What it kept outside its own folder is its own to remove, in its hook `uninstall`."
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    var staysRoot: Bool { true }
    @Argument(help: "Name of the plugin") var name: String

    func run(on host: Host) async throws {
        try await Installation(on: host).uninstall(name)
        host.output.step("Plugin \(name) uninstalled")
    }
}

struct PluginTrigger: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:trigger",
        "Run the hooks of a trigger by hand",
        examples: ["plugin:trigger post-create shop", "plugin:trigger post-deploy shop 5000 172.17.0.9 v3"],
        details: "What a trigger takes from standard output is printed. A name that is none of ours is a plugin's own."
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    static let passesWordsThrough = true
    @Argument(parsing: .captureForPassthrough, help: "The trigger, and its arguments") var words: [String] = []

    func run(on host: Host) async throws {
        guard let name = words.first else {
            throw Failure(
                .usage,
                "plugin:trigger needs the name of a trigger",
                fix: "slipway plugin:triggers lists them"
            )
        }
        if let status = try await DokkuCalls.answer(name, Array(words.dropFirst()), host) {
            if status != 0 { throw ExitCode(status) }
            return
        }
        let trigger = try Trigger.named(name) ?? Trigger(custom: name)
        for answered in try await Hooks(on: host).fire(trigger, Array(words.dropFirst())) {
            host.output.answer(exactly: String(decoding: answered.output, as: UTF8.self))
        }
    }
}

struct PluginValidate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:validate",
        "Look a plugin over before it takes part: exit 0 when nothing is wrong",
        examples: ["plugin:validate webhook", "plugin:validate /opt/notify"],
        details: """
            Looks at plugin.toml, names and rights of hooks and commands, and their syntax; compiles what is in Swift, and
            runs the plugin's own tests, tests/run, where it has some.
            """
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    static let answers: JSONShape? = .list(.object(["path": .text, "wrong": .text, "fix": .text, "fatal": .boolean]))
    @Argument(help: "Name of a plugin, or the path of a folder") var plugin: String
    @OptionGroup var format: FormatOptions

    func run(on host: Host) async throws {
        let findings = try await Validation(on: host).look(at: plugin)
        if format.wantsJSON { try host.output.answer(json: findings) }
        for finding in findings where !format.wantsJSON {
            host.output.warn("\(finding.path): \(finding.wrong)")
            host.output.detail("fix: \(finding.fix)")
        }
        if findings.contains(where: \.fatal) { throw ExitCode(1) }
        if !format.wantsJSON { host.output.step("Plugin \(plugin) is sound") }
    }
}

/// What the dispatcher makes of a word that is a plugin's.
struct PluginCall: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:call",
        "Run a command of a plugin by its words",
        examples: ["plugin:call hello:greet shop", "plugin:call hello"],
        isShown: false
    )
    static let permission = Permission.change
    static let passesWordsThrough = true
    @Argument(parsing: .captureForPassthrough, help: "The command, and its words") var words: [String] = []

    /// The line that asks for a plugin's word; `--force` in front of it is the plugin's to hear.
    static func words(_ word: String, _ line: CommandLineWords) -> [String] {
        ["plugin:call"] + (line.isForced ? ["--force"] : []) + [word] + line.arguments
    }

    func run(on host: Host) async throws {
        var rest = words[...]
        let isForced = rest.first == "--force"
        if isForced { rest = rest.dropFirst() }
        guard let word = rest.popFirst() else { throw Failure(.usage, "plugin:call needs a command") }
        guard let meaning = try PluginWord.meaning(of: word, Array(rest), in: Hooks(on: host).triggers) else {
            throw Help.unknown(word)
        }
        let status = try await PluginCalls(on: host, isForced: isForced).run(meaning)
        if status == PluginCalls.notMine { throw Help.unknown(word) }
        if status != 0 { throw ExitCode(status) }
    }
}
