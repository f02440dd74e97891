import ArgumentParser
import Core

enum BuildsCommands {
    static let all: [any HostCommand.Type] = [BuildsList.self, BuildsInfo.self, BuildsOutput.self, BuildsCancel.self]
}

/// A build as JSON shows it.
struct ShownBuild: Encodable, Sendable {
    var id: String
    var status: String
    var source: String
    var release: Int
    var revision: String?
    var by: String
    var startedAt: String
    var finishedAt: String?
    var image: String?

    init(_ build: Build) {
        id = build.id
        status = build.status.rawValue
        source = build.source
        release = build.release
        revision = build.revision?.text
        by = build.caller
        startedAt = build.startedAt.text
        finishedAt = build.endedAt?.text
        image = build.image
    }
}

struct BuildsList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "builds:list",
        "Builds of an app, newest first",
        examples: ["builds:list shop", "builds:list shop --format json"]
    )
    static let permission = Permission.view
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let builds = try await Builds(on: host).all(of: try await Apps(on: host).find(app))
        if format.wantsJSON { return try host.output.answer(json: builds.map(ShownBuild.init)) }
        host.output.title("Builds of \(app)")
        host.output.answer(
            lines: table(
                builds.map {
                    [$0.id, $0.status.rawValue, "v\($0.release)", $0.source, $0.revision?.short ?? "", $0.caller]
                }
            )
        )
    }
}

struct BuildsInfo: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "builds:info",
        "One build",
        examples: ["builds:info shop 06f0ab1cd2e3f4", "builds:info shop --format json"]
    )
    static let permission = Permission.view
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName
    @Argument(help: "Build; the newest without it") var id: String?

    func run(on host: Host) async throws {
        let build = ShownBuild(try await Builds(on: host).find(id, of: try await Apps(on: host).find(app)))
        if format.wantsJSON { return try host.output.answer(json: build) }
        host.output.answer("=====> \(app) build \(build.id)")
        for (label, value) in [
            ("Status", build.status), ("Source", build.source), ("Release", "v\(build.release)"), ("By", build.by),
            ("Commit", build.revision ?? ""), ("Started at", build.startedAt), ("Finished at", build.finishedAt ?? ""),
            ("Image", build.image ?? ""),
        ] { host.output.answer("       \("\(label):".padded(to: 31))\(value)") }
    }
}

struct BuildsOutput: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "builds:output",
        "What a build said, whole",
        examples: ["builds:output shop", "builds:output shop 06f0ab1cd2e3f4"]
    )
    static let permission = Permission.view
    @Argument(help: "App to look at") var app: AppName
    @Argument(help: "Build; the newest without it") var id: String?

    func run(on host: Host) async throws {
        let builds = Builds(on: host)
        let build = try await builds.find(id, of: try await Apps(on: host).find(app))
        host.output.answer(exactly: try builds.output(of: build))
    }
}

struct BuildsCancel: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "builds:cancel",
        "Stop the deploy that runs",
        examples: ["builds:cancel shop", "builds:cancel api"]
    )
    static let permission = Permission.change
    @Argument(help: "App whose deploy to stop") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let wasRunning = try await Builds(on: host).cancel(found)
        host.output.step(wasRunning ? "Asked the deploy of \(app) to stop" : "No deploy of \(app) is running")
    }
}
