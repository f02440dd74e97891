import ArgumentParser
import Core
import Scheduling
import Terminals

enum RunCommands {
    static let all: [any HostCommand.Type] = [
        RunAttended.self, RunDetached.self, RunList.self, RunLogs.self, RunStop.self, RunRetire.self,
    ]

    static let options = """
        Options, before the app:
          -e, --env KEY=VALUE   one more variable; may stand several times
          --no-tty              no terminal, even where one is there
          --force-tty           a terminal, even where none is there
          --ttl-seconds N       ended after N seconds (86400); 0 is no limit
          --cron-id ID          it is this task of cron
          --concurrency-policy  allow, forbid or replace: when that task runs still
          --label KEY=VALUE     one more label of its container; may stand before run, too
        """
}

struct RunAttended: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "run",
        "Run a program in a container of its own, as the app would",
        examples: ["run shop bin/migrate", "run -e DEBUG=1 shop sh -c 'env | sort'"],
        details: RunCommands.options
    )
    static let permission = Permission.change
    @Argument(parsing: .captureForPassthrough, help: "[OPTION...] APP COMMAND...") var words: [String] = []

    func run(on host: Host) async throws {
        let status = try await Run(on: host).attended(try RunWish(words), near: try Terminal())
        if status != 0 { throw ExitCode(status) }
    }
}

struct RunDetached: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "run:detached",
        "Start a program in a container of its own and tell its name",
        examples: ["run:detached shop bin/report", "run:detached --ttl-seconds 600 shop bin/report"],
        details: RunCommands.options
    )
    static let permission = Permission.change
    @Argument(parsing: .captureForPassthrough, help: "[OPTION...] APP COMMAND...") var words: [String] = []

    func run(on host: Host) async throws {
        host.output.answer(try await Run(on: host).detached(try RunWish(words, command: "run:detached")))
    }
}

struct RunList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "run:list",
        "The programs that run beside an app",
        examples: ["run:list shop", "run:list shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(
        .object(["name": .text, "state": .text, "command": .text, "created_at": .text])
    )
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let all = try await Run(on: host).list(try await Apps(on: host).find(app))
        if format.wantsJSON { return try host.output.answer(json: all.map(ShownOneOff.init)) }
        let now = host.time.now()
        let rows = all.map { [$0.name, $0.command, "\($0.createdAt.age(at: now)) ago"] }
        host.output.answer(lines: table([["NAMES", "COMMAND", "CREATED"]] + rows))
    }
}

/// As JSON shows it.
struct ShownOneOff: Encodable, Sendable {
    var name: String
    var state: String
    var command: String
    var createdAt: String

    init(_ program: OneOff) {
        name = program.name
        state = program.isRunning ? "running" : "exited"
        command = program.command
        createdAt = program.createdAt.text
    }

    private enum CodingKeys: String, CodingKey {
        case name, state, command
        case createdAt = "created_at"
    }
}

/// An app, or one container by `--container`.
struct RunTargetArguments: ParsableArguments {
    @Option(help: "Only this one, by its name or id") var container: String?
    @Argument(help: "App") var app: AppName?

    var targets: RunTargets {
        get throws {
            if let container { return .container(container) }
            guard let app else { throw Failure(.usage, "Please specify an app or --container NAME") }
            return .app(app)
        }
    }
}

struct RunLogs: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "run:logs",
        "What programs beside an app say",
        examples: ["run:logs shop -t", "run:logs --container shop.run.4711 -n 20"]
    )
    static let permission = Permission.view
    @Flag(name: [.customShort("t"), .customLong("tail")], help: "Go on as it comes") var follow = false
    @Option(name: [.customShort("n"), .customLong("num")], help: "How many lines of each") var number = 100
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Without times and names") var quiet = false
    @OptionGroup var targets: RunTargetArguments

    func run(on host: Host) async throws {
        guard number >= 0 else { throw Failure(.usage, "--num takes a number from 0") }
        let wish = LogWish(follow: follow, tail: number, timestamps: true)
        let (output, isQuiet) = (host.output, quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for program in try await Run(on: host).find(try targets.targets) {
                group.addTask {
                    for try await line in host.scheduler.logs(of: program.handle, wish) {
                        output.answer(isQuiet ? line.text : "\(line.time) app[\(program.shortName)]: \(line.text)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

struct RunStop: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "run:stop",
        "End programs that run beside an app",
        examples: ["run:stop shop", "run:stop --container shop.run.4711"]
    )
    static let permission = Permission.change
    @OptionGroup var targets: RunTargetArguments

    func run(on host: Host) async throws {
        let all = try await Run(on: host).find(try targets.targets)
        if all.isEmpty { host.output.warn("nothing runs beside it") }
        for program in all {
            try await Run(on: host).stop(program)
            host.output.step("Stopped \(program.name)")
        }
    }
}

struct RunRetire: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "run:retire",
        "End programs whose time is over",
        examples: ["run:retire", "run:retire shop"]
    )
    static let permission = Permission.change
    @Argument(help: "Only those of this app") var app: AppName?

    func run(on host: Host) async throws {
        var found: App?
        if let app { found = try await Apps(on: host).find(app) }
        for program in try await Run(on: host).retire(found) { host.output.step("Stopped \(program.name)") }
    }
}
