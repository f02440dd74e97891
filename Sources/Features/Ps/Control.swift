import Core
import Engine
import Files
import FoundationEssentials
import Plugins
import Repositories
import Scheduling
import Store

/// The steps of stopping an app.
enum StopStep: String, StepName {
    case row, site, instances

    var orphan: OrphanRule { .finished(because: "once the row says stopped, nginx and the instances follow") }
}

/// The steps of starting what was stopped.
enum StartStep: String, StepName {
    case instances, row, site

    var orphan: OrphanRule {
        switch self {
        case .instances: .undone(because: "until the row says started, what runs already is ended again")
        case .row, .site: .finished(because: "once the row says started, the instances and nginx follow")
        }
    }
}

/// Scale, restart, start and stop: changes of what runs without a new image.
struct Control: Sendable {
    /// What the record of a build says that repeats a commit instead of following a branch.
    static let rebuildSource = "ps:rebuild"

    static let stopping = OperationKind("stop", steps: StopStep.self) { operation, held, host in
        guard let app = try await Apps(on: host).present(operation.app) else { return .finished }
        guard app.isStopped else { return .undone }
        try await Control(on: host).takeDown(app, held, insisting: true)
        return .finished
    }

    static let starting = OperationKind("start", steps: StartStep.self) { operation, held, host in
        guard let app = try await Apps(on: host).present(operation.app) else { return .finished }
        guard !app.isStopped else {
            try await Control(on: host).endInstances(of: app)
            return .undone
        }
        // The app was not stopped: what was started is wanted anyway.
        guard operation.isDone(StartStep.instances) else { return .undone }
        try await Nginx(on: host).insist(app)
        return .finished
    }

    let host: Host

    init(on host: Host) { self.host = host }

    /// - Returns: Whether anything is different now.
    /// - Throws: ``Failure`` with code ``FailureCode/unchangeable`` where app.json says how many run, or
    ///   ``FailureCode/malformed`` for a type that the release does not have.
    func scale(_ app: App, to wanted: [ProcessType: Int], deploying: Bool) async throws -> Bool {
        let asked = try await Ps(on: host).asked(of: app)
        let release = try await Releases(on: host).current(of: app)
        if let release { try refuse(wanted, app, release) }
        guard let release, deploying, !app.isStopped else {
            // A first deploy that is under way has counted already what it starts.
            let lock = deploying ? try await Operations(on: host).take(app, waiting: .seconds(60)) : nil
            defer { lock?.release() }
            let fresh = try await Apps(on: host).find(app.id)
            if deploying, fresh.current != nil, !fresh.isStopped {
                lock?.release()
                return try await scale(fresh, to: wanted, deploying: true)
            }
            guard wanted.contains(where: { asked[$0.key] != $0.value }) else { return false }
            let event = Event("ps:scale", Scale.text(wanted), of: app, by: host)
            try await host.store.write { database in
                for (type, quantity) in wanted { try PsTable.scale(app.id, type, to: quantity, database) }
                try HostTable.record(event, database)
            }
            await tellScale(wanted, app)
            return true
        }
        let present = Formation(asked: asked, facts: release.facts).quantities
        // What runs may lag behind what was asked for with --skip-deploy.
        let running = Dictionary(
            grouping: try await Ps(on: host).live(of: app),
            by: \.type
        )
        let isThere = wanted.allSatisfy { (running[$0.key]?.count ?? 0) == $0.value }
        guard !isThere || wanted.contains(where: { present[$0.key] ?? 0 != $0.value }) else { return false }
        var order = DeployOrder(origin: .same(release), source: "ps:scale", reason: "scale \(Scale.text(wanted))")
        order.scale = wanted
        order.keepsRunning = true
        try await Deploys(on: host).run(order, on: app)
        await tellScale(wanted, app)
        return true
    }

    private func tellScale(_ wanted: [ProcessType: Int], _ app: App) async {
        let words = Scale.text(wanted).split(separator: " ").map(String.init)
        await Hooks(on: host).tell(.postScaleUpdate, [app.name.text] + words, app: app.name)
    }

    private func refuse(_ wanted: [ProcessType: Int], _ app: App, _ release: Release) throws {
        guard !release.facts.appJSON.setsFormation else {
            throw Failure(
                .unchangeable,
                "App \(app.name) contains an app.json file with a formations key and cannot be manually scaled",
                fix: "change it there and push, or take it out"
            )
        }
        let types = Formation(asked: [:], facts: release.facts).types
        for (type, quantity) in wanted where quantity > 0 && !types.contains(type) {
            throw Failure(
                .malformed,
                "\(app.name) has no process type \(type)",
                why: "its release has \(types.map(\.text).joined(separator: ", "))",
                fix: "add a line \"\(type): command\" to the Procfile and push"
            )
        }
    }

    /// Fresh instances; a changed draft becomes a release, and it is said so.
    ///
    /// - Parameters:
    ///   - app: Whose.
    ///   - only: Of these types alone; nil is all.
    ///   - instance: This one alone, by its name.
    ///   - reason: What its record says: `restart` or `start`.
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when there is none of that type or name.
    func restart(
        _ app: App,
        only: Set<ProcessType>?,
        instance: String? = nil,
        because reason: String = "restart"
    ) async throws {
        if let waiting = try await Releases(on: host).waiting(of: app), only == nil {
            return try await begin(waiting, app, because: reason)
        }
        guard let release = try await Releases(on: host).current(of: app) else { throw Failure.notDeployed(app) }
        try await refuseUnknown(only, instance, app, release)
        if let words = try await Releases(on: host).draft(of: app).changes(from: release.settings), only == nil {
            host.output.detail("settings have changed since \(release.name): this makes a release")
            try await Deploys(on: host).change(app, because: "\(reason) with changed \(words)") { _ in }
            return
        }
        var order = DeployOrder(origin: .same(release), source: "ps:\(reason)", reason: reason)
        order.only = only
        order.instance = instance
        try await Deploys(on: host).run(order, on: app)
    }

    /// Moves to a release that was built and not started; where something has overtaken it by now, that starts again.
    private func begin(_ waiting: Release, _ app: App, because reason: String) async throws {
        host.output.detail("\(waiting.name) was built and waits: this starts it")
        let releases = Releases(on: host)
        try await Deploys(on: host).run(on: app) { app in
            guard let waiting = try await releases.waiting(of: app) else {
                guard let current = try await releases.current(of: app) else { throw Failure.notDeployed(app) }
                return DeployOrder(origin: .same(current), source: "ps:\(reason)", reason: reason)
            }
            return DeployOrder(
                origin: .release(waiting),
                source: "ps:start",
                reason: "start \(waiting.name)",
                basis: waiting.number
            )
        }
    }

    private func refuseUnknown(_ only: Set<ProcessType>?, _ instance: String?, _ app: App, _ release: Release)
        async throws
    {
        let formation = try await Ps(on: host).formation(of: app, release)
        let slots = formation.slots.map { "\($0.type).\($0.ordinal)" }
        for type in only ?? [] where formation.quantities[type] == nil {
            throw Failure(
                .notFound,
                "\(app.name) has no process type \(type)",
                why: "its release has \(formation.types.map(\.text).joined(separator: ", "))"
            )
        }
        guard let instance, !slots.contains(instance) else { return }
        throw Failure(
            .notFound,
            "\(app.name) has no process \(quoted(instance))",
            why: slots.isEmpty ? "it is scaled to nothing" : "it has \(slots.joined(separator: ", "))",
            fix: "slipway ps:scale \(app.name)"
        )
    }

    /// Builds what a sync has fetched and nobody has deployed yet, else the commit of the current release once more;
    /// before the first, what the deploy branch has.
    func rebuild(_ app: App) async throws {
        let made = try await Deploys(on: host).run(on: app) { app in
            if let order = try await Git(on: host).orderForSynced(of: app) { return order }
            var tip = try await Releases(on: host).current(of: app)?.revision
            if tip == nil { tip = try await branchTip(of: app) }
            guard let revision = tip else { throw Failure.notDeployed(app) }
            let subject = try host.repositories.commit(revision, in: app.id).subject
            return DeployOrder(
                origin: .commit(revision, subject: cleaned(subject, keepTabs: false)),
                source: Self.rebuildSource,
                reason: "rebuild \(revision.short)"
            )
        }
        guard let synced = try host.repositories.resolve(Git.synced, in: app.id), synced == made.revision else {
            return
        }
        try await Git(on: host).forgetSynced(app, sourceImage: nil)
    }

    private func branchTip(of app: App) async throws -> Revision? {
        let branch = try await Properties("git", on: host).effective(Git.deployBranch, of: app)
        guard !branch.isEmpty, host.repositories.exists(app.id) else { return nil }
        return try host.repositories.resolve("refs/heads/\(branch)", in: app.id)
    }

    func stop(_ app: App) async throws {
        let host = host
        guard app.current != nil else { throw Failure.notDeployed(app) }
        try await Operations(on: host).run(Self.stopping, on: app, "ps:stop", allowLocked: true) { held in
            try await held.record(StopStep.row) { try AppsTable.setStopped(true, app.id, $0) }
            try await Control(on: host).takeDown(app, held)
        }
        await Hooks(on: host).tell(.postStop, [app.name.text], app: app.name)
    }

    /// nginx answers 503 first, then the instances end; they keep their containers and addresses.
    fileprivate func takeDown(_ app: App, _ held: Held, insisting: Bool = false) async throws {
        let nginx = Nginx(on: host)
        try await held.step(StopStep.site) {
            if insisting { try await nginx.insist(app) } else { try await nginx.publish(app) }
        }
        try await held.step(StopStep.instances) { try await endInstances(of: app) }
    }

    fileprivate func endInstances(of app: App) async throws {
        let host = host
        let grace = try await Properties("ps", on: host).effective(Ps.stopTimeout, of: app)
        let all = try await Ps(on: host).live(of: app)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for handle in all.compactMap(\.handle) {
                group.addTask { try await host.scheduler.stop(handle, grace: .seconds(Int(grace) ?? 30)) }
            }
            try await group.waitForAll()
        }
    }

    /// Starts what was stopped, with the settings and the numbers as they are by now; changed settings make a release.
    ///
    /// - Returns: False when everything runs already.
    func start(_ app: App) async throws -> Bool {
        let host = host
        guard let release = try await Releases(on: host).current(of: app) else { throw Failure.notDeployed(app) }
        try await Hooks(on: host).fire(.preStart, [app.name.text], app: app.name)
        let ps = Ps(on: host)
        let all = try await ps.live(of: app)
        var phases: Set<String> = []
        for instance in all { phases.insert(try await ps.phase(of: instance)) }
        let slots = try await ps.formation(of: app, release).slots.map { "\($0.type).\($0.ordinal)" }
        let isScaled = Set(slots) != Set(all.map(\.name))
        let isChanged = try await Releases(on: host).draft(of: app).differs(from: release.settings)
        if phases.contains("missing") || all.isEmpty || app.isStopped && (isChanged || isScaled) {
            try await restart(app, only: nil, because: "start")
            return true
        }
        if phases == ["running"], !app.isStopped { return false }
        try await Operations(on: host).run(Self.starting, on: app, "ps:start", allowLocked: true) { held in
            try await held.step(StartStep.instances) { try await Control(on: host).runInstances(of: app) }
            try await Control(on: host).waitUntilReady(app)
            try await held.record(StartStep.row) { try AppsTable.setStopped(false, app.id, $0) }
            try await held.step(StartStep.site) { try await Nginx(on: host).publish(app) }
        }
        return true
    }

    /// Looked at under the lock: what was found before it may have been ended for a dead owner since.
    private func runInstances(of app: App) async throws {
        let ps = Ps(on: host)
        for instance in try await ps.instances(of: app) where instance.state == .live {
            guard let handle = instance.handle, try await ps.phase(of: instance) != "running" else { continue }
            try await host.scheduler.start(handle)
        }
    }

    private func waitUntilReady(_ app: App) async throws {
        guard let release = try await Releases(on: host).current(of: app) else { return }
        let plan = try await Checks(on: host).plan(app, release)
        for instance in try await Ps(on: host).instances(of: app) where instance.state == .live {
            _ = try await Readiness(host: host, plan: plan).wait(for: instance)
        }
    }

    /// The engine's own words on every container, values of variables masked.
    func inspect(_ app: App) async throws -> String {
        var documents: [String] = []
        let all = try await Ps(on: host).instances(of: app)
        let held = app.isStopped ? [:] : try await Serve(on: host).backOffs(of: all)
        for instance in all {
            guard let handle = instance.handle else { continue }
            let document = Masking.environment(in: try await host.engine.rawInspect(handle))
            documents.append(held[instance.id]?.marked(document) ?? document)
        }
        return "[\(documents.joined(separator: ","))]"
    }
}

/// Takes values of variables out of what the engine says.
enum Masking {
    /// Every `"NAME=value"` inside `"Env":[...]` becomes `"NAME=******"`.
    static func environment(in json: String) -> String {
        guard let start = json.firstRange(of: "\"Env\":[") else { return json }
        var result = String(json[..<start.upperBound])
        var rest = json[start.upperBound...]
        while rest.first == "\"" || rest.first == "," {
            if rest.first == "," {
                result.append(",")
                rest = rest.dropFirst()
                continue
            }
            let text = stringLiteral(&rest)
            let name = text.prefix { $0 != "=" }
            result += "\"\(name)=******\""
        }
        return result + environment(in: String(rest))
    }

    /// The inside of a JSON string literal, escapes left as they are.
    private static func stringLiteral(_ rest: inout Substring) -> String {
        rest = rest.dropFirst()
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            text.append(character)
            if character == "\\", let next = rest.popFirst() { text.append(next) }
        }
        return text
    }
}
