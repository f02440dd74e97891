/// Nothing is told.
public struct PlainEvent: HookEvent, Sendable {
    public static let arguments: [String] = []

    public init(from arguments: inout Arguments) throws {}
}

/// Words of another plugin.
public struct WordsEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["WORD..."]
    public let words: [String]

    public init(from arguments: inout Arguments) throws {
        words = arguments.all()
    }
}

/// About a plugin; every plugin is told, and compares the name with `hook.plugin`.
public struct PluginEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["PLUGIN"]
    public let name: String

    public init(from arguments: inout Arguments) throws {
        name = try arguments.text()
    }
}

/// About an app.
public struct AppEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP"]
    public let app: App

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
    }
}

/// An app is about to run again.
public struct RestoreEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["SCHEDULER", "APP"]
    public let scheduler: String
    public let app: App

    public init(from arguments: inout Arguments) throws {
        scheduler = try arguments.text()
        app = try arguments.app()
    }
}

/// Somebody is about to run a command.
public struct CommandEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["USER", "KEY", "COMMAND", "WORD..."]
    public let user: String
    public let key: String
    public let command: String
    public let words: [String]

    public init(from arguments: inout Arguments) throws {
        user = try arguments.text()
        key = try arguments.text()
        command = try arguments.text()
        words = arguments.all()
    }
}

/// Somebody looks for apps.
public struct AppsEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["USER", "KEY", "APP..."]
    public let user: String
    public let key: String
    public let apps: [App]

    public init(from arguments: inout Arguments) throws {
        user = try arguments.text()
        key = try arguments.text()
        apps = arguments.all().map { App($0) }
    }
}

/// Variables of an app changed; their values are asked for by `event.app.config(KEY)`.
public struct ConfigEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "ACTION", "KEY..."]
    public let app: App
    public let action: Action
    public let keys: [String]

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        action = try arguments.action()
        keys = arguments.all()
    }
}

/// How many of each process type are to run.
public struct ScaleEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "TYPE=NUMBER..."]
    public let app: App
    public let numbers: [String: Int]

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        numbers = try Self.numbers(arguments.all())
    }

    private static func numbers(_ words: [String]) throws -> [String: Int] {
        try words.reduce(into: [:]) { numbers, word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int(parts[1]) else { throw Refusal("\"\(word)\" is no TYPE=NUMBER") }
            numbers[String(parts[0])] = number
        }
    }
}

/// An app was copied or renamed.
public struct TwoAppsEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["OLD", "NEW"]
    public let old: App
    public let new: App

    public init(from arguments: inout Arguments) throws {
        old = try arguments.app()
        new = try arguments.app()
    }
}

/// An app is destroyed.
public struct DeleteEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "RELEASE"]
    public let app: App
    public let release: String?

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        release = try arguments.textOrNil()
    }
}

/// A kind of something of an app is asked for.
public struct KindEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "KIND"]
    public let app: App
    public let kind: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        kind = try arguments.text()
    }
}
