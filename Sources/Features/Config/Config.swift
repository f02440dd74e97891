import Core
import Store

extension Feature {
    /// The environment that apps get.
    static let config = Feature(
        "config",
        "The environment of an app, or of all",
        commands: ConfigCommands.all,
        migrations: ConfigTable.migrations,
        collect: { settings, app, host in
            (settings.config, settings.inherited) = try await host.store.read { database in
                (try ConfigTable.all(app.id, database), try ConfigTable.all(nil, database))
            }
        },
        restore: { settings, app, database in try ConfigTable.replace(app.id, with: settings.config, database) }
    )
}

/// What can be done with configuration; `app` nil is the host's.
struct Config: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func all(of app: App?) async throws -> [ConfigKey: String] {
        try await host.store.read { try ConfigTable.all(app?.id, $0) }
    }

    /// The app's own over the host's.
    func merged(of app: App?) async throws -> [ConfigKey: String] {
        try await all(of: nil).merging(app == nil ? [:] : all(of: app)) { $1 }
    }

    /// The commit of the release that serves, under the name that the app's processes find it by; Dokku writes it
    /// into the configuration.
    func revision(as key: ConfigKey, of app: App?) async throws -> String? {
        guard let app else { return nil }
        let name = try await Properties("git", on: host).effective(Git.revisionVariable, of: app)
        guard key.text == name else { return nil }
        return try await Releases(on: host).current(of: app)?.revision?.text
    }

    /// Changes the draft in one transaction.
    ///
    /// - Returns: What was added, changed and removed, by key; empty when nothing is different.
    func change(
        _ app: App?,
        setting new: [ConfigKey: String],
        removing gone: Set<ConfigKey> = [],
        replacing: Bool = false
    ) async throws -> ConfigChange {
        for (key, value) in new where value.utf8.contains(0) {
            throw Failure.malformed("the value of \(key) holds a NUL byte", fix: "no program can be given such a value")
        }
        let (now, caller) = (host.time.now(), host.caller.name)
        return try await host.store.write { database in
            let old = try ConfigTable.all(app?.id, database)
            var next = replacing ? new : old.merging(new) { $1 }
            for key in gone { next[key] = nil }
            let change = ConfigChange(from: old, to: next)
            if change.isEmpty { return change }
            try ConfigTable.replace(app?.id, with: next, database)
            let event = Event(at: now, app: app, caller: caller, name: "config", detail: change.words)
            try HostTable.record(event, database)
            return change
        }
    }
}

/// What is different between two configurations; never a value.
struct ConfigChange: Sendable, Equatable {
    var added: [ConfigKey]
    var changed: [ConfigKey]
    var removed: [ConfigKey]

    init(from old: [ConfigKey: String], to new: [ConfigKey: String]) {
        added = new.keys.filter { old[$0] == nil }.sorted()
        // By bytes: a program may tell apart what is the same to a reader.
        changed = new.filter { key, value in old[key].map { !$0.utf8.elementsEqual(value.utf8) } ?? false }.keys
            .sorted()
        removed = old.keys.filter { new[$0] == nil }.sorted()
    }

    var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

    /// The sentence of the release it makes: `config: added A B, changed C`.
    var words: String {
        let parts = [("added", added), ("changed", changed), ("removed", removed)]
            .filter { !$0.1.isEmpty }
            .map { "\($0.0) \($0.1.map(\.text).joined(separator: " "))" }
        return "config: " + parts.joined(separator: ", ")
    }
}
