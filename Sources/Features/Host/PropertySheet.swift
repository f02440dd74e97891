import Core

/// All values of properties at one moment, so that a report of many apps reads them once.
struct PropertySheet: Sendable {
    /// What ``Properties`` looks into while a report is made, in place of asking the database for each value.
    @TaskLocal static var current: PropertySheet?

    private struct Key: Hashable {
        var noun: String
        var app: AppID?
    }

    /// Of whom it knows the values; nil is every app.
    let only: AppID?

    init(only: AppID? = nil) { self.only = only }

    /// Further things that a report reads once.
    let releases = KnownReleases()

    private var values: [Key: [String: String]] = [:]

    mutating func add(_ noun: String, _ name: String, _ app: AppID?, _ value: String) {
        values[Key(noun: noun, app: app), default: [:]][name] = value
    }

    /// Whether it knows what is set for an app, or for all.
    func covers(_ app: AppID?) -> Bool { only == nil || app == nil || app == only }

    func value(_ noun: String, _ name: String, _ app: AppID?) -> String? {
        values[Key(noun: noun, app: app)]?[name]
    }

    func all(_ noun: String, _ app: AppID?) -> [String: String] { values[Key(noun: noun, app: app)] ?? [:] }

    /// What holds for an app: its own value, else the global one, else the default.
    func effective(_ noun: String, _ property: Property, of app: App?) -> String {
        app.flatMap { value(noun, property.name, $0.id) } ?? value(noun, property.name, nil) ?? property.fallback
    }

    /// All effective values of an app by name.
    func effective(_ noun: String, _ properties: [Property], of app: App?) -> [String: String] {
        var result: [String: String] = [:]
        for property in properties where property.familyPrefix == nil { result[property.name] = property.fallback }
        result.merge(all(noun, nil)) { $1 }
        if let app { result.merge(all(noun, app.id)) { $1 } }
        return result
    }
}
