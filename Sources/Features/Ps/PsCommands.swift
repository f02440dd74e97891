import ArgumentParser
import Core

enum PsCommands: Noun {
    static var feature: Feature { .ps }
    static var prefix: String { "" }
    static let all: [any HostCommand.Type] = [
        PsScale.self, PsRestart.self, PsStart.self, PsStop.self, PsRebuild.self, PsRestore.self, PsInspect.self,
        SetProperty<PsCommands>.self, ReportCommand<PsCommands>.self,
    ]
}

struct PsScale: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:scale",
        "How many of each process type run",
        examples: ["ps:scale shop", "ps:scale shop web=2 worker=1"]
    )
    static let permission = Permission.change
    @OptionGroup var format: FormatOptions
    @Flag(help: "Only change the numbers; they hold from the next deploy") var skipDeploy = false
    @Argument(help: "App to scale") var app: AppName
    @Argument(help: "TYPE=NUMBER") var words: [String] = []

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let wanted = try Scale.parse(words)
        if wanted.isEmpty { return try await show(found, host) }
        let control = Control(on: host)
        guard try await control.scale(found, to: wanted, deploying: !skipDeploy) else {
            return host.output.heading("formation of \(app) is unchanged")
        }
        host.output.step("Scaled \(app) to \(Scale.text(wanted))")
    }

    private func show(_ found: App, _ host: Host) async throws {
        let asked = try await Ps(on: host).asked(of: found)
        let facts = try await Releases(on: host).current(of: found)?.facts
        let quantities =
            facts.map { Formation(asked: asked, facts: $0).quantities } ?? (asked.isEmpty ? [.web: 1] : asked)
        if format.wantsJSON {
            return try host.output.answer(
                json: Dictionary(uniqueKeysWithValues: quantities.map { ($0.key.text, $0.value) })
            )
        }
        if !host.output.isQuiet {
            host.output.answer(lines: ["-----> Scaling for \(app)", "proctype: qty", "--------: ---"])
        }
        host.output.answer(lines: quantities.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })
    }
}

/// An app, or every one with `--all`.
struct PsTargets: ParsableArguments {
    @Flag(help: "Every app") var all = false
    @Option(help: "How many apps at once; accepted for Dokku's sake") var parallel: Int?
    @Argument(help: "App") var app: AppName?

    func each(_ host: Host, _ work: (App) async throws -> Void) async throws {
        guard !all else {
            var failed = 0
            for app in try await Apps(on: host).list() {
                do { try await work(app) } catch {
                    failed += 1
                    host.output.failure(Failure(error))
                }
            }
            if failed > 0 { throw Failure(.startFailed, "\(failed) apps failed") }
            return
        }
        guard let app else { throw Failure(.usage, "Please specify an app to run the command on") }
        try await work(try await Apps(on: host).find(app))
    }
}

struct PsRestart: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:restart",
        "Replace the processes of an app by fresh ones, losing no request",
        examples: ["ps:restart shop", "ps:restart shop web"]
    )
    static let permission = Permission.change
    @OptionGroup var targets: PsTargets
    @Argument(help: "Only this process type") var type: ProcessType?

    func run(on host: Host) async throws {
        try await targets.each(host) { app in
            guard app.current != nil else { return host.output.warn("App \(app.name) has not been deployed") }
            try await Control(on: host).restart(app, only: type.map { [$0] })
        }
    }
}

struct PsStart: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:start",
        "Start what is not running",
        examples: ["ps:start shop", "ps:start --all"]
    )
    static let permission = Permission.change
    @OptionGroup var targets: PsTargets

    func run(on host: Host) async throws {
        try await targets.each(host) { app in
            guard try await Control(on: host).start(app) else {
                return host.output.warn("App \(app.name) already running")
            }
            host.output.step("Started \(app.name)")
        }
    }
}

struct PsStop: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:stop",
        "Stop an app until it is started or deployed again",
        examples: ["ps:stop shop", "ps:stop --all"]
    )
    static let permission = Permission.change
    @OptionGroup var targets: PsTargets

    func run(on host: Host) async throws {
        try await targets.each(host) { app in
            try await Control(on: host).stop(app)
            host.output.step("Stopped \(app.name)")
        }
    }
}

struct PsRebuild: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:rebuild",
        "Build and deploy the current commit again",
        examples: ["ps:rebuild shop", "ps:rebuild --all"]
    )
    static let permission = Permission.change
    @OptionGroup var targets: PsTargets

    func run(on host: Host) async throws {
        try await targets.each(host) { try await Control(on: host).rebuild($0) }
    }
}

struct PsInspect: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:inspect",
        "What the engine knows of the containers, secrets masked",
        examples: ["ps:inspect shop", "ps:inspect shop | jq '.[0].State'"]
    )
    static let permission = Permission.view
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        host.output.answer(exactly: try await Control(on: host).inspect(found) + "\n")
    }
}
