import Plugins
import Proxying
import Building
import Core
import Files
import Scheduling
import Store

extension Deploy {
    /// Gives the release its number before anything is tried, so that a failed one keeps it.
    func record() async throws -> Release {
        let app = app
        var notes = ["branch": order.branch ?? "", "scale": Scale.text(order.scale)]
        if case .same(let release) = order.origin {
            notes["release"] = "\(release.number)"
            notes["same"] = "yes"
            try await held.note(notes)
            return release
        }
        let settings: Settings
        if let given = order.settings {
            settings = given
        } else {
            settings = try await Releases(on: host).draft(of: app)
        }
        let fresh = draftRelease(settings)
        let release = try await held.write { database in
            var release = fresh
            release.number = try ReleasesTable.nextNumber(of: app.id, database)
            try ReleasesTable.insert(release, database)
            return release
        }
        notes["release"] = "\(release.number)"
        if order.settings != nil { notes["draft"] = "yes" }
        try await held.note(notes)
        transcript.opening(app, release, subject: order.subject)
        return release
    }

    private func draftRelease(_ settings: Settings) -> Release {
        var release = Release(
            app: app.id,
            number: 0,
            status: .pending,
            facts: SourceFacts(),
            settings: settings,
            reason: order.reason,
            caller: host.caller.name,
            basis: order.basis,
            createdAt: host.time.now()
        )
        switch order.origin {
        case .commit(let revision, _): release.revision = revision
        case .release(let old), .same(let old):
            (release.image, release.build, release.revision) = (old.image, old.build, old.revision)
            release.facts = old.facts
        }
        return release
    }

    /// Makes an instance for every slot that needs one and starts them side by side.
    func start(_ release: Release) async throws -> [Instance] {
        let ps = Ps(on: host)
        let formation = Formation(
            asked: try await ps.asked(of: app).merging(order.scale) { $1 },
            facts: release.facts
        )
        try refuseUnknownTypes(formation)
        let present = order.keepsRunning || order.only != nil ? try await ps.instances(of: app) : []
        let slots = formation.slots.filter { slot in
            let isThere = present.contains {
                $0.state == .live && $0.type == slot.type && $0.ordinal == slot.ordinal
            }
            if let only = order.only, !only.contains(slot.type), isThere { return false }
            return !(order.keepsRunning && isThere)
        }
        try await Hooks(on: host).fire(.preDeploy, [app.name.text, release.name], app: app.name)
        try await stopFirst(slots.map(\.type))
        let started = host.time.uptime()
        let newcomers = try await ps.reserve(slots, for: release, held)
        let (host, app, held) = (host, app, held)
        let running = try await withThrowingTaskGroup(of: Instance.self) { group in
            for instance in newcomers {
                group.addTask { try await ps.start(instance, of: app, release, held) }
            }
            var result: [Instance] = []
            for try await instance in group { result.append(instance) }
            return result.sorted { ($0.type, $0.ordinal) < ($1.type, $1.ordinal) }
        }
        transcript.started(slots.map(\.type), took: (host.time.uptime() - started))
        return running
    }

    /// Types whose checks are disabled have no two versions at once: the old instances end before the new ones start.
    ///
    /// An undo starts them again.
    private func stopFirst(_ types: [ProcessType]) async throws {
        let text = try await Properties("checks", on: host).effective(Checks.disabled, of: app)
        let disabled = Checks.types(text)
        guard !disabled.isEmpty else { return }
        let grace = try await Properties("ps", on: host).effective(Ps.stopTimeout, of: app)
        for instance in try await Ps(on: host).instances(of: app) where instance.state == .live {
            let isAsked = disabled.contains("_all_") || disabled.contains(instance.type.text)
            guard isAsked, types.contains(instance.type), let handle = instance.handle else { continue }
            transcript.output.detail("\(instance.name) ends first: zero downtime is disabled for \(instance.type)")
            try await host.scheduler.stop(handle, grace: .seconds(Int(grace) ?? 30))
        }
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

    /// Waits for proof: of health for all, or of failure for one.
    func waitUntilReady(_ newcomers: [Instance], of release: Release) async throws {
        guard !newcomers.isEmpty else { return }
        let started = host.time.uptime()
        let host = host
        let names = try await Domains(on: host).names(of: app)
        let checks = try await Checks(on: host).plan(app, release, hostHeader: names.first?.text)
        let proofs = try await withThrowingTaskGroup(of: (Instance, String).self) { group in
            for instance in newcomers {
                group.addTask { (instance, try await Readiness(host: host, plan: checks).wait(for: instance)) }
            }
            defer { group.cancelAll() }
            var result: [(Instance, String)] = []
            for try await proof in group { result.append(proof) }
            return result
        }
        let policy = release.settings.options["ps.restart-policy"] ?? Ps.restartPolicy.fallback
        for instance in newcomers {
            if let handle = instance.handle { try await host.scheduler.setRestartPolicy(policy, of: handle) }
        }
        let words = proofs.sorted { $0.0.name < $1.0.name }.first { $0.0.type == .web } ?? proofs.first
        transcript.ready(words?.1 ?? "", took: (host.time.uptime() - started))
    }

    /// Tells nginx of the newcomers; returns once the new configuration really serves.
    func publish(_ release: Release, _ newcomers: [Instance]) async throws {
        let started = host.time.uptime()
        let settling = Settling(host: host, held: held)
        let serving = try await settling.servingAfter(app, release, scale: order.scale)
        let site = try await Nginx(on: host).site(of: app, serving: release, by: serving)
        try await Nginx(on: host).publish(site, of: app)
        transcript.switched(took: (host.time.uptime() - started))
    }

    /// One transaction: from here on everything that says "current" says the new release.
    func makeLive(_ release: Release) async throws {
        let event = Event(
            at: host.time.now(),
            app: app,
            caller: host.caller.name,
            name: "release",
            detail: "\(release.name) \(order.reason)"
        )
        try await Settling(host: host, held: held).makeLive(app, release, scale: order.scale, event)
    }

    /// Leaves the old instances to a process of their own; nobody waits for it.
    ///
    /// The release is live: what cannot be tidied now is tidied by the next deploy, and only said here.
    func retire() async {
        do {
            // A name or a certificate that came before the first release is in the rows, but not in what was published.
            try await Nginx(on: host).publish(app)
            try await Drains(on: host).begin(app)
            try await Retention(on: host).tidy(app)
        } catch {
            transcript.output.warn("left for later: \(Failure(error).what)")
        }
    }
}

extension DeployOrder {
    /// The first line of the commit's message, where there is one.
    var subject: String? {
        if case .commit(_, let subject) = origin { return subject }
        return nil
    }
}

/// Numbers of processes as text: `web=2 worker=1`.
enum Scale {
    static func text(_ scale: [ProcessType: Int]) -> String {
        scale.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func parse(_ words: [String]) throws -> [ProcessType: Int] {
        var result: [ProcessType: Int] = [:]
        for word in words {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let quantity = Int(parts[1]), (0...1000).contains(quantity) else {
                throw Failure.malformed("\(quoted(word)) is not TYPE=NUMBER", fix: "write it as web=2, 0 to 1000")
            }
            guard result.updateValue(quantity, forKey: try ProcessType(parts[0])) == nil else {
                throw Failure.malformed("\(quoted(parts[0])) stands there twice")
            }
        }
        return result
    }
}
