import ArgumentParser
import Core

enum PsCommands: Noun {
    static var feature: Feature { .ps }
    static let all: [any HostCommand.Type] = [
        PsScale.self, PsRestart.self, PsStart.self, PsStop.self, PsRebuild.self, PsRestore.self, PsRetire.self,
        PsInspect.self,
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
    static let answers: JSONShape? = .map(.number)
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
    @Option(parsing: .unconditional, help: "How many apps at once; -1 is one for each processor") var parallel: Int?
    @Argument(help: "App") var app: AppName?

    /// With `needsRelease` an app that was never deployed is told so and left alone.
    ///
    /// - Throws: What the work for a single app throws, or ``Failure`` with the number of apps that failed.
    func each(
        _ host: Host,
        needsRelease: Bool = true,
        _ work: @escaping @Sendable (App) async throws -> Void
    ) async throws {
        let many = try ManyApps(parallel: parallel)
        let output = host.output
        let careful: @Sendable (App) async throws -> Void = { app in
            let waits = try await Releases(on: host).waiting(of: app) != nil
            guard app.current != nil || waits || !needsRelease else {
                return output.warn("App \(app.name) has not been deployed")
            }
            try await work(app)
        }
        if all {
            guard app == nil else { throw Failure(.usage, "--all goes with no app and no process type") }
            return try await many.each(try await Apps(on: host).visible(), host, isTelling: true, careful)
        }
        guard let app else { throw Failure(.usage, "Please specify an app to run the command on") }
        try await careful(try await Apps(on: host).find(app))
    }
}

struct PsRestart: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:restart",
        "Replace the processes of an app by fresh ones, losing no request",
        examples: ["ps:restart shop", "ps:restart shop web.2", "ps:restart --all --parallel 2"],
        details: "With changed settings this makes a release, unless only a type or a single process is restarted."
    )
    static let permission = Permission.change
    @OptionGroup var targets: PsTargets
    @Argument(help: "Only this process type, or only this process of it: web, web.2") var process: String?

    func run(on host: Host) async throws {
        let (type, instance) = try process.map(Self.parts) ?? (nil, nil)
        try await targets.each(host) { app in
            try await Control(on: host).restart(app, only: type.map { [$0] }, instance: instance)
        }
    }

    /// `web` is a type, `web.2` one process of it.
    private static func parts(_ text: String) throws -> (ProcessType?, String?) {
        guard let dot = text.lastIndex(of: ".") else { return (try ProcessType(text), nil) }
        let number = text[text.index(after: dot)...]
        guard !number.isEmpty, number.utf8.allSatisfy(\.isDigit), let ordinal = Int(number), ordinal > 0 else {
            throw Failure.malformed("\(quoted(text)) is no process", fix: "write it as web or web.2")
        }
        let type = try ProcessType(String(text[..<dot]))
        return (type, "\(type).\(ordinal)")
    }
}

struct PsStart: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:start",
        "Start what is not running",
        examples: ["ps:start shop", "ps:start --all --parallel -1"],
        details: "Settings that were changed while it was stopped hold from then on, as a release of their own."
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
        examples: ["ps:rebuild shop", "ps:rebuild --all --parallel 2"]
    )
    static let permission = Permission.change
    @OptionGroup var targets: PsTargets

    func run(on host: Host) async throws {
        let isAll = targets.all
        try await targets.each(host, needsRelease: isAll) { try await Control(on: host).rebuild($0) }
    }
}

/// What a timer does by itself, for those who do not want to wait for it.
struct PsRetire: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ps:retire",
        "End what should have left: old processes, and programs of run past their time",
        examples: ["ps:retire", "ps:retire shop"]
    )
    static let permission = Permission.change
    @Argument(help: "Only this app") var app: AppName?

    func run(on host: Host) async throws {
        let apps: [App]
        if let app { apps = [try await Apps(on: host).find(app)] } else { apps = try await Apps(on: host).visible() }
        try await ManyApps(parallel: nil).each(apps, host) { app in
            for program in try await Run(on: host).retire(app) { host.output.step("Ended \(program.name)") }
            if try await Drains(on: host).resume(app) { host.output.step("Draining old processes of \(app.name)") }
        }
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
