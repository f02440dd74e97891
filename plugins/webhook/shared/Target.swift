import SlipwayHooks

/// An address that is told, and the secret with which it can see that it was we.
struct Target: Equatable {
    var url: String
    var secret: String

    /// Those of an app, or those that are told of every app.
    static func all(of app: App?) throws -> [Target] {
        guard let text = try hook.properties["targets", of: app] else { return [] }
        return try JSON(parsing: text).list.map { Target(url: $0["url"]?.text ?? "", secret: $0["secret"]?.text ?? "") }
    }

    static func save(_ targets: [Target], of app: App?) throws {
        let list = targets.map { JSON.object(["url": .string($0.url), "secret": .string($0.secret)]) }
        try hook.change { $0["targets", of: app] = targets.isEmpty ? nil : JSON.array(list).description }
    }

    /// The path of an address is often a password: people see where it leads, and no more.
    var shown: String {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        let host = parts.prefix(3).joined(separator: "/").split(separator: "@").last.map(String.init) ?? ""
        return parts.count > 3 && parts[3...] != [""] ? "\(host)/..." : host
    }
}
