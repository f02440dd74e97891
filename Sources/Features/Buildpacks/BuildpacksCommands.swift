import ArgumentParser
import Core

enum BuildpacksCommands: Noun {
    static var feature: Feature { .buildpacks }
    /// `buildpacks:set` is about the list.
    static var setVerb: String { "set-property" }
    static let all: [any HostCommand.Type] = [
        BuildpacksAdd.self, BuildpacksSet.self, BuildpacksRemove.self, BuildpacksList.self, BuildpacksClear.self,
        BuildpacksDetect.self, SetProperty<BuildpacksCommands>.self, ReportCommand<BuildpacksCommands>.self,
    ]

    /// What becomes of a push now: buildpacks that are set choose a builder, which may not be here.
    fileprivate static func saysWhen(_ app: App, _ host: Host) async throws {
        guard try await !Buildpacks(on: host).list(of: app).isEmpty else {
            return host.output.detail("takes effect with the next build")
        }
        var signs = BuilderChoice.Signs(paths: [])
        signs.hasBuildpacks = true
        signs.selected = try await Properties("builder", on: host).effective(Builder.selected, of: app)
        let allowed = try await Properties("builder-herokuish", on: host).effective(BuilderHerokuish.allowed, of: app)
        signs.allowsHerokuish = allowed == "true"
        let choice = BuilderChoice(signs)
        host.output.warn(
            choice.isHere
                ? "this host has no builder that uses buildpacks: they are kept, and nothing comes of them"
                : "this host has no builder \(choice.name): a push would fail before the build"
        )
    }
}

struct BuildpacksAdd: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "buildpacks:add",
        "Build with one more buildpack",
        examples: ["buildpacks:add shop heroku/nodejs", "buildpacks:add --index 1 shop https://example.com/pack.git"]
    )
    static let permission = Permission.change
    @Option(help: "Where in the list, from 1; the end without it") var index: Int?
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "org/name, or the address of its repository") var buildpack: String

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let new = try Buildpack(buildpack)
        try await Buildpacks(on: host).add(new, at: index.map { .index($0) } ?? .last, of: found)
        host.output.step("Added \(new.url) to \(app)")
        try await BuildpacksCommands.saysWhen(found, host)
    }
}

struct BuildpacksSet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "buildpacks:set",
        "Put a buildpack in the place of another",
        examples: ["buildpacks:set shop heroku/ruby", "buildpacks:set --replace shop heroku/nodejs heroku/ruby"]
    )
    static let permission = Permission.change
    @Option(help: "Where in the list, from 1; the first without it") var index: Int?
    @Flag(help: "The whole list instead of one") var replace = false
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "org/name, or the address of its repository") var buildpacks: [String]

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard index == nil || !replace else { throw Failure(.usage, "--index and --replace do not go together") }
        guard replace || buildpacks.count == 1 else {
            throw Failure(
                .usage,
                "several buildpacks need --replace",
                fix: "slipway buildpacks:set --replace \(app) ..."
            )
        }
        let new = try buildpacks.map { try Buildpack($0) }
        let list = Buildpacks(on: host)
        let changed =
            replace
            ? try await list.replace(new, of: found) : try await list.set(new[0], at: index ?? 1, of: found)
        guard changed else { return host.output.heading("buildpacks of \(app) are unchanged") }
        host.output.step("Set \(new.map(\.url).joined(separator: " ")) for \(app)")
        try await BuildpacksCommands.saysWhen(found, host)
    }
}

struct BuildpacksRemove: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "buildpacks:remove",
        "Build without a buildpack",
        examples: ["buildpacks:remove shop heroku/nodejs", "buildpacks:remove --index 2 shop"]
    )
    static let permission = Permission.change
    @Option(help: "Which of the list, from 1") var index: Int?
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "org/name, or the address of its repository") var buildpack: String?

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard (index == nil) != (buildpack == nil) else {
            throw Failure(.usage, "Please specify a buildpack or --index, one of them")
        }
        try await Buildpacks(on: host).remove(try buildpack.map { try Buildpack($0) }, at: index, of: found)
        host.output.step("Removed \(buildpack ?? "number \(index ?? 0)") of \(app)")
        try await BuildpacksCommands.saysWhen(found, host)
    }
}

struct BuildpacksList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "buildpacks:list",
        "The buildpacks of an app, in order",
        examples: ["buildpacks:list shop", "buildpacks:list shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.text)
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let list = try await Buildpacks(on: host).list(of: try await Apps(on: host).find(app))
        if format.wantsJSON { return try host.output.answer(json: list) }
        if !host.output.isQuiet { host.output.answer("-----> \(app) buildpack urls") }
        host.output.answer(lines: list.map { host.output.isQuiet ? $0 : "       \($0)" })
    }
}

struct BuildpacksClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "buildpacks:clear",
        "Name no buildpack",
        examples: ["buildpacks:clear shop", "buildpacks:clear api"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws {
        let changed = try await Buildpacks(on: host).clear(try await Apps(on: host).find(app))
        host.output.step(changed ? "Cleared the buildpacks of \(app)" : "buildpacks of \(app) are unchanged")
    }
}

struct BuildpacksDetect: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "buildpacks:detect",
        "What would build an app, and by what that is known",
        examples: ["buildpacks:detect shop", "buildpacks:detect shop --branch next --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .object(["builder": .text, "why": .text, "works": .boolean])
    @OptionGroup var format: FormatOptions
    @Option(help: "Branch to look at; the deploy branch without it") var branch: String?
    @Argument(help: "App to look at") var app: AppName

    struct Shown: Encodable {
        var builder: String
        var why: String
        var works: Bool
    }

    func run(on host: Host) async throws {
        let choice = try await Buildpacks(on: host).detect(try await Apps(on: host).find(app), branch: branch)
        let works = choice.isHere
        if format.wantsJSON {
            return try host.output.answer(json: Shown(builder: choice.name, why: choice.why, works: works))
        }
        host.output.answer("\(choice.name): \(choice.why)")
        if !works { host.output.warn("this host has no builder \(choice.name): a push would fail before the build") }
    }
}
