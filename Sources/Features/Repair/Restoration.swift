import Core
import Engine
import Files
import Proxying
import Repositories
import Scheduling
import Store

/// The steps of bringing one app back to what its rows say.
enum RepairStep: String, StepName {
    case hold, instances, ready, site

    var orphan: OrphanRule {
        switch self {
        case .hold, .instances, .ready:
            .undone(because: "what runs by then goes on and nginx is told of it; the rest is the next repair's")
        case .site: .finished(because: "the instances are there; nginx is told of them")
        }
    }
}

/// Brings one app back to what its rows say: without a build, without a release command, at the same addresses.
struct Restoration: Sendable {
    static let kind = OperationKind("repair", steps: RepairStep.self) { operation, held, host in
        guard let app = try await Apps(on: host).present(operation.app) else { return .undone }
        try await sweep(app, host)
        try await publishStanding(app, host)
        return operation.isDone(RepairStep.ready) ? .finished : .undone
    }

    let host: Host
    let found: AppCase
    let turns: Turns
    /// In which all apps are held back at once.
    let gathering: Gathering

    private var app: App { found.app }
    private var plan: InstancePlan { found.plan ?? InstancePlan() }

    /// - Returns: Every difference of the app with what became of it; nothing is thrown, one app must not keep others.
    func run(holding lock: FileLock) async -> [Repaired] {
        let mending = found.differences.contains { if case .mend = $0.cure { true } else { false } }
        defer { gathering.stayAway(app.id) }
        guard mending else { return found.differences.map(Repaired.untried) }
        let problems: Problems
        do {
            problems = try await Operations(on: host).run(
                Self.kind,
                on: app,
                "repair",
                holding: lock,
                allowLocked: true
            ) { try await carryOut($0) }
        } catch {
            let words = Failure(error).sentence
            return found.differences.map { Self.outcome($0, words) }
        }
        return (found.differences + unforeseen(problems)).map { Self.outcome($0, problems.reason(of: $0)) }
    }

    /// What nginx was told along the way, and would not take.
    private func unforeseen(_ problems: Problems) -> [Difference] {
        let site = Difference(app, .site, "nginx was told of its instances", .mend("have it take that"))
        let isTold = found.differences.contains { $0.kind == .site }
        return problems.reason(of: site) == nil || isTold ? [] : [site]
    }

    private static func outcome(_ difference: Difference, _ reason: String?) -> Repaired {
        guard case .mend = difference.cure else { return .untried(difference) }
        return Repaired(difference: difference, outcome: reason.map { .failed($0) } ?? .done)
    }

    private func carryOut(_ held: Held) async throws -> Problems {
        var problems = Problems()
        if plan.holdsBack {
            // Who cannot be served now is refused by nginx at once, instead of by an address that nobody has.
            try await held.step(RepairStep.hold) { try await problems.gather(.site) { try await holdBack() } }
        }
        if !plan.isEmpty || !found.misruled.isEmpty {
            await turns.take()
            defer { turns.giveBack() }
            let revived = try await held.step(RepairStep.instances) { try await setRight(held, &problems) }
            try await held.step(RepairStep.ready) { try await prove(revived, &problems) }
            await Settling(host: host, held: held).offerNames(app)
        }
        try await held.step(RepairStep.site) {
            try await problems.gather(.site) { try await Self.publishStanding(app, host) }
            try await mendRepository(&problems)
            try await blockLost(held, &problems)
        }
        try await record(held, problems)
        return problems
    }

    /// Releases whose image is gone say so to whoever wants to go back to them; the record of what ran stays.
    private func blockLost(_ held: Held, _ problems: inout Problems) async throws {
        for difference in found.differences where difference.kind == .image {
            guard case .mend = difference.cure, let lost = try? ReleaseNumber(difference.target) else { continue }
            let app = app
            try await problems.gather(.image, difference.target) {
                try await held.write { database in
                    try ReleasesTable.setBlocked(Release.lostImage, lost.number, of: app.id, database)
                }
            }
        }
    }

    private func record(_ held: Held, _ problems: Problems) async throws {
        let mended = found.differences.filter { Self.outcome($0, problems.reason(of: $0)).outcome == .done }
        guard !mended.isEmpty else { return }
        let event = Event("repair", mended.map(\.fact).joined(separator: "; "), of: app, by: host)
        try await held.write { try HostTable.record(event, $0) }
    }
}

// MARK: Instances

extension Restoration {
    /// - Returns: The instances that have been started, with their handles.
    private func setRight(_ held: Held, _ problems: inout Problems) async throws -> [Instance] {
        for stray in plan.strays {
            try await problems.gather(.stray, stray.handle) { try await host.scheduler.remove(stray.handle) }
        }
        for instance in plan.unowned {
            try await problems.gather(.instance, instance.id) { try await Ps(on: host).remove([instance]) }
        }
        let grace = try await Properties("ps", on: host).effective(Ps.stopTimeout, of: app)
        for instance in plan.unwanted {
            guard let handle = instance.handle else { continue }
            try await problems.gather(.instance, instance.id) {
                try await host.scheduler.stop(handle, grace: .seconds(Int(grace) ?? 30))
            }
        }
        for instance in found.misruled {
            try await problems.gather(.policy, instance.id) { try await setPolicy(instance) }
        }
        return try await revive(held, &problems)
    }

    private func revive(_ held: Held, _ problems: inout Problems) async throws -> [Instance] {
        let asked = Set(found.differences.filter { if case .mend = $0.cure { true } else { false } }.map(\.target))
        let wanted = plan.revived.filter { asked.contains($0.id) }
        let keeps = Set(plan.down.map(\.id))
        return try await withThrowingTaskGroup(of: (Instance, (any Error)?).self) { group in
            for instance in wanted {
                group.addTask {
                    do {
                        return (try await revive(instance, keeping: keeps.contains(instance.id), held), nil)
                    } catch {
                        return (instance, error)
                    }
                }
            }
            var running: [Instance] = []
            for try await (instance, error) in group {
                if let error { try problems.add(.instance, instance.id, error) } else { running.append(instance) }
            }
            return running
        }
    }

    /// Starts the container that is there; where there is none, or none that can be started, one is made from the record.
    ///
    /// It has its restart policy from the first moment, because it has proven itself when it was deployed.
    private func revive(_ instance: Instance, keeping keeps: Bool, _ held: Held) async throws -> Instance {
        if keeps, let handle = instance.handle {
            do {
                try await host.scheduler.start(handle)
                try await setPolicy(instance)
                return instance
            } catch EngineError.refused {
                host.output.detail("\(app.name): \(instance.name) cannot be started as it is, and is made again")
            }
        }
        if let handle = instance.handle { try await host.scheduler.remove(handle) }
        let release = try await Releases(on: host).find(instance.release, of: app)
        try await Registries(on: host).recover(release, app)
        let started = try await Ps(on: host).start(instance, of: app, release, held)
        try await setPolicy(started)
        try await Networks(on: host).joinLate(started, of: app, release)
        return started
    }

    private func setPolicy(_ instance: Instance) async throws {
        let policy = found.release?.settings.restartPolicy ?? Ps.restartPolicy.fallback
        if let handle = instance.handle { try await host.scheduler.setRestartPolicy(policy, of: handle) }
    }

    /// Waits for each to be ready.
    ///
    /// One that is not goes on under its restart policy: what it needs may come later.
    private func prove(_ instances: [Instance], _ problems: inout Problems) async throws {
        guard !instances.isEmpty, let release = found.release else { return }
        let checks = try await Checks(on: host).plan(app, release)
        let host = host
        try await withThrowingTaskGroup(of: (Instance, (any Error)?).self) { group in
            for instance in instances {
                group.addTask {
                    do {
                        _ = try await Readiness(host: host, plan: checks).wait(for: instance)
                        return (instance, nil)
                    } catch {
                        return (instance, error)
                    }
                }
            }
            for try await (instance, error) in group {
                if let error { try problems.add(.instance, instance.id, error) }
            }
        }
    }

    /// Containers of the app that were made for a row and are not the row's.
    private static func sweep(_ app: App, _ host: Host) async throws {
        let containers = try await host.scheduler.list(labels: [Engine.appLabel: app.id.text])
        let survey = try await Survey.read(host)
        let rows = survey.instances[app.id] ?? []
        let plan = InstancePlan(app, rows: rows, containers: containers, images: [:], operations: [])
        for stray in plan.strays { try await host.scheduler.remove(stray.handle) }
    }
}

// MARK: nginx and the repository

extension Restoration {
    /// Nobody is sent to what does not run; without any web instance nginx answers 503 by itself.
    private func holdBack() async throws {
        guard let release = found.release, try await AppProxy(on: host).isEnabled(app) else {
            return gathering.stayAway(app.id)
        }
        let site = try await Nginx(on: host).site(of: app, serving: release, by: plan.up)
        do {
            try await gathering.join(app.id, site)
        } catch {
            // One site that nginx refuses must not keep the others.
            try await Nginx(on: host).tell([site])
        }
    }

    /// Tells nginx of the instances that are there, those included that the engine is starting again.
    private static func publishStanding(_ app: App, _ host: Host) async throws {
        let nginx = Nginx(on: host)
        guard !app.isStopped, let release = try await Releases(on: host).current(of: app) else {
            return try await nginx.publish(app)
        }
        var standing: [Instance] = []
        for instance in try await Ps(on: host).instances(of: app) where instance.state == .live {
            guard instance.type == .web, let handle = instance.handle else { continue }
            switch try await host.scheduler.inspect(handle)?.phase {
            case .running, .restarting: standing.append(instance)
            case .created, .paused, .exited, nil: continue
            }
        }
        guard try await AppProxy(on: host).isEnabled(app) else { return try await nginx.publish(app) }
        try await nginx.publish(try await nginx.site(of: app, serving: release, by: standing), of: app)
    }

    private func mendRepository(_ problems: inout Problems) async throws {
        let host = host
        if found.differences.contains(where: { $0.kind == .repository }) {
            try await problems.gather(.repository) {
                let isNew = !host.repositories.exists(app.id)
                try await Git(on: host).prepare(app)
                let branch = try await Properties("git", on: host).effective(Git.deployBranch, of: app)
                if isNew, !branch.isEmpty { try host.repositories.setHead(branch, in: app.id) }
            }
        }
        for (reference, revision) in found.references {
            try await problems.gather(.reference, reference) {
                try host.repositories.move(reference, to: revision, in: app.id, message: "slipway: repair")
            }
        }
    }
}
