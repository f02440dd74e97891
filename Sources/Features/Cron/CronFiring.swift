import Core
import Store

/// Starts what is due; safe at any moment, as often as one likes, and by several processes at once.
///
/// A minute of a task is a row that only one process can write, so each fires once. What nobody was there for is
/// written down as missed and not made up for.
struct CronFiring: Sendable {
    /// How many minutes late a run may be and is not missed: a machine may be busy, a timer late.
    static let grace: Int64 = 2
    /// How far back missed runs are counted, in minutes: a month.
    private static let memory: Int64 = 31 * 1440
    /// What is counted of one task at a time.
    private static let most = 1000
    /// How many containers are started at a time.
    private static let width = 4

    let cron: Cron
    private var host: Host { cron.host }

    init(_ cron: Cron) { self.cron = cron }

    /// A minute of a task that has been taken on.
    private struct Claim: Sendable {
        var task: OwnedTask
        var run: CronRun
    }

    /// Brings to an end what has ended, and starts what has become due since the last time anybody looked.
    func fire() async throws {
        var tasks: [OwnedTask] = []
        for app in try await Apps(on: host).list() where app.current != nil {
            tasks += try await cron.tasks(of: app)
        }
        let open = try await host.store.read { try CronTable.open(nil, $0) }
        // Where there are no tasks the engine is left alone.
        if !tasks.isEmpty || !open.isEmpty { try await CronCare(cron).collect() }
        tasks = tasks.filter(\.isDueByClock)
        let claims = try await claim(tasks)
        for claim in claims { say(claim) }
        let starting = claims.filter { $0.run.state == .claimed }
        await withTaskGroup(of: Void.self) { group in
            for (index, claim) in starting.enumerated() {
                if index >= Self.width { await group.next() }
                group.addTask { await CronCare(cron).start(claim.run, of: claim.task) }
            }
        }
    }

    /// One transaction: what is due and nobody else has taken.
    private func claim(_ tasks: [OwnedTask]) async throws -> [Claim] {
        let now = host.time.now()
        let minute = now.milliseconds / 60_000
        let caller = host.caller.name
        let (this, zone) = (self, cron.zone)
        return try await host.store.write { database in
            let last = try HostTable.moment("cron", database).map { $0.milliseconds / 60_000 } ?? minute - 1
            // A clock that was set back begins anew; what had its row has it still.
            let from = max(last > minute ? minute - 1 : last, minute - Self.memory)
            guard from < minute else { return [] }
            try HostTable.setMoment("cron", to: Timestamp(milliseconds: minute * 60_000), database)
            let open = Set(try CronTable.open(nil, database).map { "\($0.app) \($0.task)" })
            return try tasks.flatMap { task -> [Claim] in
                let rows = this.rows(task, from, minute, zone, isOpen: open.contains("\(task.app.id) \(task.task.key)"))
                return try rows.compactMap { row in
                    var row = row
                    (row.startedAt, row.caller) = (now, caller)
                    if row.state != .claimed { row.endedAt = now }
                    return try CronTable.insert(row, database).map { Claim(task: task, run: $0) }
                }
            }
        }
    }

    /// What a task gets for the time behind one minute and through another: at most one run, and one note of missed ones.
    private func rows(
        _ task: OwnedTask,
        _ from: Int64,
        _ minute: Int64,
        _ zone: HourZone,
        isOpen: Bool
    ) -> [CronRun] {
        guard let schedule = try? CronSchedule(task.task.schedule) else { return [] }
        let start = max(from, task.since.milliseconds / 60_000)
        var due = schedule.due(after: start, through: minute, in: zone, limit: Self.most)
        let chosen = due.last.flatMap { minute - $0 <= Self.grace ? $0 : nil }
        if chosen != nil { due.removeLast() }
        var rows: [CronRun] = []
        if let last = due.last {
            var missed = Self.row(task, .missed, last)
            missed.times = due.count
            missed.reason = "nobody was there to start it"
            rows.append(missed)
        }
        guard let chosen else { return rows }
        let isOverlap = isOpen && task.task.policy == .forbid
        var run = Self.row(task, isOverlap ? .skipped : .claimed, chosen)
        if isOverlap { run.reason = "the run before it still goes on" }
        return rows + [run]
    }

    static func row(_ task: OwnedTask, _ state: CronRun.State, _ minute: Int64?) -> CronRun {
        CronRun(
            app: task.app.id,
            task: task.task.key,
            command: task.task.command,
            minute: minute,
            state: state,
            release: task.app.current,
            startedAt: Timestamp(milliseconds: 0),
            caller: ""
        )
    }

    private func say(_ claim: Claim) {
        let (name, output) = ("\(claim.task.app.name): \(quoted(claim.run.command))", host.output)
        switch claim.run.state {
        case .missed: output.warn("\(name) was missed \(claim.run.times == 1 ? "once" : "\(claim.run.times) times")")
        case .skipped: output.warn("\(name) is left out: the run before it still goes on")
        default: break
        }
    }
}
