import Core
import Files
import Store
import SystemPackage

/// What plugins keep about an app, a service, or all apps: values by key, each text of any lines.
///
/// Those of an app hang on its id: they stay when it is renamed, a clone gets its own, and they go with it.
struct PluginProperties: Sendable {
    /// Whose a value is.
    enum Scope: Sendable, Equatable {
        case app(App)
        /// `--global`, a service of the plugin, or the name of an app that is gone.
        case word(String)

        var app: App? { if case .app(let app) = self { app } else { nil } }
        var word: String { if case .word(let word) = self { word } else { "" } }
    }

    static let limit = 1 << 20

    let host: Host
    let plugin: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ plugin: String, on host: Host) throws(Failure) {
        self.host = host
        self.plugin = try Self.checked(plugin, "plugin")
    }

    /// The app of this name, unless the plugin has a service that is called so.
    func scope(_ word: String) async throws -> Scope {
        guard word != "--global" else { return .word(word) }
        _ = try Self.checked(word, "app")
        let service = host.paths.dokku.appending("services").appending(plugin).appending(word)
        if kindOfFile(service) == .folder { return .word(word) }
        guard let name = try? AppName(word), let app = try await Apps(on: host).lookUp(name) else { return .word(word) }
        return .app(app)
    }

    func get(_ scope: Scope, _ key: String) async throws -> String? {
        let (plugin, key) = (plugin, try Self.checkedKey(key))
        return try await host.store.read { try PluginTable.property(plugin, scope, key, $0) }
    }

    func all(_ scope: Scope) async throws -> [String: String] {
        let plugin = plugin
        return try await host.store.read { try PluginTable.properties(plugin, scope, $0) }
    }

    /// Sets, or with nil takes away.
    ///
    /// - Returns: Whether anything is different now.
    func set(_ scope: Scope, _ key: String, to value: String?) async throws -> Bool {
        try await change(scope, key) { _ in value }
    }

    func changeList(
        _ scope: Scope,
        _ key: String,
        _ edit: @escaping @Sendable ([String]) -> [String]
    ) async throws -> Bool {
        try await change(scope, key) { old in
            let lines = edit(Self.lines(old))
            return lines.isEmpty ? nil : lines.joined(separator: "\n")
        }
    }

    static func lines(_ value: String?) -> [String] { (value ?? "").split(separator: "\n").map(String.init) }

    private func change(
        _ scope: Scope,
        _ key: String,
        _ edit: @escaping @Sendable (String?) -> String?
    ) async throws -> Bool {
        let (plugin, key) = (plugin, try Self.checkedKey(key))
        // A value may be a secret: it stands in no event.
        let event = event(scope, "\(plugin) \(key)")
        return try await host.store.write { database in
            let old = try PluginTable.property(plugin, scope, key, database)
            let new = edit(old)
            guard new != old else { return false }
            guard (new?.utf8.count ?? 0) <= Self.limit else {
                throw Failure.malformed("the value is longer than \(byteWords(Int64(Self.limit)))")
            }
            try PluginTable.setProperty(plugin, scope, key, to: new, database)
            try HostTable.record(event, database)
            return true
        }
    }

    /// Takes all of them away.
    func destroy(_ scope: Scope) async throws {
        let plugin = plugin
        let event = event(scope, "\(plugin) without any")
        try await host.store.write { database in
            if try PluginTable.deleteProperties(plugin, scope, database) { try HostTable.record(event, database) }
        }
    }

    /// Gives one what another has, in place of its own; with nothing to give it keeps its own.
    func clone(_ old: Scope, to new: Scope) async throws {
        guard old != new else { return }
        let plugin = plugin
        let event = event(new, "\(plugin) as another")
        try await host.store.write { database in
            let values = try PluginTable.properties(plugin, old, database)
            guard !values.isEmpty else { return }
            try PluginTable.deleteProperties(plugin, new, database)
            for (key, value) in values { try PluginTable.setProperty(plugin, new, key, to: value, database) }
            try HostTable.record(event, database)
        }
    }

    private func event(_ scope: Scope, _ detail: String) -> Event {
        let words = scope.app == nil ? "\(detail) of \(scope.word)" : detail
        return Event("plugin:property", words, of: scope.app, by: host)
    }

    private static func checked(_ word: String, _ what: String) throws(Failure) -> String {
        guard (1...127).contains(word.utf8.count), word.utf8.first?.isLetterOrDigit == true,
            word.utf8.allSatisfy({ $0.isLetterOrDigit || "._-".utf8.contains($0) })
        else { throw .malformed("\(quoted(word)) is no name of \(what == "app" ? "an app" : "a plugin")") }
        return word
    }

    private static func checkedKey(_ key: String) throws(Failure) -> String {
        guard (1...255).contains(key.utf8.count),
            key.utf8.allSatisfy({ $0.isLetterOrDigit || "._-:/@".utf8.contains($0) })
        else { throw .malformed("\(quoted(key)) is no key", fix: "use letters, digits and . _ - : / @") }
        return key
    }
}
