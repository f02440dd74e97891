/// Names of an app changed.
public struct DomainsEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "ACTION", "NAME..."]
    public let app: App
    public let action: Action
    public let names: [String]

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        action = try arguments.action()
        names = arguments.all()
    }
}

/// The name an app would get, and that of the host.
public struct HostnameEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "NAME", "HOST"]
    public let app: App
    public let name: String
    public let host: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        name = try arguments.text()
        host = try arguments.text()
    }
}

/// Where nginx will reach an app.
public struct ReloadEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "PORT", "ADDRESS"]
    public let app: App
    public let port: Int?
    public let address: String?

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        port = try arguments.numberOrNil()
        address = try arguments.textOrNil()
    }
}

/// Ports of an app were mapped otherwise.
public struct PortsEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "ACTION"]
    public let app: App
    public let action: Action

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        action = try arguments.action()
    }
}

/// This host was logged in at a registry.
public struct LoginEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["SERVER", "USER"]
    public let server: String
    public let user: String

    public init(from arguments: inout Arguments) throws {
        server = try arguments.text()
        user = try arguments.text()
    }
}

/// Tasks are gathered.
public struct CronEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["SCHEDULER"]
    public let scheduler: String

    public init(from arguments: inout Arguments) throws {
        scheduler = try arguments.text()
    }
}

/// Somebody may come by ssh, or no longer.
public struct KeyEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["NAME", "FINGERPRINT"]
    public let name: String
    public let fingerprint: String

    public init(from arguments: inout Arguments) throws {
        name = try arguments.text()
        fingerprint = try arguments.text()
    }
}

/// A certificate is about to end.
public struct CertificateExpiresEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "DAYS"]
    public let app: App
    public let days: Int

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        days = try arguments.number()
    }
}

/// The disk is nearly full.
public struct DiskEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["PERCENT", "FOLDER"]
    public let percent: Int
    public let folder: String

    public init(from arguments: inout Arguments) throws {
        percent = try arguments.number()
        folder = try arguments.text()
    }
}

/// The machine started.
public struct BootEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["BOOT"]
    public let boot: String

    public init(from arguments: inout Arguments) throws {
        boot = try arguments.text()
    }
}

/// Differences were found and closed.
public struct RepairEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["NUMBER"]
    public let number: Int

    public init(from arguments: inout Arguments) throws {
        number = try arguments.number()
    }
}

/// A backup of a service was proven.
public struct BackupEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["KIND", "NAME", "FILE"]
    public let kind: String
    public let name: String
    public let file: String

    public init(from arguments: inout Arguments) throws {
        kind = try arguments.text()
        name = try arguments.text()
        file = try arguments.text()
    }
}

/// A backup of a service could not be made or proven.
public struct BackupFailedEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["KIND", "NAME", "REASON"]
    public let kind: String
    public let name: String
    public let reason: String

    public init(from arguments: inout Arguments) throws {
        kind = try arguments.text()
        name = try arguments.text()
        reason = try arguments.text()
    }
}
