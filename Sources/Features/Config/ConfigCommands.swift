import ArgumentParser
import Core
import FoundationEssentials

enum ConfigCommands {
    static let all: [any HostCommand.Type] = [
        ConfigShow.self, ConfigGet.self, ConfigSet.self, ConfigUnset.self, ConfigClear.self, ConfigKeys.self,
        ConfigExport.self, ConfigImport.self, ConfigBundle.self,
    ]
}

/// `APP` or `--global`, which every command of this noun takes.
struct ConfigScope: ParsableArguments {
    @Flag(name: .customLong("global"), help: "All apps instead of one") var isGlobal = false

    /// The app, taken off the front of `words`; nil with `--global`.
    func app(_ words: inout ArraySlice<String>, _ host: Host) async throws -> App? {
        if isGlobal { return nil }
        guard let word = words.popFirst() else {
            throw Failure(.usage, "Please specify an app to run the command on", fix: "name an app, or --global")
        }
        return try await Apps(on: host).find(try AppName(word))
    }
}

/// The scope of commands that read, which may be asked for what holds for all apps too.
struct ConfigReading: ParsableArguments {
    @OptionGroup var scope: ConfigScope
    @Flag(help: "With what holds for all apps") var merged = false
    @Argument(help: "App to look at") var words: [String] = []

    /// The app, nil with `--global`, and its variables.
    func values(_ host: Host) async throws -> (app: App?, values: [ConfigKey: String]) {
        var rest = words[...]
        let app = try await scope.app(&rest, host)
        let config = Config(on: host)
        return (app, merged ? try await config.merged(of: app) : try await config.all(of: app))
    }
}

struct ConfigShow: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:show",
        "Show the environment",
        examples: ["config:show shop", "config:show --global"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .map(.text)
    @OptionGroup var reading: ConfigReading
    @OptionGroup var format: FormatOptions

    func run(on host: Host) async throws {
        let (app, values) = try await reading.values(host)
        if format.wantsJSON {
            return try host.output.answer(
                json: Dictionary(uniqueKeysWithValues: values.map { ($0.key.text, $0.value) })
            )
        }
        host.output.title("\(app?.name.text ?? "global") env vars")
        let width = values.keys.map(\.text.count).max() ?? 0
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            host.output.answer(exactly: "\("\(key):".padded(to: width + 1))  \(value)\n")
        }
    }
}

struct ConfigGet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:get",
        "Show one value",
        examples: ["config:get shop DATABASE_URL", "config:get --merged shop TZ"],
        details:
            "The app's own value, or with --merged that of all apps where it has none. The variable of the commit,\n"
            + "GIT_REV unless git:set rev-env-var says otherwise, is that of the release that serves."
    )
    static let permission = Permission.view
    @OptionGroup var scope: ConfigScope
    @Flag(help: "Quote the value for a shell") var quoted = false
    @Flag(help: "With what holds for all apps") var merged = false
    @Argument var words: [String] = []

    func run(on host: Host) async throws {
        var rest = words[...]
        let app = try await scope.app(&rest, host)
        guard let word = rest.popFirst() else { throw Failure(.usage, "Expected: key") }
        let (key, config) = (try ConfigKey(word), Config(on: host))
        let values = merged ? try await config.merged(of: app) : try await config.all(of: app)
        let revision = try await config.revision(as: key, of: app)
        guard let value = values[key] ?? revision else { throw ExitCode(1) }
        host.output.answer(exactly: (quoted ? ShellWords.quote(value) : value) + "\n")
    }
}

struct ConfigSet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:set",
        "Set variables; a deployed app moves to a release with them",
        examples: ["config:set shop KEY=value", "config:set --no-restart shop A=1 B='two words'"]
    )
    static let permission = Permission.change
    @OptionGroup var scope: ConfigScope
    @Flag(help: "Values are base64") var encoded = false
    @Flag(help: "Only change the draft") var noRestart = false
    @Argument var words: [String] = []

    func run(on host: Host) async throws {
        var rest = words[...]
        let app = try await scope.app(&rest, host)
        guard !rest.isEmpty else { throw Failure(.usage, "At least one env pair must be given", fix: "KEY=value") }
        var values: [ConfigKey: String] = [:]
        for word in rest {
            guard let mark = word.firstIndex(of: "=") else {
                throw Failure.malformed(
                    "\(Core.quoted(word)) is not KEY=VALUE",
                    fix: "put = between them, without blanks"
                )
            }
            let key = try ConfigKey(String(word[..<mark]))
            values[key] = try decoded(String(word[word.index(after: mark)...]), key)
        }
        try await ConfigChanger(on: host, noRestart: noRestart).apply(app, setting: values)
    }

    private func decoded(_ text: String, _ key: ConfigKey) throws -> String {
        guard encoded else { return text }
        guard let data = Data(base64Encoded: text), let value = String(validating: Array(data), as: UTF8.self) else {
            throw Failure.malformed("the value of \(key) is not base64 of text")
        }
        return value
    }
}

struct ConfigUnset: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:unset",
        "Take variables away",
        examples: ["config:unset shop KEY", "config:unset --no-restart shop A B"]
    )
    static let permission = Permission.change
    @OptionGroup var scope: ConfigScope
    @Flag(help: "Only change the draft") var noRestart = false
    @Argument var words: [String] = []

    func run(on host: Host) async throws {
        var rest = words[...]
        let app = try await scope.app(&rest, host)
        guard !rest.isEmpty else { throw Failure(.usage, "At least one key must be given") }
        let gone = Set(try rest.map { try ConfigKey($0) })
        let present = try await Config(on: host).all(of: app)
        for key in gone.sorted() where present[key] == nil {
            host.output.warn("\(key) is not set, skipped")
        }
        try await ConfigChanger(on: host, noRestart: noRestart).apply(app, removing: gone)
    }
}

struct ConfigClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:clear",
        "Take every variable away",
        examples: ["config:clear shop", "config:clear --no-restart shop"]
    )
    static let permission = Permission.change
    @OptionGroup var scope: ConfigScope
    @Flag(help: "Only change the draft") var noRestart = false
    @Argument var words: [String] = []

    func run(on host: Host) async throws {
        var rest = words[...]
        let app = try await scope.app(&rest, host)
        try await ConfigChanger(on: host, noRestart: noRestart).apply(app, replacing: true)
    }
}

struct ConfigKeys: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:keys",
        "The names of the variables",
        examples: ["config:keys shop", "config:keys --merged shop"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.text)
    @OptionGroup var reading: ConfigReading
    @OptionGroup var format: FormatOptions

    func run(on host: Host) async throws {
        let keys = try await reading.values(host).values.keys.sorted()
        if format.wantsJSON { return try host.output.answer(json: keys.map(\.text)) }
        host.output.answer(lines: keys.map(\.text))
    }
}

struct ConfigBundle: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:bundle",
        "The environment as a tar with one file a key",
        examples: ["config:bundle shop > shop.tar", "config:bundle --merged shop | tar -t"]
    )
    static let permission = Permission.view
    @OptionGroup var reading: ConfigReading

    func run(on host: Host) async throws {
        let values = try await reading.values(host).values
        let entries = values.sorted { $0.key < $1.key }.flatMap { key, value in
            let bytes = Array(value.utf8)
            let size = Int64(bytes.count)
            return Tar.header(TarHeader(name: key.text, size: size, mode: 0o600)) + bytes + Tar.padding(size)
        }
        host.output.answer(exactly: String(decoding: entries + Tar.end, as: UTF8.self))
    }
}
