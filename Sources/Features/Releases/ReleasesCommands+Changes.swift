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
        case .code:
            let settings = done.draft.map { ", with changed \($0)" } ?? "; its settings stay"
            host.output.step("\(app) runs the code of \(target), as \(made)\(settings)")
        case .config: host.output.step("\(app) has the settings of \(target), as \(made); its code stays")
        }
    }
}

/// The release that a verb marks: `APP vN`.
struct MarkedRelease: ParsableArguments {
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Release") var number: String

    /// - Throws: ``Failure`` for what is no number of a release, or no app.
    func find(on host: Host) async throws -> (app: App, number: Int) {
        let number = try ReleaseNumber(number).number
        return (try await Apps(on: host).find(app), number)
    }

    /// Says what was done, or that it was so already.
    func say(_ isNew: Bool, _ done: String, _ already: String, note: String = "", _ host: Host) throws {
        let name = "v\(try ReleaseNumber(number).number) of \(app)"
        if isNew {
            host.output.step("\(done) \(name)\(note)")
        } else {
            host.output.heading("\(name) is \(already): unchanged")
        }
    }
}

struct ReleasesPin: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:pin",
        "Keep the image of a release, however old it gets",
        examples: ["releases:pin shop v12", "releases:pin api 3"]
    )
    static let permission = Permission.change
    @OptionGroup var release: MarkedRelease

    func run(on host: Host) async throws {
        let (app, number) = try await release.find(on: host)
        let isNew = try await Releases(on: host).pin(number, of: app)
        try release.say(isNew, "Pinned", "pinned already", note: ": its image stays", host)
    }
}

struct ReleasesUnpin: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:unpin",
        "Let the image of a release go when it is old",
        examples: ["releases:unpin shop v12", "releases:unpin api 3"]
    )
    static let permission = Permission.change
    @OptionGroup var release: MarkedRelease

    func run(on host: Host) async throws {
        let (app, number) = try await release.find(on: host)
        try release.say(try await Releases(on: host).unpin(number, of: app), "Unpinned", "not pinned", host)
    }
}

struct ReleasesBlock: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:block",
        "Refuse to go back to a release, and say why",
        examples: ["releases:block shop v12 loses orders", "releases:block shop v12 \"migration 31 is gone\""]
    )
    static let permission = Permission.change
    @OptionGroup var release: MarkedRelease
    @Argument(help: "What people are told") var reason: [String] = []

    func run(on host: Host) async throws {
        let reason = try BlockReason(reason)
        let (app, number) = try await release.find(on: host)
        let isNew = try await Releases(on: host).block(number, of: app, because: reason)
        try release.say(isNew, "Blocked", "blocked already", host)
        if isNew, app.current == number {
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
    @OptionGroup var release: MarkedRelease

    func run(on host: Host) async throws {
        let (app, number) = try await release.find(on: host)
        try release.say(try await Releases(on: host).unblock(number, of: app), "Unblocked", "not blocked", host)
    }
}
