/// An app of this host, by its name; what is asked of it is asked of slipway.
public struct App: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    public init(_ name: String) { self.name = name }

    public var description: String { name }

    /// Whether there is such an app.
    public var exists: Bool {
        get throws { try hook.ask(["apps:exists", name]).isSuccess }
    }

    /// The value of a variable; nil where it is not set.
    public func config(_ key: String) throws -> String? { try hook.config(key, of: self) }

    /// Sets variables; the values are in no argument, so nobody can read them.
    ///
    /// - Parameters:
    ///   - values: Values by the name of the variable.
    ///   - restart: Whether the app moves to a release with them. The command that a hook belongs to may hold the app's
    ///     lock: with a restart, do it in the background (``Hook/background(_:)``).
    /// - Throws: ``Refusal`` with the words of slipway.
    public func set(config values: [String: String], restart: Bool) throws {
        try hook.set(config: values, of: self, restart: restart)
    }

    public func unset(config keys: [String], restart: Bool) throws {
        try hook.slipway(["config:unset"] + (restart ? [] : ["--no-restart"]) + [name] + keys)
    }

    /// The facts of a noun, as `slipway NOUN:report APP --format json` tells them: `report("ps")["running"]`.
    public func report(_ noun: String = "apps") throws -> [String: String] {
        let text = try hook.slipway(["\(noun):report", name, "--format", "json"])
        return try JSON(parsing: text).fields.compactMapValues(\.plainText)
    }

    /// All addresses of the app, the first one first.
    public var urls: [String] {
        get throws { try JSON(parsing: try hook.slipway(["urls", name, "--format", "json"])).list.compactMap(\.text) }
    }
}
