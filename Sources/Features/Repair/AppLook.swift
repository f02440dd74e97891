import Core
import Engine
import Files
import Proxying
import Repositories
import Scheduling
import SystemPackage

/// What is wrong with one app, and what is needed to mend it.
struct AppCase: Sendable {
    let app: App
    /// The one that serves; nil before the first.
    var release: Release?
    /// Nil when the engine could not be seen.
    var plan: InstancePlan?
    /// Instances the engine would treat otherwise than the release says when they end by themselves.
    var misruled: [Instance] = []
    /// Where references of the repository belong that are elsewhere.
    var references: [String: Revision] = [:]
    var differences: [Difference] = []

    /// An app that is not to be restored stays as the machine left it.
    mutating func leaveDown() {
        guard var plan else { return }
        let revived = plan.revived.map(\.id)
        differences.removeAll { $0.kind == .instance && revived.contains($0.target) }
        (plan.absent, plan.wrong, plan.down) = ([], [], [])
        self.plan = plan
    }

    /// What a person does about a lost image; repair builds nothing.
    static func rebuild(_ app: App) -> String { "slipway ps:rebuild \(app.name), or a push, builds another" }
}

/// Looks at apps, one after the other, with what is known of the whole host.
struct AppLook: Sendable {
    let host: Host
    let desk: EngineDesk
    let survey: Survey
    let holdings: EngineHoldings?
    /// By the handle of the instance.
    let policies: [String: String]

    func examine(_ app: App) async throws -> AppCase {
        var found = AppCase(app: app)
        if let number = app.current { found.release = try await Releases(on: host).find(number, of: app) }
        let lost = try await lostImages(&found)
        compareInstances(&found, lost)
        if try await Properties("ps", on: host).effective(Ps.restore, of: app) == "false" { found.leaveDown() }
        try await compareSite(&found)
        try await compareRepository(&found)
        return found
    }

    // MARK: The engine

    /// Numbers of releases that should have an image and have none.
    private func lostImages(_ found: inout AppCase) async throws -> Set<Int> {
        let app = found.app
        guard let holdings, app.current != nil else { return [] }
        let count = Int(try await Properties("apps", on: host).effective(Retention.count, of: app)) ?? 5
        let present = Set(holdings.images.map(\.id))
        var lost: Set<Int> = []
        let retired = try await Releases(on: host).retired(of: app)
        for release in survey.retained(of: app, keeping: count) where release.number > retired {
            guard let image = release.image, !present.contains(image) else { continue }
            if try await desk.holds(image) { continue }
            // What was pushed is fetched back by whoever needs it.
            if try await Registries(on: host).hasPushed(image, of: app) { continue }
            lost.insert(release.number)
            let isCurrent = release.number == app.current
            // Nobody goes back to a blocked one: it needs no image.
            guard isCurrent || !release.isBlocked else { continue }
            found.differences.append(
                Difference(
                    app,
                    .image,
                    "the image of \(release.name) is gone",
                    isCurrent
                        ? .ask("git push slipway main builds it") : .mend("block it: nobody can go back to its code"),
                    target: release.name
                )
            )
        }
        return lost
    }

    private func compareInstances(_ found: inout AppCase, _ lost: Set<Int>) {
        guard let holdings else { return }
        let app = found.app
        let images = (survey.releases[app.id] ?? []).compactMap { release in
            release.image.map { (release.number, $0) }
        }
        var plan = InstancePlan(
            app,
            rows: survey.instances[app.id] ?? [],
            containers: holdings.containers.filter { $0.labels[Engine.appLabel] == app.id.text },
            images: Dictionary(uniqueKeysWithValues: images),
            operations: survey.operationIDs
        )
        plan.leave(to: survey.held)
        found.differences += plan.differences(app, lost: lost)
        let wanted = found.release?.settings.restartPolicy ?? Ps.restartPolicy.fallback
        for instance in plan.up where !survey.held.contains(instance.id) {
            guard let policy = instance.handle.flatMap({ policies[$0] }), policy != wanted else { continue }
            found.misruled.append(instance)
            found.differences.append(
                Difference(
                    app,
                    .policy,
                    "the restart policy of \(instance.name) is \(policy)",
                    .mend("make it \(wanted)"),
                    target: instance.id
                )
            )
        }
        found.plan = plan
    }

    // MARK: nginx

    private func compareSite(_ found: inout AppCase) async throws {
        let app = found.app
        do {
            guard let (fact, words) = try await siteFault(found) else { return }
            found.differences.append(Difference(app, .site, fact, .mend(words)))
        } catch ProxyError.notInstalled {
            // Said once, of the host.
        } catch let error as ProxyError {
            let failure = error.failure
            found.differences.append(
                Difference(app, .site, failure.what, .ask(failure.fix ?? failure.why ?? "slipway doctor"))
            )
        }
    }

    private func siteFault(_ found: AppCase) async throws -> (fact: String, cure: String)? {
        let app = found.app
        let present = try host.proxy.configuration(of: app.id.text)
        guard let release = found.release, try await AppProxy(on: host).isEnabled(app) else {
            // What nginx is told of an app that runs nothing here leads somewhere else.
            if let site = found.release == nil ? try await Nginx(on: host).presentSite(of: app) : nil {
                return try host.proxy.isServing(site) ? nil : ("nginx has another text", "tell nginx what the rows say")
            }
            return present == nil ? nil : ("nginx serves it, and should not", "withdraw it")
        }
        let nginx = Nginx(on: host)
        if let plan = found.plan, plan.holdsBack {
            let held = try await nginx.site(of: app, serving: release, by: plan.up)
            if try host.proxy.isServing(held) { return nil }
        }
        let live = (survey.instances[app.id] ?? []).filter { $0.state == .live }
        let right = try await nginx.site(of: app, serving: release, by: app.isStopped ? [] : live)
        guard try host.proxy.isServing(right) else {
            return (
                present == nil ? "nginx knows nothing of it" : "nginx has another text", "tell nginx what the rows say"
            )
        }
        // That something does not run is told already; where it will run again, nginx is right once more.
        let isLasting = found.differences.contains { difference in
            if case .ask = difference.cure { difference.kind == .instance } else { false }
        }
        return isLasting ? ("nginx sends people to what is not there", "have it refuse them with 503") : nil
    }

    // MARK: The repository

    private func compareRepository(_ found: inout AppCase) async throws {
        let app = found.app
        // One without a release waits for a push or an image, and what brings it makes the repository too; what an
        // archived app was made of went with it.
        let last = app.current == nil ? nil : survey.lastCommit(of: app)
        guard host.repositories.exists(app.id) else {
            guard let last else { return }
            let words = "make it, empty; the next push brings \(last.revision.short) back"
            return found.differences.append(Difference(app, .repository, "its repository is gone", .mend(words)))
        }
        let hooks = GitHooks.texts(binary: Git.binary, root: host.paths.root.string)
        for name in try host.repositories.unprepared(app.id, hookCommand: hooks) {
            found.differences.append(
                Difference(app, .repository, "\(name) of its repository is not ours", .mend("write it"), target: name)
            )
        }
        guard app.current != nil else { return }
        if let last { try compare("refs/slipway/\(last.release.name)", last.revision, &found) }
        // Where another branch is to be deployed by now, it is whatever is pushed to it, even nothing.
        let git = Git(on: host)
        guard let moved = try await git.movedBranch(of: app), try await git.branch(of: app) == moved.branch else {
            return
        }
        try compare("refs/heads/\(moved.branch)", moved.revision, &found)
    }

    private func compare(_ reference: String, _ wanted: Revision, _ found: inout AppCase) throws {
        let present = try host.repositories.resolve(reference, in: found.app.id)
        guard present != wanted else { return }
        let fact = "\(reference) is \(present.map { "at \($0.short)" } ?? "missing")"
        let isThere = (try? host.repositories.commit(wanted, in: found.app.id)) != nil
        let cure: Difference.Cure =
            isThere
            ? .mend("move it to \(wanted.short)") : .ask("\(wanted.short) is not in the repository: push it again")
        if isThere { found.references[reference] = wanted }
        found.differences.append(Difference(found.app, .reference, fact, cure, target: reference))
    }
}
