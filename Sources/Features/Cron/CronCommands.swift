import ArgumentParser
import Core
import Terminals

enum CronCommands: Noun {
    static var feature: Feature { .cron }
    static let all: [any HostCommand.Type] = [
        CronList.self, CronRunCommand.self, CronSwitch<Suspending>.self, CronSwitch<Resuming>.self, CronRuns.self,
        CronOutput.self, SetProperty<CronCommands>.self, ReportCommand<CronCommands>.self,
    ]

    /// Whether one task is suspended stands with the task: `cron:suspend` says the same.
    static func set(_ property: Property, to value: String?, of app: App?, on host: Host) async throws -> Bool {
        guard let app, let id = Cron.task(of: property) else {
            return try await Properties("cron", on: host).set(property, to: value, of: app)
        }
        let cron = Cron(on: host)
        return try await cron.setMaintenance(value.map { $0 == "true" }, of: try await cron.find(id, of: app))
    }
}

/// A task as JSON shows it, in Dokku's keys and a few more.
struct ShownTask: Encodable, Sendable {
    var id: String
    var app: String
    var command: String
    var schedule: String
    var policy: String
    var maintenance: Bool
    var isAppInMaintenance: Bool
    var isTaskInMaintenance: Bool
    var next: String?
    var last: ShownCronRun?

    static let shape = JSONShape.object([
        "id": .text, "app": .text, "command": .text, "schedule": .text, "concurrency_policy": .text,
        "maintenance": .boolean, "app-in-maintenance": .boolean, "task-in-maintenance": .boolean,
        "next_run_at": .optional(.text), "last_run": .optional(ShownCronRun.shape),
    ])

    init(_ owned: OwnedTask, now: Timestamp, zone: HourZone) {
        id = owned.id
        app = owned.app.name.text
        command = owned.task.command
        schedule = owned.task.schedule
        policy = owned.task.policy.rawValue
        maintenance = owned.isSuspended || owned.isAppSuspended
        isAppInMaintenance = owned.isAppSuspended
        isTaskInMaintenance = owned.isSuspended
        last = owned.last.map { ShownCronRun($0, task: owned.id) }
        guard owned.isDueByClock, let schedule = try? CronSchedule(owned.task.schedule) else { return }
        let minute = schedule.next(after: now.milliseconds / 60_000, in: zone)
        next = Timestamp(milliseconds: minute * 60_000).text
    }

    private enum CodingKeys: String, CodingKey {
        case id, app, command, schedule, maintenance
        case policy = "concurrency_policy"
        case isAppInMaintenance = "app-in-maintenance"
        case isTaskInMaintenance = "task-in-maintenance"
        case next = "next_run_at"
        case last = "last_run"
    }
}

/// A run as JSON shows it.
struct ShownCronRun: Encodable, Sendable {
    var run: Int64
    /// The id of its task; nil when the release that serves has no such task.
    var task: String?
    var command: String
    var state: String
    var dueAt: String?
    var startedAt: String
    var finishedAt: String?
    var exitCode: Int?
    var reason: String?
    var times: Int
    var container: String?
    var by: String

    static let shape = JSONShape.object([
        "run": .number, "task": .optional(.text), "command": .text, "state": .text, "due_at": .optional(.text),
        "started_at": .text, "finished_at": .optional(.text), "exit_code": .optional(.number),
        "reason": .optional(.text), "times": .number, "container": .optional(.text), "by": .text,
    ])

    init(_ run: CronRun, task: String?) {
        self.run = run.id
        self.task = task
        command = run.command
        state = run.state.rawValue
        dueAt = run.minute.map { Timestamp(milliseconds: $0 * 60_000).text }
        startedAt = run.startedAt.text
        finishedAt = run.endedAt?.text
        exitCode = run.exitCode
        reason = run.reason
        times = run.times
        container = run.container
        by = run.caller
    }

    private enum CodingKeys: String, CodingKey {
        case run, task, command, state, reason, times, container, by
        case dueAt = "due_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case exitCode = "exit_code"
    }
}

struct CronList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "cron:list",
        "Tasks that are due by the clock",
        examples: ["cron:list shop", "cron:list --global --format json"],
        details: """
            Tasks stand in app.json and are those of the release that serves. Schedules are of this machine's time zone:
            a time that is left out when the clock is put forward is made up for right behind the gap, one that comes
            twice when it is put back counts once; tasks whose minute or hour begins with * go on by real minutes.
            """
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(ShownTask.shape)
    @OptionGroup var format: FormatOptions
    @OptionGroup var scope: ScopeArgument
    @Argument(help: "App to look at") var app: AppName?

    func run(on host: Host) async throws {
        guard (app != nil) != scope.isGlobal else {
            throw Failure(.usage, "Please specify an app or --global", fix: "slipway cron:list APP")
        }
        let cron = Cron(on: host)
        let apps: [App]
        if let app { apps = [try await Apps(on: host).find(app)] } else { apps = try await Apps(on: host).visible() }
        var tasks: [OwnedTask] = []
        for found in apps { tasks += try await cron.tasks(of: found) }
        let now = host.time.now()
        if format.wantsJSON {
            return try host.output.answer(json: tasks.map { ShownTask($0, now: now, zone: cron.zone) })
        }
        // Dokku's columns stand first, and in its order.
        let head = ["ID", "Schedule", "Concurrency", "Maintenance", "Command", "Last run"]
        let rows = tasks.map { task in
            let last = task.last.map { "\($0.words), \($0.startedAt.age(at: now)) ago" } ?? "never"
            let isOff = "\(task.isSuspended || task.isAppSuspended)"
            let row = [task.id, task.task.schedule, task.task.policy.rawValue, isOff, task.task.command, last]
            return app == nil ? row + [task.app.name.text] : row
        }
        host.output.answer(lines: table([app == nil ? head + ["App"] : head] + rows))
    }
}

struct CronRunCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "cron:run",
        "Run a task now",
        examples: ["cron:run shop 4yhb6a", "cron:run shop 4yhb6a --detach --ttl-seconds 600"]
    )
    static let permission = Permission.change
    @Flag(help: "Do not wait for its end; tell the name of its container") var detach = false
    @Option(name: .customLong("ttl-seconds"), help: "Ended after so many seconds; 0 is no limit") var limit = 86_400
    @Argument(help: "App") var app: AppName
    @Argument(help: "Task, as cron:list shows it") var task: String

    func run(on host: Host) async throws { try await run(on: host) { try Terminal() } }

    /// The same near another terminal than this process's.
    func run(on host: Host, near terminal: () throws -> Terminal) async throws {
        let cron = Cron(on: host)
        let found = try await cron.find(task, of: try await Apps(on: host).find(app))
        let run = try await CronAsking(cron).claim(found, limit: limit)
        let care = CronCare(cron)
        if detach { return host.output.answer(try await CronAsking(cron).detached(run, of: found, limit: limit)) }
        let status = try await care.attended(run, of: found, limit: limit, near: try terminal())
        if status != 0 { throw ExitCode(status) }
    }
}

/// What `cron:suspend` and `cron:resume` differ in.
protocol CronTurn: Sendable {
    static var configuration: CommandConfiguration { get }
    static var isSuspended: Bool { get }
    static var done: String { get }
}

enum Suspending: CronTurn {
    static let configuration = CommandConfiguration.verb(
        "cron:suspend",
        "Start a task no more by the clock",
        examples: ["cron:suspend shop 4yhb6a", "cron:suspend api 9xk2"]
    )
    static let isSuspended = true
    static let done = "Suspended"
}

enum Resuming: CronTurn {
    static let configuration = CommandConfiguration.verb(
        "cron:resume",
        "Start a task by the clock again",
        examples: ["cron:resume shop 4yhb6a", "cron:resume api 9xk2"]
    )
    static let isSuspended = false
    static let done = "Resumed"
}

struct CronSwitch<Turn: CronTurn>: HostCommand {
    static var configuration: CommandConfiguration { Turn.configuration }
    static var permission: Permission { .change }
    @Argument(help: "App") var app: AppName
    @Argument(help: "Task, as cron:list shows it") var task: String

    func run(on host: Host) async throws {
        let cron = Cron(on: host)
        let found = try await cron.find(task, of: try await Apps(on: host).find(app))
        let changed = try await cron.setMaintenance(Turn.isSuspended, of: found)
        host.output.heading(changed ? "\(Turn.done) \(task) of \(app)" : "\(task) is unchanged")
    }
}

struct CronRuns: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "cron:runs",
        "What became of tasks that were due, the latest first",
        examples: ["cron:runs shop", "cron:runs shop 4yhb6a -n 5 --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(ShownCronRun.shape)
    @OptionGroup var format: FormatOptions
    @Option(name: [.customShort("n"), .customLong("num")], help: "How many") var number = 20
    @Argument(help: "App") var app: AppName
    @Argument(help: "Task, as cron:list shows it; all without it") var task: String?

    func run(on host: Host) async throws {
        guard number >= 0 else { throw Failure(.usage, "--num takes a number from 0") }
        let cron = Cron(on: host)
        let found = try await Apps(on: host).find(app)
        var one: OwnedTask?
        if let task { one = try await cron.find(task, of: found) }
        let names = Dictionary(try await cron.tasks(of: found).map { ($0.task.key, $0.id) }) { $1 }
        let runs = try await cron.runs(of: found, task: one, limit: number)
        if format.wantsJSON {
            return try host.output.answer(json: runs.map { ShownCronRun($0, task: names[$0.task]) })
        }
        let rows = runs.map { run in
            let took = run.endedAt.map { ($0 - run.startedAt).words } ?? ""
            return ["\(run.id)", run.startedAt.text, took, run.words, run.reason ?? "", run.command]
        }
        host.output.answer(lines: table([["Run", "Started", "Took", "State", "Why", "Command"]] + rows))
    }
}

struct CronOutput: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "cron:output",
        "What a run of a task said",
        examples: ["cron:output shop 17", "cron:output shop 4"]
    )
    static let permission = Permission.view
    @Argument(help: "App") var app: AppName
    @Argument(help: "Run, as cron:runs shows it") var run: Int64

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        host.output.answer(lines: try await CronAsking(Cron(on: host)).output(run, of: found))
    }
}
