import ArgumentParser
import Core

struct ReleasesRollback: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:rollback",
        "Go back to an earlier release, its settings included, without a build",
        examples: ["releases:rollback shop", "releases:rollback shop v41 --code-only"]
    )
    static let permission = Permission.change
    @Flag(help: "Only its image; settings stay as they are") var codeOnly = false
    @Flag(help: "Only its settings; the image stays") var configOnly = false
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Release; the last good one before the current without it") var number: String?

    func run(on host: Host) async throws {
        guard !(codeOnly && configOnly) else {
            throw Failure(
                .usage,
                "--code-only and --config-only exclude each other",
                fix: "leave both out to go back to the whole release"
            )
        }
        let part: RollbackPart = codeOnly ? .code : configOnly ? .config : .all
        let wanted = try number.map { try ReleaseNumber($0) }
        let found = try await Apps(on: host).find(app)
        let done = try await Releases(on: host).rollback(found, to: wanted, part)
        let (target, made) = (done.target.name, done.made.name)
        switch part {
        case .all: host.output.step("\(app) is back at \(target), as \(made); its settings are those of \(target)")
        case .code: host.output.step("\(app) runs the code of \(target), as \(made); its settings stay")
        case .config: host.output.step("\(app) has the settings of \(target), as \(made); its code stays")
        }
        host.output.detail("undo: \(host.settings.command("releases:rollback \(app) v\(done.before)"))")
    }
}

struct ReleasesPin: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:pin",
        "Keep the image of a release, however old it gets",
        examples: ["releases:pin shop v12", "releases:pin api 3"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Release") var number: String

    func run(on host: Host) async throws {
        let number = try ReleaseNumber(number).number
        let found = try await Apps(on: host).find(app)
        guard try await Releases(on: host).pin(number, of: found) else {
            return host.output.heading("v\(number) of \(app) is pinned already: unchanged")
        }
        host.output.step("Pinned v\(number) of \(app): its image stays")
    }
}

struct ReleasesUnpin: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:unpin",
        "Let the image of a release go when it is old",
        examples: ["releases:unpin shop v12", "releases:unpin api 3"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Release") var number: String

    func run(on host: Host) async throws {
        let number = try ReleaseNumber(number).number
        let found = try await Apps(on: host).find(app)
        guard try await Releases(on: host).unpin(number, of: found) else {
            return host.output.heading("v\(number) of \(app) is not pinned: unchanged")
        }
        host.output.step("Unpinned v\(number) of \(app)")
    }
}

struct ReleasesBlock: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:block",
        "Refuse to go back to a release, and say why",
        examples: ["releases:block shop v12 loses orders", "releases:block shop v12 \"migration 31 is gone\""]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Release") var number: String
    @Argument(help: "What people are told") var reason: [String] = []

    func run(on host: Host) async throws {
        let number = try ReleaseNumber(number).number
        let reason = try BlockReason(reason)
        let found = try await Apps(on: host).find(app)
        guard try await Releases(on: host).block(number, of: found, because: reason) else {
            return host.output.heading("v\(number) of \(app) is blocked already: unchanged")
        }
        host.output.step("Blocked v\(number) of \(app)")
        if found.current == number {
            host.output.warn("v\(number) is live: it goes on serving until something else is deployed")
        }
    }
}

struct ReleasesUnblock: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:unblock",
        "Allow to go back to a release again",
        examples: ["releases:unblock shop v12", "releases:unblock api 3"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Release") var number: String

    func run(on host: Host) async throws {
        let number = try ReleaseNumber(number).number
        let found = try await Apps(on: host).find(app)
        guard try await Releases(on: host).unblock(number, of: found) else {
            return host.output.heading("v\(number) of \(app) is not blocked: unchanged")
        }
        host.output.step("Unblocked v\(number) of \(app)")
    }
}
