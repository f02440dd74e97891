import Core
import Files
import Programs
import Scheduling
import Store
import SystemPackage
import Terminals

/// Starts runs, and brings to an end those whose program has ended.
struct CronCare: Sendable {
    static let runLabel = "slipway.cron-run"
    /// How long something may be between two of its rows before it is taken for left.
    private static let patience = Duration.seconds(300)
    /// Lines that are kept of what a run says.
    private static let lines = 1000

    let cron: Cron
    private var host: Host { cron.host }

    init(_ cron: Cron) { self.cron = cron }

    /// The container of a run: as a person's one-off program, under the names of a task.
    func workload(_ run: CronRun, of task: OwnedTask, limit: Int, attendant: Owner?) async throws -> Workload {
        let words = try task.task.words()
        let wish = try RunWish(["--no-tty", "--ttl-seconds", "\(limit)", task.app.name.text] + words)
        var workload = try await Run(on: host).workload(for: wish, attendant: attendant)
        let number = workload.name.split(separator: ".").last.map(String.init) ?? "\(run.id)"
        workload.name = "\(task.app.name).cron.\(number)"
        workload.hostname = "cron-\(number)"
        workload.environment["DYNO"] = "cron.\(number)"
        workload.environment["SLIPWAY_PROCESS"] = "cron.\(number)"
        let labels = [
            "com.dokku.dyno": "cron.\(number)", "com.dokku.process-type": "cron", "slipway.type": "cron",
            OneOff.cronLabel: task.id, "com.dokku.concurrency-policy": task.task.policy.rawValue,
            Self.runLabel: "\(run.id)",
        ]
        workload.labels.merge(labels.merging(OneOff.cronKind) { $1 }) { $1 }
        return workload
    }

    /// Starts a run that has been taken on; whatever goes wrong is written into its row.
    func start(_ run: CronRun, of task: OwnedTask, limit: Int = 86_400) async {
        do {
            _ = try await started(run, of: task, limit: limit)
            host.output.step("\(task.app.name): \(quoted(run.command)) started")
        } catch {
            let failure = Failure(error)
            host.output.warn("\(task.app.name): \(quoted(run.command)) did not start: \(failure.what)")
            try? await close(run, .failed, code: nil, because: failure.why ?? failure.what, lines: [])
        }
    }

    /// - Returns: The name of its container, which goes on by itself.
    func started(_ run: CronRun, of task: OwnedTask, limit: Int) async throws -> String {
        if task.task.policy == .replace { try await endOthers(than: run) }
        var workload = try await workload(run, of: task, limit: limit, attendant: nil)
        // How it ends is looked up afterwards; then it is removed.
        workload.removesItself = false
        let handle = try await host.scheduler.create(workload)
        do { try await host.scheduler.start(handle) } catch {
            try? await host.scheduler.remove(handle)
            throw error
        }
        var copy = run
        (copy.state, copy.container) = (.running, workload.name)
        let running = copy
        // One that is short has ended by now, and somebody may have seen that.
        try await host.store.write { try CronTable.write(running, $0) }
        return workload.name
    }

    /// Runs a task joined to a person until it ends.
    ///
    /// - Returns: Its exit status, or 137 when it was ended because the person left or the time was over.
    func attended(_ run: CronRun, of task: OwnedTask, limit: Int, near: Terminal) async throws -> Int32 {
        if task.task.policy == .replace { try await endOthers(than: run) }
        do {
            var workload = try await workload(run, of: task, limit: limit, attendant: .this)
            workload.openInput = true
            var running = run
            (running.state, running.container) = (.running, workload.name)
            let (noted, made, scheduler) = (running, workload, host.scheduler)
            try await host.store.write { try CronTable.write(noted, $0) }
            let span: Duration? = limit == 0 ? nil : .seconds(limit)
            let attendance = Attendance(near: near, isTerminal: false, limit: span, clock: host.time.clock)
            let status = try await attendance.attend { try await scheduler.attend(made) }
            (running.state, running.endedAt, running.exitCode) = (.ended, host.time.now(), Int(status))
            let ended = running
            try await host.store.write { try CronTable.write(ended, $0) }
            return status
        } catch {
            let failure = Failure(error)
            try? await close(run, .failed, code: nil, because: failure.why ?? failure.what, lines: [])
            throw error
        }
    }

    /// Ends the runs of the same task that still go on.
    private func endOthers(than run: CronRun) async throws {
        let others = try await host.store.read { try CronTable.open(run.app, $0) }
            .filter { $0.task == run.task && $0.id != run.id }
        guard !others.isEmpty else { return }
        let containers = try await containers()
        for other in others {
            if let container = containers[other.id] {
                try await host.scheduler.stop(container.handle, grace: .seconds(10))
                try await end(other, container, .replaced, because: "the next one was due")
            } else {
                try await close(other, .replaced, code: nil, because: "the next one was due", lines: [])
            }
        }
    }

    /// Containers of tasks by the ids of their runs.
    private func containers() async throws -> [Int64: ScheduledInstance] {
        let all = try await host.scheduler.list(labels: OneOff.cronKind)
        let pairs = all.compactMap { one in one.labels[Self.runLabel].flatMap { Int64($0) }.map { ($0, one) } }
        return Dictionary(pairs) { first, _ in first }
    }
}

// MARK: How they end

extension CronCare {
    /// Writes down how runs have ended and removes their containers; ends those whose time is over.
    ///
    /// The engine is asked before the rows are read: whoever makes a container has written its row before.
    func collect() async throws {
        var containers = try await containers()
        let open = try await host.store.read { try CronTable.open(nil, $0) }
        let now = host.time.now()
        for run in open {
            let container = containers.removeValue(forKey: run.id)
            do { try await look(after: run, container, at: now) } catch {
                host.output.warn("the run \(run.id) of \(quoted(run.command)): \(Failure(error).what)")
            }
        }
        // Their rows say how they ended; the process that was to remove them died before it did.
        for container in containers.values where !container.isRunning || OneOff(container).isOver(at: now) {
            try? await host.scheduler.remove(container.handle)
        }
    }

    private func look(after run: CronRun, _ container: ScheduledInstance?, at now: Timestamp) async throws {
        let isOld = now - run.startedAt > Self.patience
        guard let container, let state = try await host.scheduler.inspect(container.handle) else {
            guard isOld else { return }
            let why = run.state == .claimed ? "the process that was to start it died" : "its container was taken away"
            return try await close(run, .failed, code: nil, because: why, lines: [])
        }
        switch state.phase {
        case .exited(let code, let outOfMemory):
            let why = outOfMemory ? "it ran out of memory" : nil
            try await end(run, container, .ended, code: code, because: why, at: state.endedAt)
        case .created:
            guard isOld else { return }
            try await end(run, container, .failed, because: "it was never started")
        default:
            guard OneOff(container).isOver(at: now) else { return }
            try await host.scheduler.stop(container.handle, grace: .seconds(10))
            try await end(run, container, .ended, code: 137, because: "its time was over")
        }
    }

    private func end(
        _ run: CronRun,
        _ container: ScheduledInstance,
        _ state: CronRun.State,
        code: Int? = nil,
        because why: String?,
        at moment: Timestamp? = nil
    ) async throws {
        let lines = (try? await host.scheduler.lastLines(Self.lines, of: container.handle)) ?? []
        var run = run
        run.container = container.name
        try await close(run, state, code: code, because: why, lines: lines, at: moment)
        try await host.scheduler.remove(container.handle)
    }

    /// The end of a run is written by one process; that one keeps what it said, and mails it.
    private func close(
        _ run: CronRun,
        _ state: CronRun.State,
        code: Int?,
        because why: String?,
        lines: [LogLine],
        at moment: Timestamp? = nil
    ) async throws {
        var run = run
        (run.state, run.exitCode, run.reason, run.endedAt) = (state, code, why, moment ?? host.time.now())
        let ended = run
        guard try await host.store.write({ try CronTable.write(ended, $0) }) else { return }
        let text = lines.map { "\($0.time) app[cron.\(run.id)]: \($0.text)\n" }.joined()
        let path = Self.log(of: run, host.paths)
        if !text.isEmpty {
            // A log that cannot be written must not keep the run open.
            try? makeFolder(path.removingLastComponent())
            try? appendToFile(path, Array(text.utf8))
        }
        await CronMail(cron).tell(of: run, lines)
    }

    static func log(of run: CronRun, _ paths: Paths) -> FilePath {
        paths.logs(of: run.app).appending("cron-\(run.id).log")
    }

    /// Forgets runs of long ago with what they said.
    func forget(_ app: App) async throws {
        let gone = try await host.store.write { try CronTable.forget(keeping: Cron.kept, of: app.id, $0) }
        for id in gone { try removeFile(host.paths.logs(of: app.id).appending("cron-\(id).log")) }
    }
}
