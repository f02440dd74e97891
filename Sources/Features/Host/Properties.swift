import Core
import Store

/// Values of declared properties: of an app, of the host, or the default.
struct Properties: Sendable {
    let host: Host
    let noun: String

    init(_ noun: String, on host: Host) {
        self.noun = noun
        self.host = host
    }

    /// What holds for an app: its own value, else the global one, else the default.
    func effective(_ property: Property, of app: App?) async throws -> String {
        let noun = noun
        return try await host.store.read { database in
            if let app, let own = try PropertiesTable.value(noun, property.name, app.id, database) { return own }
            return try PropertiesTable.value(noun, property.name, nil, database) ?? property.fallback
        }
    }

    /// The value set at exactly this scope.
    func raw(_ property: Property, of app: App?) async throws -> String? {
        let noun = noun
        return try await host.store.read { try PropertiesTable.value(noun, property.name, app?.id, $0) }
    }

    /// Sets or, with nil, takes away; true when that changed anything.
    func set(_ property: Property, to value: String?, of app: App?) async throws -> Bool {
        if app == nil, property.scope == .app {
            throw Failure(.usage, "\(property.name) can only be set for an app")
        }
        if app != nil, property.scope == .global {
            throw Failure(.usage, "\(property.name) can only be set with --global")
        }
        if let value { try property.validate(value) }
        let noun = noun
        return try await host.store.write { database in
            guard try PropertiesTable.value(noun, property.name, app?.id, database) != value else { return false }
            try PropertiesTable.set(noun, property.name, app?.id, to: value, database)
            return true
        }
    }

    /// All effective values of an app by name, in one read.
    func all(_ properties: [Property], of app: App?) async throws -> [String: String] {
        let noun = noun
        return try await host.store.read { database in
            var result: [String: String] = [:]
            for property in properties { result[property.name] = property.fallback }
            try result.merge(PropertiesTable.all(noun, nil, database)) { $1 }
            if let app { try result.merge(PropertiesTable.all(noun, app.id, database)) { $1 } }
            return result
        }
    }
}
