/// What a plugin remembers of apps and of itself: texts by name.
public struct Properties: Sendable, Equatable {
    private var values: [String: [String: String]] = [:]

    init() {}

    init(parsing text: String) throws {
        values = try JSON(parsing: text).fields.mapValues { $0.fields.compactMapValues(\.text) }
    }

    var text: String { JSON.object(values.mapValues { .object($0.mapValues { .string($0) }) }).description + "\n" }

    /// A property of an app, or of the plugin where none is named; nil takes it away.
    public subscript(_ name: String, of app: App? = nil) -> String? {
        get { values[app?.name ?? ""]?[name] }
        set {
            values[app?.name ?? "", default: [:]][name] = newValue
            if values[app?.name ?? ""]?.isEmpty == true { values[app?.name ?? ""] = nil }
        }
    }

    /// All of an app, or of the plugin where none is named.
    public func all(of app: App? = nil) -> [String: String] { values[app?.name ?? ""] ?? [:] }

    /// Apps of which something is known, in alphabetical order.
    public var apps: [App] { values.keys.filter { !$0.isEmpty }.sorted().map { App($0) } }

    /// For `post-delete`.
    public mutating func forget(_ app: App) { values[app.name] = nil }

    /// For `post-app-rename`.
    public mutating func rename(_ old: App, to new: App) {
        if let known = values.removeValue(forKey: old.name) { values[new.name] = known }
    }

    /// For `post-app-clone-setup`.
    public mutating func copy(_ old: App, to new: App) {
        if let known = values[old.name] { values[new.name] = known }
    }
}

extension Hook {
    /// What this plugin remembers, in the file `properties.json` of its ``data``.
    public var properties: Properties {
        get throws { try data.read("properties.json").map { try Properties(parsing: $0) } ?? Properties() }
    }

    /// Changes what this plugin remembers; two changes at once follow each other.
    @discardableResult
    public func change<Value>(_ body: (inout Properties) throws -> Value) throws -> Value {
        let value = try data.alone("properties") {
            let old = try properties
            var new = old
            let value = try body(&new)
            if new != old { try data.write("properties.json", new.text) }
            return value
        }
        guard let value else { throw Refusal("the properties of \(plugin) are locked") }
        return value
    }
}
