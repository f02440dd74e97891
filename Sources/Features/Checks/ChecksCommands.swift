import ArgumentParser
import Core

enum ChecksCommands: Noun {
    static var feature: Feature { .checks }
    static let all: [any HostCommand.Type] = [
        ChecksEnable.self, ChecksDisable.self, ChecksSkip.self, ChecksRun.self, SetProperty<ChecksCommands>.self,
        ReportCommand<ChecksCommands>.self,
    ]

    static func move(_ types: String?, of app: AppName, to target: Property?, _ words: String, _ host: Host)
        async throws
    {
        let found = try await Apps(on: host).find(app)
        guard try await CheckLists(on: host).move(types, of: found, to: target) else {
            return host.output.heading("checks of \(app) are unchanged")
        }
        host.output.step("\(words) for app's (\(app)) proctypes (\(types ?? CheckLists.every))")
        host.output.saysWhen(found)
    }
}

struct ChecksEnable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "checks:enable",
        "Check new instances again",
        examples: ["checks:enable shop", "checks:enable shop web,worker"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Process types, joined by commas; all without it") var types: String?

    func run(on host: Host) async throws {
        try await ChecksCommands.move(types, of: app, to: nil, "Enabling zero downtime", host)
    }
}

struct ChecksDisable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "checks:disable",
        "End old instances before new ones start",
        examples: ["checks:disable shop", "checks:disable shop worker"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Process types, joined by commas; all without it") var types: String?

    func run(on host: Host) async throws {
        try await ChecksCommands.move(types, of: app, to: Checks.disabled, "Disabling zero downtime", host)
    }
}

struct ChecksSkip: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "checks:skip",
        "Take new instances for healthy at once",
        examples: ["checks:skip shop", "checks:skip shop web"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Process types, joined by commas; all without it") var types: String?

    func run(on host: Host) async throws {
        try await ChecksCommands.move(types, of: app, to: Checks.skipped, "Skipping zero downtime", host)
    }
}

struct ChecksRun: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "checks:run",
        "Check the instances that run now",
        examples: ["checks:run shop", "checks:run shop web.1"]
    )
    static let permission = Permission.change
    @Argument(help: "App to check") var app: AppName
    @Argument(help: "A process type, or one of its instances") var process: String?

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard let release = try await Releases(on: host).current(of: found) else { throw Failure.notDeployed(found) }
        let chosen = try await Ps(on: host).instances(of: found).filter { instance in
            instance.state == .live && (process.map { $0 == instance.type.text || $0 == instance.name } ?? true)
        }
        guard !chosen.isEmpty else { throw Failure(.notFound, "\(app) has no process \(quoted(process ?? ""))") }
        let plan = try await Checks(on: host).plan(found, release)
        for instance in chosen {
            let proof = try await Readiness(host: host, plan: plan).wait(for: instance)
            host.output.step("\(instance.name): \(proof)")
        }
    }
}
