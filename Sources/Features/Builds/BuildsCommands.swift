import ArgumentParser
import Core

enum BuildsCommands: Noun {
    static var feature: Feature { .builds }
    static let all: [any HostCommand.Type] = [
        BuildsList.self, BuildsInfo.self, BuildsOutput.self, BuildsCancel.self, BuildsForget.self,
        SetProperty<BuildsCommands>.self, ReportCommand<BuildsCommands>.self,
    ]
}

extension BuildRecord.Kind: ExpressibleByArgument {}
extension Build.Status: ExpressibleByArgument {}

/// A build as JSON shows it.
struct ShownBuild: Encodable, Sendable {
    var id: String
    var app: String
    var kind: String
    var status: String
    var source: String
    var release: Int?
    var revision: String?
    var by: String
    var startedAt: String
    var finishedAt: String?
    var exitCode: Int?
    var pid: Int32?
    var builder: String?
    var image: String?
    var failure: String?

    static let shape = JSONShape.object([
        "id": .text, "app": .text, "kind": .text, "status": .text, "source": .text, "release": .optional(.number),
        "revision": .optional(.text), "by": .text, "startedAt": .text, "finishedAt": .optional(.text),
        "exitCode": .optional(.number), "pid": .optional(.number), "builder": .optional(.text),
        "image": .optional(.text), "failure": .optional(.text),
    ])

    init(_ record: BuildRecord, _ app: App) {
        id = record.id
        self.app = app.name.text
        kind = record.kind.rawValue
        status = record.status.rawValue
        source = record.source
        release = record.release
        revision = record.revision?.text
        by = record.caller
        startedAt = record.startedAt.text
        finishedAt = record.endedAt?.text
        exitCode = record.exitCode
        pid = record.process
        builder = record.builder
        image = record.image
        failure = record.failure
    }
}

struct BuildsList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "builds:list",
        "Builds and deploys of an app, newest first",
        examples: ["builds:list shop", "builds:list shop --status failed --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(ShownBuild.shape)
    @OptionGroup var format: FormatOptions
    @Option(help: "Only these: build or deploy") var kind: BuildRecord.Kind?
    @Option(help: "Only those that are so: running, succeeded, failed, canceled or abandoned") var status: Build.Status?
    @Argument(help: "App to look at; all of them without it") var app: AppName?

    func run(on host: Host) async throws {
        let apps: [App]
        if let app { apps = [try await Apps(on: host).find(app)] } else { apps = try await Apps(on: host).visible() }
        var shown: [(App, BuildRecord)] = []
        for found in apps {
            let records = try await Builds(on: host).records(of: found).filter { record in
                (kind.map { $0 == record.kind } ?? true) && (status.map { $0 == record.status } ?? true)
            }
            shown += records.map { (found, $0) }
        }
        if format.wantsJSON { return try host.output.answer(json: shown.map { ShownBuild($1, $0) }) }
        host.output.title(app.map { "Builds of \($0)" } ?? "Builds")
        let head = ["ID", "Kind", "Status", "Source", "Release", "Commit", "Started", "By"]
        let rows = shown.map { found, record in
            [
                record.id, record.kind.rawValue, record.status.rawValue, record.source,
                record.release.map { "v\($0)" } ?? "", record.revision?.short ?? "", record.startedAt.text,
                record.caller,
            ]
        }
        let names = shown.map { [$0.0.name.text] }
        host.output.answer(
            lines: table(
                app == nil ? zip([["App"]] + names, [head] + rows).map { $0 + $1 } : [head] + rows
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
    static let answers: JSONShape? = ShownBuild.shape
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName
    @Argument(help: "Build; the newest without it") var id: String?

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let build = ShownBuild(try await Builds(on: host).find(id, of: found), found)
        if format.wantsJSON { return try host.output.answer(json: build) }
        host.output.answer("=====> \(app) build \(build.id)")
        for (label, value) in [
            ("Kind", build.kind), ("Status", build.status), ("Source", build.source), ("Builder", build.builder ?? ""),
            ("Release", build.release.map { "v\($0)" } ?? ""), ("By", build.by), ("Commit", build.revision ?? ""),
            ("Started at", build.startedAt), ("Finished at", build.finishedAt ?? ""),
            ("Exit code", build.exitCode.map { "\($0)" } ?? ""), ("Pid", build.pid.map { "\($0)" } ?? ""),
            ("Image", build.image ?? ""), ("Failure", build.failure ?? ""),
        ] { host.output.answer("       \("\(label):".padded(to: 31))\(value)") }
    }
}

struct BuildsOutput: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "builds:output",
        "What a build said, whole; one that runs goes on as it comes",
        examples: ["builds:output shop", "builds:output shop current"]
    )
    static let permission = Permission.view
    @Argument(help: "App to look at") var app: AppName
    @Argument(help: "Build, or current; the newest without it") var id: String?

    func run(on host: Host) async throws {
        let builds = Builds(on: host)
        let found = try await Apps(on: host).find(app)
        let record = try await builds.find(id, of: found)
        let output = host.output
        try await builds.output(of: record, found, follow: true) { output.answer(exactly: $0) }
    }
}

struct BuildsCancel: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "builds:cancel",
        "Stop the deploy that runs",
        examples: ["builds:cancel shop", "builds:cancel api"],
        details: "One that is past its switch goes live; releases:rollback goes back."
    )
    static let permission = Permission.change
    @Argument(help: "App whose deploy to stop") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        switch try await Builds(on: host).cancel(found) {
        case .asked: host.output.step("Asked the deploy of \(app) to stop")
        case .settled: host.output.step("The process of the deploy of \(app) was dead; what it began is undone")
        case .nothing: host.output.step("No deploy of \(app) is running")
        }
    }
}

struct BuildsForget: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "builds:prune",
        "Forget builds past retention, and end those that nobody works on",
        examples: ["builds:prune shop", "builds:prune --all-apps"],
        details: "Builds of releases that can be gone back to stay. The nightly cleaning does the same."
    )
    static let permission = Permission.change
    @Flag(name: .customLong("all-apps"), help: "Every app") var all = false
    @Argument(help: "App") var app: AppName?

    func run(on host: Host) async throws {
        guard (app != nil) != all else { throw Failure(.usage, "Please specify an app or --all-apps") }
        for found in try await DomainsTargets.apps(app, all, host) {
            let count = try await Builds(on: host).forget(found)
            host.output.step("Forgot \(count) build\(count == 1 ? "" : "s") of \(found.name)")
        }
    }
}
