import Core
import Plugins
import Store
import SystemPackage

extension Feature {
    /// What administrators add to the moments of an app's life.
    static let plugin = Feature(
        "plugin",
        "What administrators add to the moments of an app's life",
        commands: PluginCommands.all,
        migrations: PluginTable.migrations
    )
}

/// Fires the triggers of this host's plugins.
struct Hooks: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    private var environment: HookEnvironment {
        HookEnvironment(
            root: host.paths.root,
            binary: FilePath(Git.binary),
            engine: FilePath(host.settings.engineSocket),
            caller: host.caller.name,
            isRemote: host.caller.isRemote,
            surroundings: { Environment.all }
        )
    }

    /// The variables that a program of no plugin in particular is given.
    var surroundings: [String: String] { environment.common }

    var triggers: Triggers {
        Triggers(
            in: [host.paths.plugins, host.paths.corePlugins],
            programs: host.programs,
            environment: environment,
            compiler: .live(swift)
        )
    }

    /// What makes programs of hooks in Swift.
    var swift: SwiftHooks {
        SwiftHooks(
            library: host.paths.hookLibrary,
            cache: host.paths.hookCache,
            programs: host.programs,
            compiler: Environment.value("SLIPWAY_SWIFTC").map { FilePath($0) }
        )
    }

    func found() throws -> [Plugin] { try triggers.found() }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func plugin(_ name: String) throws -> Plugin {
        let found = try found()
        if let plugin = found.first(where: { $0.name == name }) { return plugin }
        let near = Help.near(name, found.map(\.name))
        throw Failure(
            .notFound,
            "there is no plugin \(quoted(name))",
            fix: near.first.map { "did you mean \($0)?" } ?? "slipway plugin:list shows those that are here"
        )
    }

    /// Runs the hook of one plugin, whether it takes part or not.
    ///
    /// - Throws: What its refusal is explained by.
    func fire(_ trigger: Trigger, _ arguments: [String], of plugin: Plugin) async throws {
        let output = host.output
        try await triggers.fire(trigger, arguments, isEnabled: { $0 == plugin }) { name, line in
            output.detail("\(name): \(line)")
        }
    }

    /// Whether a plugin takes part in a trigger: what is dear to prepare is prepared only then.
    func has(_ trigger: Trigger) async throws -> Bool { try await has(any: [trigger]) }

    func has(any triggers: [Trigger]) async throws -> Bool {
        let known = self.triggers
        guard try triggers.contains(where: { try known.hasHook($0) }) else { return false }
        let states = try await states()
        return try triggers.contains { try known.hasHook($0) { states.isEnabled($0) } }
    }

    /// The builders that plugins bring, by the names they are selected by: `own` of a plugin `own` or `builder-own`.
    func builders() async throws -> [String] {
        let states = try await states()
        let prefix = "builder-"
        return try found().filter { try states.isEnabled($0) && $0.hook(.builderBuild)?.isRunnable == true }
            .flatMap { $0.name.hasPrefix(prefix) ? [String($0.name.dropFirst(prefix.count)), $0.name] : [$0.name] }
    }

    /// Runs the hooks of a trigger in order; what they say goes to the person, under the plugin's name.
    ///
    /// - Returns: What each wrote to its standard output, where the trigger takes that.
    /// - Throws: What the first hook that refuses is explained by.
    @discardableResult
    func fire(_ trigger: Trigger, _ arguments: [String], app: AppName? = nil) async throws -> [Triggers.Answered] {
        let triggers = triggers
        guard try triggers.hasHook(trigger) else { return [] }
        let states = try await states()
        let output = host.output
        return try await triggers.fire(trigger, arguments, app: app?.text, isEnabled: { states.isEnabled($0) }) {
            plugin,
            line in output.detail("\(plugin): \(line)")
        }
    }

    /// The same for moments that cannot be taken back: a refusal is only said.
    func tell(_ trigger: Trigger, _ arguments: [String], app: AppName? = nil) async {
        do { try await fire(trigger, arguments, app: app) } catch { host.output.failure(Failure(error)) }
    }

    /// Tells plugins that carry what they keep from name to name that a name is no more.
    ///
    /// Dokku makes another app, has plugins set it up and destroys the former one, and they tidy up only then. Those
    /// that keep nothing by name are told nothing: no app ends here.
    func tellEnd(of former: App) async {
        let arguments = [former.name.text, former.current.map { "v\($0)" } ?? ""]
        do {
            let states = try await states()
            let carriers = try found().filter { try states.isEnabled($0) && $0.hook(.postAppRenameSetup) != nil }
            for plugin in carriers {
                for trigger in [Trigger.preDelete, .postDelete] { try await fire(trigger, arguments, of: plugin) }
            }
        } catch { host.output.failure(Failure(error)) }
    }

    /// The first line that any hook wrote; nil where none did.
    func value(_ trigger: Trigger, _ arguments: [String], app: AppName? = nil) async throws -> String? {
        try await lines(trigger, arguments, app: app).first
    }

    /// Every line that the hooks wrote.
    func lines(_ trigger: Trigger, _ arguments: [String], app: AppName? = nil) async throws -> [String] {
        try await fire(trigger, arguments, app: app).flatMap(\.lines)
    }

    /// All that the hooks wrote, cut into words as a shell cuts a line, without any expansion.
    ///
    /// - Throws: What a refusal is explained by; ``Failure`` where a quote does not end.
    func words(_ trigger: Trigger, _ arguments: [String], app: AppName? = nil) async throws -> [String] {
        try await fire(trigger, arguments, app: app).flatMap { answered in
            try ShellWords.split(answered.lines.joined(separator: " "))
        }
    }

    /// What plugins add to the report of each app, as they wrote it; a refusal is said.
    func blocks(_ apps: [App]) async throws -> [AppID: [String]] {
        guard try await has(.report) else { return [:] }
        var blocks: [AppID: [String]] = [:]
        for app in apps {
            do {
                blocks[app.id] = try await fire(.report, [app.name.text], app: app.name).flatMap(\.text)
            } catch { host.output.failure(Failure(error)) }
        }
        return blocks
    }

    /// Removes compiled hooks that no plugin needs any more.
    func tidy() throws { try swift.tidy(keeping: try found()) }

    private func states() async throws -> PluginStates { try await host.store.read { try PluginTable.states($0) } }
}

/// Which plugins take part.
struct PluginStates: Sendable {
    var rows: [String: InstalledPlugin]

    /// A folder that somebody put there by hand takes part unless its plugin.toml says otherwise.
    func isEnabled(_ plugin: Plugin) -> Bool { rows[plugin.name].map(\.isEnabled) ?? plugin.startsEnabled }
}
