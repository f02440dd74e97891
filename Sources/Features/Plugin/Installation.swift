import Core
import Files
import Plugins
import Repositories
import Store
import SystemPackage

/// What can be done with whole plugins: bring them, renew them, take them away, switch them on and off.
///
/// One at a time on a host. What is new is fetched and checked beside the plugins; its place is taken in one step, and a
/// hook that refuses puts back what was there.
struct Installation: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Brings a plugin, runs its `dependencies` and its `install`, and lets it take part.
    ///
    /// - Throws: ``Failure`` or ``PluginError``; nothing of it is left then.
    func install(
        _ source: PluginSource,
        as given: String?,
        at committish: String?,
        runsHooks: Bool
    ) async throws -> Plugin {
        let name = try Self.name(given ?? source.name)
        return try await alone {
            try await self.clearHalf(name)
            let present = try Hooks(on: host).found().first { $0.name == name }
            guard try present.map(isCore) ?? true else {
                throw Failure(
                    .taken,
                    "the plugin \(name) is installed already",
                    fix: "slipway plugin:update \(name) renews it; --name NAME installs this one under another name"
                )
            }
            let place = host.paths.plugins.appending(name)
            guard kindOfFile(place) == nil else {
                throw Failure(
                    .taken,
                    "\(place) is there already",
                    why: "it is no plugin: it has no plugin.toml",
                    fix: "move it away, or --name NAME installs this one under another name"
                )
            }
            let staging = try incoming().appending(name)
            defer { try? removeTree(staging.removingLastComponent()) }
            let commit = try await fetch(source, to: staging, at: committish)
            let now = host.time.now()
            // Of the plugin of this name that comes with the product, whose place it takes.
            let before = try await find(name)
            var row = InstalledPlugin(
                name: name,
                isEnabled: false,
                isHalf: true,
                source: source.text,
                committish: committish,
                commit: commit,
                installedAt: now,
                updatedAt: now
            )
            try await save(row, nil)
            try renameFile(staging, to: place)
            do {
                let plugin = try Hooks(on: host).plugin(name)
                if runsHooks { try await prepare(plugin, [.dependencies, .install]) }
                (row.isEnabled, row.isHalf) = (true, false)
                try await save(row, event("plugin:install", "\(name) \(plugin.version) from \(source.shown)"))
                return plugin
            } catch {
                try await clearHalf(name)
                if let before { try await save(before, nil) }
                throw error
            }
        }
    }

    /// Fetches a plugin anew, lets it take the old one's place, and runs its `dependencies`, `update` and `install`.
    ///
    /// - Throws: ``Failure`` or ``PluginError``; the older files are in their place then.
    /// - Returns: Whether anything is other than before.
    func update(_ name: String, to committish: String?) async throws -> Bool {
        try await alone {
            guard var row = try await find(name), let text = row.source else { throw try await notFetched(name) }
            if row.isHalf { throw Self.half(name) }
            let place = host.paths.plugins.appending(name)
            let staging = try incoming().appending(name)
            defer { try? removeTree(staging.removingLastComponent()) }
            let wanted = committish ?? row.committish
            let commit = try await fetch(try PluginSource(text), to: staging, at: wanted)
            let isSame = commit != nil && commit == row.commit && (committish == nil || committish == row.committish)
            // One that was cut short is done again, whatever is there.
            if isSame, !row.isUpdating { return false }
            let before = try Hooks(on: host).plugin(name).version
            let old = row
            row.isUpdating = true
            try await save(row, nil)
            do { try exchange(staging, with: place) } catch {
                try await save(old, nil)
                throw error
            }
            do {
                let plugin = try Hooks(on: host).plugin(name)
                try await prepare(plugin, [.dependencies, .update, .install])
                (row.committish, row.commit, row.updatedAt) = (wanted, commit, host.time.now())
                row.isUpdating = false
                let detail = "\(name) \(before) to \(plugin.version)\(commit.map { ", commit \($0.prefix(10))" } ?? "")"
                try await save(row, event("plugin:update", detail))
            } catch {
                try exchange(staging, with: place)
                try await save(old, nil)
                throw error
            }
            return true
        }
    }

    /// Tells every plugin, and takes the files away.
    ///
    /// - Throws: ``Failure`` or ``PluginError``; it stays then.
    func uninstall(_ name: String) async throws {
        try await alone {
            if try await clearHalf(name) { return }
            let plugin = try Hooks(on: host).plugin(name)
            guard try !isCore(plugin) else { throw Self.comesWithUs(name, "taken away") }
            try await refuseLiveServices(of: name)
            try await Hooks(on: host).fire(.uninstall, [name])
            let others = try Hooks(on: host).found().filter { $0 != plugin }
            // What stays of them is tidied once a day.
            try? Hooks(on: host).swift.forget(plugin, keeping: others)
            let away = try incoming()
            try renameFile(plugin.folder, to: away.appending(name))
            let event = event("plugin:uninstall", name)
            try await host.store.write { database in
                try PluginTable.delete(name, database)
                try HostTable.record(event, database)
            }
            try removeTree(away)
        }
    }

    /// - Returns: Whether that was otherwise before.
    func set(_ name: String, enabled: Bool) async throws -> Bool {
        try await alone {
            let plugin = try Hooks(on: host).plugin(name)
            let present = try await find(name)
            if present?.isHalf == true { throw Self.half(name) }
            guard (present?.isEnabled ?? plugin.startsEnabled) != enabled else { return false }
            if enabled { try Self.demandVersion(of: plugin) }
            let now = host.time.now()
            var row = present ?? InstalledPlugin(name: name, isEnabled: enabled, installedAt: now, updatedAt: now)
            (row.isEnabled, row.updatedAt) = (enabled, now)
            // A plugin of ours has never been prepared before somebody wants it.
            if enabled, present == nil { try await prepare(plugin, [.dependencies, .install]) }
            try await save(row, event("plugin:\(enabled ? "enable" : "disable")", name))
            return true
        }
    }

    /// Runs what plugins need to be there, of one plugin or of all that take part.
    func installDependencies(coreOnly: Bool) async throws {
        let states = try await host.store.read { try PluginTable.states($0) }
        for plugin in try Hooks(on: host).found() where states.isEnabled(plugin) {
            if coreOnly, try !isCore(plugin) { continue }
            try await prepare(plugin, [.dependencies])
        }
    }

    /// Runs `install` of every plugin that comes with the product and takes part; Dokku's packages call it so.
    func installCore() async throws {
        let states = try await host.store.read { try PluginTable.states($0) }
        for plugin in try Hooks(on: host).found() where states.isEnabled(plugin) {
            if try isCore(plugin) { try await prepare(plugin, [.dependencies, .install]) }
        }
    }

    /// Whether it comes with the product.
    func isCore(_ plugin: Plugin) throws -> Bool { plugin.folder.starts(with: host.paths.corePlugins) }

    func rows() async throws -> PluginStates { try await host.store.read { try PluginTable.states($0) } }
}

extension Installation {
    /// Nouns of ours that elsewhere are those of a plugin: with a plugin of that name they are the plugin's.
    static let plugins: Set = ["maintenance"]

    static func name(_ text: String) throws -> String {
        guard Plugin.isName(text), text != "plugins" else {
            throw Failure.malformed(
                "\(quoted(text)) is no name for a plugin",
                fix: "letters, digits, '.', '_' and '-', at most 63: --name NAME"
            )
        }
        if Features.all.contains(where: { $0.noun == text }), !plugins.contains(text) {
            throw Failure(
                .taken,
                "a plugin cannot be called \(text)",
                why: "\(text):... are commands of slipway itself",
                fix: "give it another name: --name NAME"
            )
        }
        return text
    }

    /// - Throws: ``Failure`` with code ``FailureCode/pluginFailed`` for a plugin that needs a newer slipway.
    static func demandVersion(of plugin: Plugin) throws {
        guard let needed = plugin.neededVersion else { return }
        func parts(_ text: String) -> [Int]? {
            let parts = text.drop { !$0.isNumber }.split(separator: ".").map { Int($0) }
            return parts.contains(nil) || parts.isEmpty ? nil : parts.compactMap(\.self)
        }
        guard let wanted = parts(needed), let present = parts(Version.number) else {
            throw Failure(
                .pluginFailed,
                "the plugin \(plugin.name) names no version",
                why: "plugin.toml says slipway = \(quoted(needed))",
                fix: "write it as slipway = \"\(Version.number)\""
            )
        }
        guard present.lexicographicallyPrecedes(wanted) else { return }
        throw Failure(
            .pluginFailed,
            "the plugin \(plugin.name) needs slipway \(needed)",
            why: "this is \(Version.number)",
            fix: "a newer slipway, or an older version of the plugin: --committish TAG"
        )
    }

    private func fetch(_ source: PluginSource, to staging: FilePath, at committish: String?) async throws -> String? {
        let commit = try await source.fetch(
            to: staging,
            at: committish,
            knownHosts: host.repositories.home.appending("known_hosts"),
            by: host.programs
        )
        guard let plugin = try Plugin(in: staging) else {
            throw Failure(
                .badSource,
                "there is no plugin in \(source.shown)",
                why: "it has no plugin.toml",
                fix: "slipway plugin:create NAME makes one to begin with"
            )
        }
        try Self.demandVersion(of: plugin)
        if let name = try? ServiceKindName(staging.lastComponent?.string ?? ""),
            let bytes = try readFile(staging.appending(ServiceKinds.file), limit: 1 << 20)
        {
            do { _ = try ServiceKindReader.read(bytes, name: name) } catch {
                throw error.failure(in: "\(ServiceKinds.file) of \(source.shown)")
            }
        }
        try syncTree(staging)
        return commit
    }

    /// Without their kind nobody could back up, link or upgrade them.
    private func refuseLiveServices(of kind: String) async throws {
        let live = try await Services(on: host).all().filter { $0.kind.text == kind }
        guard let first = live.first else { return }
        throw Failure(
            .unchangeable,
            "the plugin \(kind) says how \(live.count == 1 ? first.title : "\(live.count) services of that kind") work",
            why: "it is their kind: \(live.map(\.name.text).joined(separator: ", "))",
            fix: "destroy them first: slipway \(kind):destroy \(first.name)"
        )
    }

    /// Runs hooks of one plugin alone, whether it takes part or not.
    private func prepare(_ plugin: Plugin, _ triggers: [Trigger]) async throws {
        // An `install` written for Dokku finds its own folder by way of the tree.
        try await DokkuTree(on: host).publishPlugins()
        // Now and not when somebody pushes.
        try await Hooks(on: host).swift.compileAll(plugin)
        for trigger in triggers {
            try await Hooks(on: host).fire(trigger, [], of: plugin)
        }
    }

    private func alone<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        let path = host.paths.locks.appending("plugins")
        guard let lock = try await takeLock(path, within: host.caller.patience ?? .seconds(60), clock: host.time.clock)
        else {
            throw Failure(
                .busy,
                "somebody else works on the plugins of this host",
                why: "another process holds \(path)",
                fix: "try again when it is done"
            )
        }
        defer { lock.release() }
        // Root comes here too; what root makes must not lock the owner of all state out.
        try Privileges.giveToOwner(path, of: host.paths.root)
        // Also what failed may have published what is not there any more.
        let result: Result<Value, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        try await DokkuTree(on: host).publishPlugins()
        return try result.get()
    }

    /// Takes away what an installation left that died half way.
    ///
    /// - Returns: Whether there was any.
    @discardableResult
    private func clearHalf(_ name: String) async throws -> Bool {
        guard let row = try await find(name), row.isHalf else { return false }
        try removeTree(host.paths.plugins.appending(name))
        try await host.store.write { try PluginTable.delete(name, $0) }
        return true
    }

    /// A folder beside the plugins whose name is none of a plugin's; a process that died may have left one.
    private func incoming() throws -> FilePath {
        let mode: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]
        try makeFolder(host.paths.plugins, mode: mode)
        for name in try listFolder(host.paths.plugins) where name.hasPrefix(Self.incoming) {
            try removeTree(host.paths.plugins.appending(name))
        }
        let folder = host.paths.plugins.appending("\(Self.incoming)\(host.newID())")
        try makeFolder(folder, mode: mode)
        return folder
    }

    private static let incoming = ".incoming-"

    private func find(_ name: String) async throws -> InstalledPlugin? {
        try await host.store.read { try PluginTable.find(name, $0) }
    }

    private func save(_ row: InstalledPlugin, _ event: Event?) async throws {
        try await host.store.write { database in
            try PluginTable.save(row, database)
            if let event { try HostTable.record(event, database) }
        }
    }

    private func event(_ name: String, _ detail: String) -> Event {
        Event(name, detail, by: host)
    }

    private func notFetched(_ name: String) async throws -> Failure {
        let plugin = try Hooks(on: host).plugin(name)
        if try isCore(plugin) { return Self.comesWithUs(name, "renewed by itself") }
        return Failure(
            .badSource,
            "it is not known where the plugin \(name) came from",
            why: "its folder was put there by hand",
            fix: "change it in \(plugin.folder), or uninstall it and plugin:install it from its address"
        )
    }

    private static func comesWithUs(_ name: String, _ what: String) -> Failure {
        Failure(
            .unchangeable,
            "the plugin \(name) cannot be \(what)",
            why: "it comes with slipway",
            fix: "slipway plugin:disable \(name) keeps it out"
        )
    }

    static func half(_ name: String) -> Failure {
        Failure(
            .pluginFailed,
            "the plugin \(name) is half installed",
            why: "its installation was cut short",
            fix: "slipway plugin:uninstall \(name), then install it again"
        )
    }
}
