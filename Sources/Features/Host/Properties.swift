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

    private func sheet(of app: App?) -> PropertySheet? {
        PropertySheet.current.flatMap { $0.covers(app?.id) ? $0 : nil }
    }

    /// What holds for an app: its own value, else the global one, else the default.
    func effective(_ property: Property, of app: App?) async throws -> String {
        let (noun, name) = (noun, property.name)
        if let sheet = sheet(of: app) { return sheet.effective(noun, property, of: app) }
        return try await host.store.read { database in
            let own = try app.flatMap { try PropertiesTable.value(noun, name, $0.id, database) }
            // It may have been set before it had one form.
            return property.normalize(
                try own ?? PropertiesTable.value(noun, name, nil, database) ?? property.fallback
            )
        }
    }

    /// The value set at exactly this scope.
    func raw(_ property: Property, of app: App?) async throws -> String? {
        let noun = noun
        if let sheet = sheet(of: app) { return sheet.value(noun, property.name, app?.id) }
        return try await host.store.read { try PropertiesTable.value(noun, property.name, app?.id, $0) }
    }

    /// Sets or, with nil, takes away, and records who did.
    ///
    /// - Parameters:
    ///   - property: What is set.
    ///   - value: What it is from now on; nil is back to the default.
    ///   - app: Whose; nil is all apps'.
    ///   - tell: Tells whoever serves by it. What that refuses is not kept, but what somebody else has set meanwhile is.
    /// - Returns: Whether anything is different now.
    /// - Throws: ``Failure`` when it cannot be set there, or not to this, and what `tell` throws.
    func set(
        _ property: Property,
        to value: String?,
        of app: App?,
        telling tell: (() async throws -> Void)? = nil
    ) async throws -> Bool {
        try property.checkScope(of: app)
        let value = value.map(property.normalize)
        if let value { try property.check(value) }
        let (noun, isTold) = (noun, tell != nil)
        let detail = value.map { "\(property.name) to \(property.shown($0))" } ?? "\(property.name) unset"
        let event = Event("\(noun):set", detail, of: app, by: host)
        let old: String?? = try await host.store.write { database in
            let old = try PropertiesTable.value(noun, property.name, app?.id, database)
            guard old != value else { return nil }
            try PropertiesTable.set(noun, property.name, app?.id, to: value, database)
            if !isTold { try HostTable.record(event, database) }
            return .some(old)
        }
        guard case .some(let old) = old else { return false }
        guard let tell else { return true }
        do { try await tell() } catch {
            try await host.store.write { database in
                guard try PropertiesTable.value(noun, property.name, app?.id, database) == value else { return }
                try PropertiesTable.set(noun, property.name, app?.id, to: old, database)
            }
            throw error
        }
        try await host.store.write { try HostTable.record(event, $0) }
        return true
    }

    /// All effective values of an app by name, in one read.
    func all(_ properties: [Property], of app: App?) async throws -> [String: String] {
        let noun = noun
        if let sheet = sheet(of: app) { return sheet.effective(noun, properties, of: app) }
        let defaults = PropertySheet().effective(noun, properties, of: nil)
        return try await host.store.read { database in
            var result = defaults
            try result.merge(PropertiesTable.all(noun, nil, database)) { $1 }
            if let app { try result.merge(PropertiesTable.all(noun, app.id, database)) { $1 } }
            return result
        }
    }
}
