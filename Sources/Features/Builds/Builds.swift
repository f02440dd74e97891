import Core
import Files
import Store
import SystemPackage

extension Feature {
    /// Attempts to make images.
    static let builds = Feature(
        "builds",
        "Attempts to make images, and what they said",
        commands: BuildsCommands.all,
        migrations: BuildsTable.migrations,
        properties: [Builds.retention],
        report: { app, source in
            guard let app else { return [] }
            return Builds.report(try BuildsTable.latest(of: app.id, source.database))
        }
    )
}

/// What can be asked of builds.
struct Builds: Sendable {
    static let retention = Property(
        "retention",
        default: "20",
        "How many builds of an app are remembered",
        validate: Allowed.number(1...10_000)
    )

    let host: Host

    init(on host: Host) { self.host = host }

    func all(of app: App) async throws -> [Build] { try await host.store.read { try BuildsTable.all(of: app.id, $0) } }

    /// The name of the builder that made a release's image; the usual one where that is not known any more.
    func builder(of release: Release) async throws -> String {
        guard let id = release.build else { return "dockerfile" }
        return try await host.store.read { try BuildsTable.find(id, of: release.app, $0)?.builder } ?? "dockerfile"
    }

    /// Builds, and deploys that built nothing; the newest first.
    func records(of app: App) async throws -> [BuildRecord] {
        BuildRecord.list(try await all(of: app), try await Operations(on: host).recent(of: app, limit: 1000))
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func find(_ id: String?, of app: App) async throws -> BuildRecord {
        let all = try await records(of: app)
        let wanted = id.flatMap { $0 == "current" ? nil : $0 }
        // The one that runs is the current one; else the last that made an image.
        let first = all.first { $0.status == .running } ?? all.first { $0.kind == .build } ?? all.first
        guard let record = wanted.map({ id in all.first { $0.id == id } }) ?? first else {
            throw Failure(
                .notFound,
                "\(app.name) has no build \(quoted(id ?? ""))",
                fix: "slipway builds:list \(app.name)"
            )
        }
        return record
    }

    fileprivate static func report(_ last: BuildRecord?) -> [ReportLine] {
        let facts = [
            ("id", last?.id), ("kind", last?.kind.rawValue), ("status", last?.status.rawValue),
            ("pid", last?.process.map { "\($0)" }), ("source", last?.source), ("started-at", last?.startedAt.text),
            ("finished-at", last?.endedAt?.text), ("exit-code", last?.exitCode.map { "\($0)" }),
        ]
        return facts.map { ReportLine("build-\($0.0)", $0.1 ?? "", isBare: true) }
    }
}

// MARK: What they said

extension Builds {
    /// Hands out what a build has said, and with `follow` what it goes on to say until it ends.
    func output(of record: BuildRecord, _ app: App, follow: Bool, _ say: @escaping @Sendable (String) -> Void)
        async throws
    {
        guard record.kind == .build else {
            guard let release = record.release else { return }
            let lines = try await Logs(on: host).ofFailed(app, release)
            return say(lines.map { "\($0)\n" }.joined())
        }
        let path = host.paths.logs(of: app.id).appending("build-\(record.id).log")
        var told = 0
        while true {
            // Asked before the file is read, so that nothing that came in between is left out.
            let status = follow ? try await find(record.id, of: app).status : .succeeded
            let bytes = try readFile(path, limit: 64 << 20) ?? []
            if bytes.count > told { say(String(decoding: bytes[told...], as: UTF8.self)) }
            told = max(told, bytes.count)
            if status != .running { return }
            try await host.time.clock.sleep(for: .milliseconds(500))
        }
    }

    /// What became of the wish to end a deploy.
    enum Cancelling: Sendable, Equatable {
        case asked
        /// Its process was dead; what it had begun is brought to an end.
        case settled
        case nothing
    }

    /// Asks the running deploy of an app to stop; it does so at the engine too.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/unchangeable`` when it goes live whatever anybody asks for.
    func cancel(_ app: App) async throws -> Cancelling {
        let event = Event("builds:cancel", "asked the deploy to stop", of: app, by: host)
        let running = try await host.store.read { try OperationsTable.running(app.id, $0) }
            .filter { $0.kind == Settling.deploy.name }
        let alive = running.filter(\.owner.isAlive)
        guard alive.isEmpty else {
            let late = try await host.store.write { database in
                // A switch that begins now either sees the wish or is seen here.
                let now = try alive.compactMap { try OperationsTable.find($0.id, database) }
                if let late = now.first(where: \.isGoingLive) { return Operation?.some(late) }
                for operation in now { try OperationsTable.cancel(operation.id, database) }
                try HostTable.record(event, database)
                return nil
            }
            if let late { throw Self.tooLate(late, app) }
            return .asked
        }
        guard !running.isEmpty, let lock = try Operations(on: host).tryTake(app.id, Operations.settling) else {
            return .nothing
        }
        defer { lock.release() }
        try await Operations(on: host).settleOrphans(of: app)
        return .settled
    }

    private static func tooLate(_ operation: Operation, _ app: App) -> Failure {
        let step = operation.steps.last.map { ", now in \($0.name)" } ?? ""
        return Failure(
            .unchangeable,
            "the deploy of \(app.name) cannot be stopped any more",
            why: "it is past its switch\(step), and goes live",
            fix: app.current.map { "when it is done: slipway releases:rollback \(app.name) v\($0)" }
        )
    }

    /// Forgets builds past retention with what they said, and ends those that nobody works on.
    ///
    /// One whose release can be gone back to stays, whatever its age.
    /// - Returns: How many are forgotten.
    func forget(_ app: App) async throws -> Int {
        let count = Int(try await Properties("builds", on: host).effective(Self.retention, of: app)) ?? 20
        let retained = Int(try await Properties("apps", on: host).effective(Retention.count, of: app)) ?? 5
        let records = try await records(of: app).filter { $0.kind == .build }
        let (now, current) = (host.time.now(), app.current)
        let gone = try await host.store.write { database in
            for record in records where record.status == .abandoned {
                try BuildsTable.end(record.id, .abandoned, image: nil, at: now, database)
            }
            let releases = try ReleasesTable.outlines(of: app.id, database)
            let needed =
                releases.good(keeping: retained).map(\.number)
                + releases.filter { $0.isPinned || $0.status == .pending || $0.number == current }.map(\.number)
            let old = records.dropFirst(count).filter { record in
                record.status != .running && !(record.release.map(needed.contains) ?? false)
            }
            for record in old { try BuildsTable.delete(record.id, database) }
            return old.map(\.id)
        }
        for id in gone { try removeFile(host.paths.logs(of: app.id).appending("build-\(id).log")) }
        return gone.count
    }
}

extension DeployStep {
    /// People are sent to the newcomers.
    var isPointOfNoReturn: Bool { self == .switchOver }
}

extension Operation {
    /// Whether it is a deploy past its switch that has not failed since.
    var isGoingLive: Bool {
        kind == Settling.deploy.name && hasBegun(DeployStep.switchOver) && notes["failure"] == nil
    }
}
