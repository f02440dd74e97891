/// A branch was pushed that is not the app's own.
public struct BranchEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "COMMIT", "REF"]
    public let app: App
    public let commit: String
    public let reference: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        commit = try arguments.text()
        reference = try arguments.text()
    }
}

/// What is deployed.
public struct SourceEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "KIND", "DETAIL"]
    public let app: App
    public let kind: String
    public let detail: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        kind = try arguments.text()
        detail = try arguments.text()
    }
}

/// The source of an app, in a folder that may be changed.
public struct ExtractEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "FOLDER", "COMMIT"]
    public let app: App
    public let folder: String
    public let commit: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        folder = try arguments.text()
        commit = try arguments.text()
    }
}

/// The source of an app in a folder.
public struct FolderEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "FOLDER"]
    public let app: App
    public let folder: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        folder = try arguments.text()
    }
}

/// The source of an app, and what builds it.
public struct ReceiveEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "BUILDER", "FOLDER", "COMMIT"]
    public let app: App
    public let builder: String
    public let folder: String
    public let commit: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        builder = try arguments.text()
        folder = try arguments.text()
        commit = try arguments.text()
    }
}

/// A build.
public struct BuildEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["BUILDER", "APP", "FOLDER"]
    public let builder: String
    public let app: App
    public let folder: String

    public init(from arguments: inout Arguments) throws {
        builder = try arguments.text()
        app = try arguments.app()
        folder = try arguments.text()
    }
}

/// Options of a build are gathered.
public struct BuildOptionsEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "BUILDER"]
    public let app: App
    public let builder: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        builder = try arguments.text()
    }
}

/// What was built.
public struct ImageEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["BUILDER", "APP", "IMAGE"]
    public let builder: String
    public let app: App
    public let image: String

    public init(from arguments: inout Arguments) throws {
        builder = try arguments.text()
        app = try arguments.app()
        image = try arguments.text()
    }
}

/// An image becomes that of a release.
public struct BuilderReleaseEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["BUILDER", "APP", "RELEASE"]
    public let builder: String
    public let app: App
    public let release: String

    public init(from arguments: inout Arguments) throws {
        builder = try arguments.text()
        app = try arguments.app()
        release = try arguments.text()
    }
}

/// A release of an app.
public struct ReleaseEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "RELEASE"]
    public let app: App
    public let release: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        release = try arguments.text()
    }
}

/// A release has its number.
public struct ReleaseCreatedEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "RELEASE", "REASON"]
    public let app: App
    public let release: String
    public let reason: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        release = try arguments.text()
        reason = try arguments.text()
    }
}

/// Options of the instances of a process type are gathered.
public struct ProcessOptionsEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "BUILDER", "RELEASE", "TYPE", "NUMBER"]
    public let app: App
    public let builder: String
    public let release: String
    public let type: String
    public let number: Int

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        builder = try arguments.text()
        release = try arguments.text()
        type = try arguments.text()
        number = try arguments.number()
    }
}

/// Options of a one-off program are gathered.
public struct RunOptionsEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "BUILDER", "RELEASE"]
    public let app: App
    public let builder: String
    public let release: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        builder = try arguments.text()
        release = try arguments.text()
    }
}

/// A container exists and is not started.
public struct ContainerEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["SORT", "CONTAINER", "APP", "PHASE", "TYPE"]
    public let sort: String
    public let container: String
    public let app: App
    public let phase: String
    public let type: String

    public init(from arguments: inout Arguments) throws {
        sort = try arguments.text()
        container = try arguments.text()
        app = try arguments.app()
        phase = try arguments.text()
        type = try arguments.text()
    }
}

/// A new instance has proven itself; without a port where its type has none.
public struct CheckEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "CONTAINER", "TYPE", "PORT", "ADDRESS", "NUMBER"]
    public let app: App
    public let container: String
    public let type: String
    public let port: Int?
    public let address: String
    public let number: Int

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        container = try arguments.text()
        type = try arguments.text()
        port = try arguments.numberOrNil()
        address = try arguments.text()
        number = try arguments.number()
    }
}

/// A release went live; port and address are those of its first web instance.
public struct DeployEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "PORT", "ADDRESS", "RELEASE"]
    public let app: App
    public let port: Int?
    public let address: String?
    public let release: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        port = try arguments.numberOrNil()
        address = try arguments.textOrNil()
        release = try arguments.text()
    }
}

/// A release went live that repeats an older one.
public struct RollbackEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "RELEASE", "BASIS"]
    public let app: App
    public let release: String
    public let basis: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        release = try arguments.text()
        basis = try arguments.text()
    }
}

/// A release failed; `slipway explain CODE` tells of the code.
public struct DeployFailedEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "RELEASE", "CODE"]
    public let app: App
    public let release: String
    public let code: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        release = try arguments.text()
        code = try arguments.text()
    }
}

/// Old instances have left; so many connections were cut.
public struct DrainEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "CUT"]
    public let app: App
    public let cut: Int

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        cut = try arguments.number()
    }
}

/// An old instance could not be ended.
public struct RetireEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "CONTAINER"]
    public let app: App
    public let container: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        container = try arguments.text()
    }
}

/// An instance ended that should run.
public struct ExitEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "INSTANCE", "STATUS"]
    public let app: App
    public let instance: String
    public let status: Int

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        instance = try arguments.text()
        status = try arguments.number()
    }
}

/// An instance of an app.
public struct InstanceEvent: HookEvent, Sendable {
    public static let arguments: [String] = ["APP", "INSTANCE"]
    public let app: App
    public let instance: String

    public init(from arguments: inout Arguments) throws {
        app = try arguments.app()
        instance = try arguments.text()
    }
}
