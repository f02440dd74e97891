import Core
import Files
import Scheduling
import Store
import SystemPackage

/// What a person asks of tasks besides their schedule.
struct CronAsking: Sendable {
    let cron: Cron
    private var host: Host { cron.host }

    init(_ cron: Cron) { self.cron = cron }

    /// Writes down that a task is run for a person.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/busy`` when it runs already and may not run twice.
    func claim(_ task: OwnedTask, limit: Int) async throws -> CronRun {
        guard (0...31_536_000).contains(limit) else {
            throw Failure(.usage, "--ttl-seconds takes a number from 0, which is no limit, to 31536000, a year")
        }
        try await CronCare(cron).collect()
        var run = CronFiring.row(task, .claimed, nil)
        (run.startedAt, run.caller) = (host.time.now(), host.caller.name)
        let fresh = run
        let event = Event(
            at: run.startedAt,
            app: task.app,
            caller: host.caller.name,
            name: "cron:run",
            detail: task.id
        )
        return try await host.store.write { database in
            let isOpen = try CronTable.open(task.app.id, database).contains { $0.task == task.task.key }
            guard !isOpen || task.task.policy != .forbid, let claimed = try CronTable.insert(fresh, database) else {
                throw Failure(
                    .busy,
                    "\(task.id) of \(task.app.name) runs already",
                    why: "its concurrency_policy is forbid",
                    fix: "wait for its end: slipway cron:runs \(task.app.name)"
                )
            }
            try HostTable.record(event, database)
            return claimed
        }
    }

    /// - Returns: The name of its container.
    func detached(_ run: CronRun, of task: OwnedTask, limit: Int) async throws -> String {
        do {
            return try await CronCare(cron).started(run, of: task, limit: limit)
        } catch {
            var failed = run
            (failed.state, failed.endedAt, failed.reason) = (.failed, host.time.now(), Failure(error).what)
            let noted = failed
            try await host.store.write { try CronTable.write(noted, $0) }
            throw error
        }
    }

    /// What is kept of a run that has ended; what one says that goes on.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func output(_ id: Int64, of app: App) async throws -> [String] {
        guard let run = try await host.store.read({ try CronTable.find(id, $0) }), run.app == app.id else {
            throw Failure(.notFound, "\(app.name) has no run \(id)", fix: "slipway cron:runs \(app.name)")
        }
        if run.state == .running {
            let all = try await host.scheduler.list(labels: OneOff.cronKind)
            guard let one = all.first(where: { $0.labels[CronCare.runLabel] == "\(id)" }) else { return [] }
            return try await host.scheduler.lastLines(1000, of: one.handle).map(\.text)
        }
        let bytes = try readFile(CronCare.log(of: run, host.paths), limit: 64 << 20) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
