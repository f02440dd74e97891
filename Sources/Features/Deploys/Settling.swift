import Core
import Engine
import Files
import Plugins
import Proxying
import Repositories
import Scheduling
import Store
import SystemPackage

/// Brings a deploy to its end by what the journal says: forward once nginx serves the newcomers, else back.
///
/// A deploy that fails, one that is cancelled and one whose process died all come here.
struct Settling: Sendable {
    static let deploy = OperationKind("deploy", steps: DeployStep.self) { operation, held, host in
        guard let app = try await Apps(on: host).present(operation.app) else { return .undone }
        let settling = Settling(host: host, held: held)
        if operation.isDone(DeployStep.switchOver) {
            try await settling.finish(operation, app)
            return .finished
        }
        try await settling.undo(operation, app)
        return .undone
    }

    let host: Host
    let held: Held

    private func finish(_ operation: Operation, _ app: App) async throws {
        guard let release = try await release(of: operation, app) else { return }
        let scale = try Scale.parse((operation.notes["scale"] ?? "").split(separator: " ").map(String.init))
        let event = Event(
            at: host.time.now(),
            app: app,
            caller: operation.caller,
            name: "release",
            detail: "\(release.name) \(release.reason) (completed by a later command)"
        )
        if !operation.isDone(DeployStep.live) { try await makeLive(app, release, scale: scale, event) }
        if release.revision != nil, operation.notes["same"] == nil { try await moveReferences(app, release) }
        // Whoever told nginx the rows while they said the old release has put it back.
        try await Nginx(on: host).confirm(app)
        try await giveNames(app)
        await tellPlugins(app, release)
        try await Drains(on: host).begin(app)
    }

    private func undo(_ operation: Operation, _ app: App) async throws {
        let ended = Set((operation.notes["ended"] ?? "").split(separator: " ").map(String.init))
        if operation.hasBegun(DeployStep.switchOver) {
            try await Nginx(on: host).putBack(try await site(of: app, without: ended), of: app)
        }
        let newcomers = try await Ps(on: host).instances(of: app).filter {
            $0.operation == operation.id && $0.state == .starting
        }
        let number = operation.notes["release"].flatMap(Int.init)
        if let number { await keepLogs(of: newcomers, app, number) }
        try await Ps(on: host).remove(newcomers)
        try await removeStrays(of: operation, app)
        try await startAgain(ended, app)
        guard let number, operation.notes["same"] == nil else { return }
        let (now, reason) = (host.time.now(), operation.notes["failure"] ?? "its process ended in the middle of it")
        try await held.write { database in
            try ReleasesTable.fail(number, of: app.id, because: reason, database)
            if let build = try ReleasesTable.find(number, of: app.id, database)?.build {
                try BuildsTable.end(build, .init(after: reason), image: nil, at: now, database)
            }
        }
        if operation.hasBegun(DeployStep.build) {
            do {
                try await host.engine.removeImage(Images.tag(app, number, host), force: false)
            } catch EngineError.refused(409, _, _) {
                // Somebody looks into it with a container of his own; it goes with the next cleaning.
            }
        }
        // The reason begins with its code, where somebody was left to write one down.
        let code = operation.notes["failure"].map { String($0.prefix { $0 != " " }) } ?? ""
        await Hooks(on: host).tell(.deployFailed, [app.name.text, "v\(number)", code], app: app.name)
    }

    /// Old instances that were ended before the new ones started run again, and nginx sends them requests.
    ///
    /// The newcomers are gone by now: the two may not run side by side.
    private func startAgain(_ ended: Set<String>, _ app: App) async throws {
        guard !app.isStopped, !ended.isEmpty else { return }
        let old = try await Ps(on: host).live(of: app).filter { ended.contains($0.id) }
        for handle in old.compactMap(\.handle) {
            guard let state = try await host.scheduler.inspect(handle) else { continue }
            if case .exited = state.phase { try await host.scheduler.start(handle) }
        }
        if let release = try await Releases(on: host).current(of: app) {
            let plan = try await Checks(on: host).plan(app, release)
            // They have proven themselves once; what they lack now is no reason to leave the app without any.
            for web in old where web.type == .web { _ = try? await Readiness(host: host, plan: plan).wait(for: web) }
        }
        try await Nginx(on: host).insist(app)
    }

    /// Tells nginx of what the rows say is live, but for some that do not run now; where none is left it answers 503.
    func publish(_ app: App, without ended: Set<String>) async throws {
        guard !ended.isEmpty, let site = try await site(of: app, without: ended) else {
            return try await Nginx(on: host).publish(app)
        }
        try await Nginx(on: host).publish(site, of: app)
    }

    /// Nil for an app that is not behind nginx.
    private func site(of app: App, without ended: Set<String>) async throws -> Site? {
        let nginx = Nginx(on: host)
        let present = try await nginx.presentSite(of: app)
        guard present != nil, !ended.isEmpty, !app.isStopped,
            let release = try await Releases(on: host).current(of: app)
        else { return present }
        let serving = try await Ps(on: host).live(of: app).filter { !ended.contains($0.id) }
        return try await nginx.site(of: app, serving: release, by: serving)
    }

    /// Containers that were made but never written down: their process died in between.
    private func removeStrays(of operation: Operation, _ app: App) async throws {
        let labels = [Engine.appLabel: app.id.text, Operation.label: "\(operation.id)"]
        for stray in try await host.scheduler.list(labels: labels) { try await host.scheduler.remove(stray.handle) }
    }

    /// What the newcomers said goes into the failed release's log before they go.
    func keepLogs(of newcomers: [Instance], _ app: App, _ number: Int) async {
        let path = host.paths.logs(of: app.id).appending("v\(number).log")
        for instance in newcomers {
            guard let handle = instance.handle else { continue }
            // A log that cannot be read must not keep the newcomers alive.
            let lines = try? await host.scheduler.lastLines(1000, of: handle)
            let text = (lines ?? []).map { "\($0.time) app[\(instance.name)]: \($0.text)\n" }.joined()
            try? makeFolder(path.removingLastComponent())
            try? appendToFile(path, Array(text.utf8))
        }
    }

    private func release(of operation: Operation, _ app: App) async throws -> Release? {
        guard let number = operation.notes["release"].flatMap(Int.init) else { return nil }
        return try await host.store.read { try ReleasesTable.find(number, of: app.id, $0) }
    }

    /// The instances that serve once the newcomers are live: per slot of the formation the newest.
    func servingAfter(_ app: App, _ release: Release, scale: [ProcessType: Int]) async throws -> [Instance] {
        let (operation, asked) = (held.operation, try await Ps(on: host).asked(of: app).merging(scale) { $1 })
        let all = try await Ps(on: host).instances(of: app)
        return Self.split(all, operation, Formation(asked: asked, facts: release.facts)).serving
    }

    func makeLive(_ app: App, _ release: Release, scale: [ProcessType: Int], _ event: Event) async throws {
        let change = try await draftChange(release)
        while true {
            do {
                let draft = try await change.draft(of: app, host)
                return try await makeLive(app, release, scale: scale, event, draft)
            } catch is DraftReading.Stale { continue }
        }
    }

    private func makeLive(
        _ app: App,
        _ release: Release,
        scale: [ProcessType: Int],
        _ event: Event,
        _ draft: DraftReading?
    ) async throws {
        let (now, operation) = (host.time.now(), held.operation)
        let patience = try await Checks(on: host).waitToRetire(app)
        try await held.write { database in
            try draft?.demandFresh(database)
            for (type, quantity) in scale { try PsTable.scale(app.id, type, to: quantity, database) }
            let formation = Formation(asked: try PsTable.formation(of: app.id, database), facts: release.facts)
            let parts = Self.split(try PsTable.instances(of: app.id, database), operation, formation)
            try PsTable.setState(.live, of: parts.serving.map(\.id), database)
            try PsTable.setState(.retiring, deadline: now + patience, of: parts.leaving.map(\.id), database)
            // A changed setting says nothing about what was built and waits to be started.
            if try ReleasesTable.current(of: app.id, database)?.image != release.image {
                try ReleasesTable.overtake(by: release, database)
            }
            try ReleasesTable.makeLive(release.number, of: app.id, at: now, database)
            try AppsTable.setCurrent(release.number, of: app.id, database)
            if let draft {
                for feature in Features.all { try feature.restore?(draft.settings, app, database) }
            }
            try HostTable.record(event, database)
        }
    }

    /// What becomes of the draft with the release; nil when nothing does.
    ///
    /// The same release once more, or a push, says nothing about the draft.
    private func draftChange(_ release: Release) async throws -> DraftChange? {
        let id = held.operation
        let notes = try await host.store.read { try OperationsTable.find(id, $0)?.notes ?? [:] }
        guard release.status == .pending, notes["draft"] == "yes" else { return nil }
        return try DraftChange(from: notes["found"], to: release.settings)
    }

    /// Which instances serve and which leave once the newcomers of `operation` are live.
    static func split(
        _ instances: [Instance],
        _ operation: Int64,
        _ formation: Formation
    ) -> (serving: [Instance], leaving: [Instance]) {
        let newcomers = instances.filter { $0.operation == operation && $0.state != .retiring }
        let taken = Set(newcomers.map(\.name))
        let wanted = Set(formation.slots.map { "\($0.type).\($0.ordinal)" })
        let old = instances.filter { $0.state == .live && $0.operation != operation }
        let staying = old.filter { !taken.contains($0.name) && wanted.contains($0.name) }
        let leaving = old.filter { taken.contains($0.name) || !wanted.contains($0.name) }
        return (newcomers + staying, leaving)
    }

    func moveReferences(_ app: App, _ release: Release) async throws {
        guard let revision = release.revision else { return }
        let message = "slipway: \(release.name)"
        let operation = try await host.store.read { [id = held.operation] in try OperationsTable.find(id, $0) }
        let branch = operation?.notes["branch"] ?? ""
        // A clone may be of an app whose repository has lost the commit, or never had one.
        if branch.isEmpty, (try? host.repositories.commit(revision, in: app.id)) == nil { return }
        if !branch.isEmpty {
            try host.repositories.move("refs/heads/\(branch)", to: revision, in: app.id, message: message)
        }
        try host.repositories.move("refs/slipway/\(release.name)", to: revision, in: app.id, message: message)
        guard !branch.isEmpty else { return }
        // Behind the move: a build that is undone in between has moved nothing, as far as anybody is told.
        let moved = BranchTip(branch: branch, revision: revision).text
        try await held.write { try PropertiesTable.set("git", Git.movedBranch, app.id, to: moved, $0) }
    }

    /// Containers that serve are called `<app>.<type>.<n>`; those that leave give the name up first.
    ///
    /// They serve under any name: one that something else has is said, and waits for the next time.
    func giveNames(_ app: App) async throws {
        let all = try await Ps(on: host).instances(of: app)
        for instance in all where instance.state == .retiring { try await rename(instance, Ps.workName(app, instance)) }
        for instance in all where instance.state == .live {
            try await rename(instance, Ps.settledName(app, instance, host.settings))
        }
    }

    /// The same where nothing depends on it.
    func offerNames(_ app: App) async {
        do { try await giveNames(app) } catch {
            host.output.warn("\(app.name): containers keep the names they were made with: \(Failure(error).what)")
        }
    }

    private func rename(_ instance: Instance, _ name: String) async throws {
        guard let handle = instance.handle else { return }
        do { try await host.scheduler.rename(handle, to: name) } catch EngineError.refused(409, _, _) {
            host.output.warn("another container is called \(name): that of \(instance.name) keeps the name it has")
        }
    }
}
