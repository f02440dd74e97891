import Core
import Store

extension Feature {
    /// Tasks of apps that are due by the clock.
    static let cron = Feature(
        "cron",
        "Tasks of apps that are due by the clock",
        commands: CronCommands.all,
        migrations: CronTable.migrations,
        properties: Cron.properties,
        report: { app, source in try Cron.report(app, source) }
    )
}

/// What can be asked of tasks; they stand in app.json and belong to the release that serves.
struct Cron: Sendable {
    static let mailFrom = Property(
        "mailfrom",
        default: "",
        scope: .global,
        "Who mails about runs are from",
        validate: { try checkAddresses($0, most: 1) }
    )
    static let mailTo = Property(
        "mailto",
        default: "",
        scope: .global,
        "Who gets what runs say; nobody when empty",
        validate: { try checkAddresses($0, most: 10) }
    )
    static let maintenance = Property(
        "maintenance",
        default: "false",
        "No task is due while it is true",
        validate: Allowed.boolean
    )
    /// Whether one task is suspended; what is set stands with the task.
    static let taskMaintenance = Property(
        "maintenance.<id>",
        default: "false",
        scope: .app,
        lines: .raw,
        "Whether this task is suspended; as app.json says without it",
        validate: Allowed.boolean
    )
    static let properties = [mailFrom, mailTo, maintenance, taskMaintenance]

    /// The task that a member of ``taskMaintenance`` is about.
    static func task(of property: Property) -> String? {
        let prefix = taskMaintenance.familyPrefix ?? ""
        return property.name.hasPrefix(prefix) ? String(property.name.dropFirst(prefix.count)) : nil
    }
    /// How many runs of each task are remembered.
    static let kept = 100

    let host: Host
    var zone: HourZone

    init(on host: Host, zone: HourZone = .host) {
        self.host = host
        self.zone = zone
    }

    /// The tasks of the release that serves, in the order of app.json.
    func tasks(of app: App) async throws -> [OwnedTask] {
        guard app.current != nil else { return [] }
        let app = try await Apps(on: host).find(app.id)
        return try await Reports.reading([app], host) {
            try await Reports.read(host) { try Self.tasks(of: app, $0) }
        }
    }

    private static func tasks(of app: App, _ source: ReportSource) throws -> [OwnedTask] {
        guard let release = try source.current(of: app) else { return [] }
        let tasks = release.facts.appJSON.cron
        guard !tasks.isEmpty else { return [] }
        let isOff = source.sheet.effective("cron", maintenance, of: app) == "true"
        let switches = try CronTable.switches(of: app.id, source.database)
        let last = try CronTable.last(of: app.id, source.database)
        let live = try ReleasesTable.all(of: app.id, source.database).filter(\.wasLive)
        return tasks.map { task in
            // A release that changed something else has brought no task.
            let bringing = live.prefix { $0.facts.appJSON.cron.contains { $0.key == task.key } }.last ?? release
            return OwnedTask(
                app: app,
                task: task,
                isAppSuspended: isOff,
                isSuspended: switches[task.key] ?? task.maintenance,
                since: bringing.liveAt ?? bringing.createdAt,
                last: last[task.key]
            )
        }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func find(_ id: String, of app: App) async throws -> OwnedTask {
        let all = try await tasks(of: app)
        guard let found = all.first(where: { $0.id == id }) else {
            throw Failure(
                .notFound,
                "\(app.name) has no cron task \(quoted(id))",
                why: all.isEmpty ? "its app.json names none" : "it has \(all.count), and none is called so",
                fix: "slipway cron:list \(app.name)"
            )
        }
        return found
    }

    /// Suspends or resumes one task; nil is as app.json says.
    ///
    /// - Returns: False when that is so already.
    func setMaintenance(_ value: Bool?, of task: OwnedTask) async throws -> Bool {
        let key = task.task.key
        // What app.json says anyway needs no row.
        let wanted = value == task.task.maintenance ? nil : value
        let event = Event(
            "cron:\((value ?? task.task.maintenance) ? "suspend" : "resume")",
            task.id,
            of: task.app,
            by: host
        )
        return try await host.store.write { database in
            guard try CronTable.switches(of: task.app.id, database)[key] != wanted else { return false }
            try CronTable.setSwitch(key, of: task.app.id, to: wanted, database)
            try HostTable.record(event, database)
            return true
        }
    }

    func runs(of app: App, task: OwnedTask?, limit: Int) async throws -> [CronRun] {
        try await host.store.read { try CronTable.recent(app.id, task?.task.key, limit: limit, $0) }
    }

    /// How long whoever keeps the time may sleep: to the next minute, or ten seconds while something runs.
    func pause() async -> Duration {
        let rest = Duration.milliseconds(60_000 - host.time.now().milliseconds % 60_000)
        let open = try? await host.store.read { try CronTable.open(nil, $0) }
        return open?.isEmpty ?? true ? rest : min(rest, .seconds(10))
    }

    fileprivate static func report(_ app: App?, _ source: ReportSource) throws -> [ReportLine] {
        let values = source.sheet.effective("cron", properties, of: app)
        var lines = properties.filter { $0.familyPrefix == nil }.map {
            ReportLine("computed-\($0.name)", values[$0.name] ?? "")
        }
        guard let app else { return lines }
        let tasks = try tasks(of: app, source)
        let missed = try CronTable.count(.missed, of: app.id, source.database)
        let skipped = try CronTable.count(.skipped, of: app.id, source.database)
        lines += [
            ReportLine("task-count", "\(tasks.count)"), ReportLine("missed-count", "\(missed)"),
            ReportLine("skipped-count", "\(skipped)"),
        ]
        for task in tasks {
            lines.append(ReportLine("maintenance-\(task.id)", "\(task.isSuspended)"))
            let last = task.last.map { "\($0.startedAt.text) \($0.words)" } ?? "never"
            lines.append(ReportLine("last-run-\(task.id)", last))
        }
        return lines
    }

    /// Addresses that a mail program takes for nothing else.
    private static func checkAddresses(_ text: String, most: Int) throws {
        let all = text.split(separator: ",", omittingEmptySubsequences: false)
        let areFine = all.allSatisfy { address in
            !address.isEmpty && address.utf8.count <= 254 && !address.hasPrefix("-")
                && address.utf8.allSatisfy { $0.isLetterOrDigit || "._%+@-".utf8.contains($0) }
        }
        guard areFine, all.count <= most else {
            throw Failure.malformed(
                "\(quoted(text)) is not a mail address",
                fix: most == 1 ? "write it as ops@example.com" : "write it as ops@example.com, several joined by commas"
            )
        }
    }
}

/// A task with what holds for it in its app.
struct OwnedTask: Sendable, Equatable {
    var app: App
    var task: CronTask
    var isAppSuspended: Bool
    var isSuspended: Bool
    /// When the release that brought it went live; it is due from then on.
    var since: Timestamp
    var last: CronRun?

    var id: String { task.id(in: app.name) }
    /// A stopped app runs nothing by itself.
    var isDueByClock: Bool { !isAppSuspended && !isSuspended && !app.isStopped }
}
