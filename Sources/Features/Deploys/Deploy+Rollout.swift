import Core
import Plugins
import Proxying
import Scheduling
import Store

/// What a deploy starts in which order, and what it ends before.
struct Rollout: Sendable {
    var batches: [Batch]
    /// The old instances that end before new ones start.
    var endingFirst: [Instance]
    /// Why those of a type do.
    var reasons: [ProcessType: String]
    var threshold: Int
}

extension Deploy {
    /// Decides by the formation, the app's strategy and what its mounts can bear; changes nothing.
    func rollout(_ release: Release) async throws -> Rollout {
        let ps = Ps(on: host)
        let formation = Formation(
            asked: try await ps.asked(of: app).merging(order.scale) { $1 },
            facts: release.facts
        )
        try refuseUnknownTypes(formation)
        try refuseManyWriters(formation, release)
        try refuseManyPublishers(formation, release)
        let live = try await ps.live(of: app)
        let present = Set(live.map(\.name))
        let all = formation.slots.map { Slot(type: $0.type, ordinal: $0.ordinal) }
        let slots = all.filter { slot in
            let isThere = present.contains(slot.name)
            if let only = order.only, !only.contains(slot.type), isThere { return false }
            if let instance = order.instance, slot.name != instance, isThere { return false }
            return !(order.keepsRunning && isThere)
        }
        let (taken, wanted) = (Set(slots.map(\.name)), Set(all.map(\.name)))
        let leaving = live.filter { taken.contains($0.name) || !wanted.contains($0.name) }
        let properties = Properties("ps", on: host)
        let strategy = try Strategy(try await properties.effective(Strategy.property, of: app))
        let reasons = try await reasons(strategy, slots, leaving, release)
        return Rollout(
            batches: Batch.plan(
                slots,
                typesAtOnce: try await SchedulerDockerLocal.typesAtOnce(app, host),
                atOnce: strategy.atOnce,
                most: release.facts.appJSON.formation.compactMapValues(\.maxParallel),
                endingFirst: Set(reasons.keys)
            ),
            endingFirst: leaving.filter { reasons[$0.type] != nil },
            reasons: reasons,
            threshold: Int(try await properties.effective(Strategy.threshold, of: app)) ?? 0
        )
    }

    /// Types of which the old must end before the new starts, and why; none where nothing old is in the way.
    private func reasons(
        _ strategy: Strategy,
        _ slots: [Slot],
        _ leaving: [Instance],
        _ release: Release
    ) async throws -> [ProcessType: String] {
        guard !slots.isEmpty, !leaving.isEmpty else { return [:] }
        let (coming, going) = (Set(slots.map(\.type)), Set(leaving.map(\.type)))
        func all(_ reason: String) -> [ProcessType: String] {
            Dictionary(uniqueKeysWithValues: coming.union(going).map { ($0, reason) })
        }
        if strategy == .stopFirst { return all("deploy-strategy is stop-first") }
        if let mount = release.settings.mounts.first(where: { mount in
            mount.isSingleWriter && coming.union(going).contains(where: mount.reaches)
        }) {
            return all("\(mount.target) has a single writer")
        }
        let disabled = Checks.types(try await Properties("checks", on: host).effective(Checks.disabled, of: app))
        var reasons: [ProcessType: String] = [:]
        for type in coming.intersection(going) {
            if disabled.contains(CheckLists.every) || disabled.contains(type.text) {
                reasons[type] = "zero downtime is disabled for it"
            } else if let port = release.settings.hostPort(of: type) {
                reasons[type] = "it publishes port \(port) of the host"
            }
        }
        return reasons
    }

    /// Makes an instance for every slot of a batch and starts them side by side.
    func start(_ batch: Batch, of rollout: Rollout, _ release: Release) async throws -> [Instance] {
        if batch.number == 1 {
            try await Hooks(on: host).fire(.preDeploy, [app.name.text, release.name], app: app.name)
        }
        if batch.total > 1 { try await held.note(["batch": "\(batch.number) of \(batch.total)"]) }
        if !batch.endsFirst.isEmpty { try await endFirst(rollout) }
        let began = host.time.uptime()
        let slots = batch.slots.map { ($0.type, $0.ordinal) }
        let newcomers = try await Ps(on: host).reserve(slots, for: release, held)
        let (host, app, held) = (host, app, held)
        let running = try await withThrowingTaskGroup(of: Instance.self) { group in
            for instance in newcomers {
                group.addTask { try await Ps(on: host).start(instance, of: app, release, held) }
            }
            var result: [Instance] = []
            for try await instance in group { result.append(instance) }
            return result.sorted { ($0.type, $0.ordinal) < ($1.type, $1.ordinal) }
        }
        transcript.started(batch, took: host.time.uptime() - began)
        return running
    }

    /// Ends old instances that may not run beside new ones.
    ///
    /// Requests are answered 503 meanwhile, and those under way are finished first. An undo starts the old again.
    private func endFirst(_ rollout: Rollout) async throws {
        let leaving = rollout.endingFirst
        guard !app.isStopped, !leaving.isEmpty else { return }
        let began = host.time.uptime()
        let ids = Set(leaving.map(\.id))
        try await held.note(["ended": ids.sorted().joined(separator: " ")])
        if leaving.contains(where: { $0.type == .web }) {
            try await Settling(host: host, held: held).publish(app, without: ids)
        }
        let limit = host.time.now() + (try await Checks(on: host).waitToRetire(app))
        let cut = try await Drains(on: host).end(leaving, of: app, by: limit) ?? 0
        let took = host.time.uptime() - began
        for (reason, group) in Dictionary(grouping: leaving, by: { rollout.reasons[$0.type] ?? "" }) {
            transcript.endedFirst(group.map(\.type), because: reason, took: took)
        }
        let words = "\(leaving.first.map { "v\($0.release)" } ?? "") ended first in \(took.words), \(Drains.words(cut))"
        if cut > 0 { transcript.output.warn(words) }
        try await Drains(on: host).record(words, of: leaving, app)
    }

    private func refuseUnknownTypes(_ formation: Formation) throws {
        for (type, quantity) in order.scale where quantity > 0 && formation.quantities[type] == nil {
            throw Failure(
                .malformed,
                "\(app.name) has no process type \(type)",
                why: "its release has \(formation.types.map(\.text).joined(separator: ", "))",
                fix: "add a line \"\(type): command\" to the Procfile and push"
            )
        }
    }

    private func refuseManyPublishers(_ formation: Formation, _ release: Release) throws {
        for (type, quantity) in formation.quantities where quantity > 1 {
            guard let port = release.settings.hostPort(of: type) else { continue }
            throw Failure(
                .unchangeable,
                "\(app.name) cannot run \(quantity) of \(type)",
                why: "each would publish port \(port) of the host",
                fix: "slipway ps:scale \(app.name) \(type)=1, or publish without a port of the host"
            )
        }
    }

    private func refuseManyWriters(_ formation: Formation, _ release: Release) throws {
        for (type, quantity) in formation.quantities where quantity > 1 {
            let mounts = release.settings.mounts.filter { $0.reaches(type) }
            guard let mount = mounts.first(where: \.isSingleWriter) else { continue }
            throw Failure(
                .unchangeable,
                "\(app.name) cannot run \(quantity) of \(type)",
                why: "\(mount.target) was mounted for a single writer",
                fix: "slipway ps:scale \(app.name) \(type)=1, or mount it again without single-writer"
            )
        }
    }
}
