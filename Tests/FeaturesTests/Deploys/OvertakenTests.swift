import ArgumentParser
import Core
import Engine
import Files
import Proxying
import Scheduling
import Store
import Support
import Testing

@testable import Features

/// What happens around a deploy while it waits, runs, or lies there.
@Suite struct `deploys among others` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func current(_ app: App) async throws -> Int? { try await Apps(on: host).find(app.id).current }

    private func status(_ number: Int, _ app: App) async throws -> Release.Status {
        try await Releases(on: host).find(number, of: app).status
    }

    /// A release that was built with skip-deploy and waits, as a push leaves it.
    private func leave(_ number: Int, image: String?, _ app: App, on host: Host? = nil) async throws {
        let host = host ?? self.host
        var release = try await Releases(on: host).find(1, of: app)
        (release.number, release.image, release.status) = (number, image, .pending)
        let waiting = release
        try await host.store.write { try ReleasesTable.insert(waiting, $0) }
    }

    private func deploy(_ image: String, _ app: App) async throws {
        var source = try await Releases(on: host).find(1, of: app)
        source.image = image
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(source), source: "git-push", reason: "deploy \(image)"),
            on: app
        )
    }

    // MARK: Names of containers

    @Test func `a name that another container has is said, and the release is live all the same`() async throws {
        let app = try await host.deployedApp()
        let (handle, entry) = try #require(fake.scheduler.entries.first)
        try await fake.scheduler.rename(handle, to: "elsewhere")
        let foreign = try await fake.scheduler.create(Workload(name: entry.name, image: "x", hostname: "x"))
        try await deploy("sha256:two", app)
        #expect(try await current(app) == 2)
        #expect(fake.transcript.progress.contains("another container is called \(entry.name)"))
        #expect(try await Operations(on: host).running().filter { $0.kind == "deploy" }.isEmpty)
        try await fake.scheduler.remove(foreign)
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries.values.contains { $0.name == entry.name }, "with the next deploy")
    }

    @Test func `a renamed app leaves its names to others`() async throws {
        _ = try await host.deployedApp(web: 2)
        let before = fake.scheduler.entries.values.map(\.name).sorted()
        try await AppsRename.parse(["shop", "store"]).run(on: host)
        let names = fake.scheduler.entries.values.map(\.name).sorted()
        #expect(names == before.map { $0.replacing("shop.", with: "store.") })
        _ = try await host.deployedApp(web: 2)
        #expect(Set(fake.scheduler.entries.values.map(\.name)) == Set(names + before))
    }

    // MARK: Builds that wait

    @Test func `a build that waits outlives a changed setting, and is started with it`() async throws {
        let app = try await host.deployedApp()
        try await leave(2, image: "sha256:two", app)
        try await ConfigSet.parse(["shop", "A=1"]).run(on: host)
        #expect(try await current(app) == 3)
        #expect(try await Releases(on: host).waiting(of: app)?.number == 2)
        try await PsRestart.parse(["shop"]).run(on: host)
        let live = try #require(try await Releases(on: host).current(of: app))
        #expect(live.number == 4 && live.image == "sha256:two")
        #expect(live.settings.config == [try ConfigKey("A"): "1"])
        let started = try await Releases(on: host).find(2, of: app)
        #expect(started.status == .failed && started.failure == "it was never started: v4 took its place")
        #expect(try await Releases(on: host).waiting(of: app) == nil)
    }

    @Test func `a build that waits waits on when its start fails`() async throws {
        let app = try await host.deployedApp()
        try await leave(2, image: "sha256:two", app)
        fake.scheduler.onStart(.exited(code: 3, outOfMemory: false))
        await #expect(throws: Failure.self) { try await PsRestart.parse(["shop"]).run(on: host) }
        #expect(try await current(app) == 1)
        #expect(try await Releases(on: host).waiting(of: app)?.number == 2)
    }

    @Test func `a release of other code ends the builds that waited, and their images go with retention`() async throws
    {
        let app = try await host.deployedApp()
        try await leave(2, image: "sha256:two", app)
        try await leave(3, image: "sha256:three", app)
        try await deploy("sha256:four", app)
        for number in 2...3 { #expect(try await status(number, app) == .failed) }
        #expect(try await status(4, app) == .live)
        #expect(try await Releases(on: host).waiting(of: app) == nil)
    }

    // MARK: What was chosen before the lock was had

    @Test(.timeLimit(.minutes(1))) func `a restart that waited starts what went live meanwhile, and no older build`()
        async throws
    {
        var host = host
        host.time.clock = ContinuousClock()
        let app = try await host.deployedApp()
        try await leave(2, image: "sha256:two", app)
        let lock = try await Operations(on: host).take(app, waiting: .zero)
        let waiting = host
        async let restart: Void = PsRestart.parse(["shop"]).run(on: waiting)
        while !fake.transcript.progress.contains("waiting for") { await Task.yield() }
        let pushed = DeployOrder(
            origin: .release(try await release(of: app, "sha256:three")),
            source: "git-push",
            reason: "deploy three"
        )
        try await Deploys(on: host).run(pushed, on: app, holding: lock, token: nil)
        lock.release()
        try await restart
        let live = try #require(try await Releases(on: host).current(of: app))
        #expect(live.number == 3 && live.image == "sha256:three")
    }

    private func release(of app: App, _ image: String) async throws -> Release {
        var release = try await Releases(on: host).find(1, of: app)
        release.image = image
        return release
    }

    @Test(.timeLimit(.minutes(1))) func `numbers that are asked for during the first deploy are had`() async throws {
        var host = host
        host.time.clock = ContinuousClock()
        let model = try await host.deployedApp()
        let seed = try await Releases(on: host).find(1, of: model)
        let app = try await Apps(on: host).create(try AppName("late"))
        let lock = try await Operations(on: host).take(app, waiting: .zero)
        let waiting = host
        async let scale: Void = PsScale.parse(["late", "web=3"]).run(on: waiting)
        while !fake.transcript.progress.contains("waiting for") { await Task.yield() }
        let first = DeployOrder(origin: .release(seed), source: "git-push", reason: "deploy seed")
        try await Deploys(on: host).run(first, on: app, holding: lock, token: nil)
        #expect(try await Ps(on: host).live(of: app).count == 1)
        lock.release()
        try await scale
        #expect(try await Ps(on: host).live(of: app).count == 3)
    }

    // MARK: What others finish

    @Test func `nginx is told what is live before what it was told meanwhile is drained`() async throws {
        let app = try await host.deployedApp()
        let old = try #require(fake.proxy.sites[app.id.text])
        try await deploy("sha256:two", app)
        let new = try #require(fake.proxy.sites[app.id.text])
        #expect(old.mappings != new.mappings)
        try await host.leaveLastDeploy()
        // Somebody told nginx of all apps while the rows still said the old release.
        try await host.proxy.publish([old])
        #expect(try await Operations(on: host).settleAllOrphans() == 1)
        #expect(fake.proxy.sites[app.id.text] == new)
    }

    @Test func `a failed image that somebody looks into keeps nobody from going on`() async throws {
        let engine = FakeEngine()
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await leave(2, image: nil, app, on: host)
            let tag = Images.tag(app, 2, host)
            let labels = [Engine.instanceLabel: host.settings.instance, Engine.appLabel: app.id.text]
            engine.change { state in
                state.images["sha256:two"] = .init(tags: [tag], labels: labels)
                state.containers["c"] = .init(name: "by-hand", image: "sha256:two", labels: [:])
            }
            try await host.begin("deploy", of: app.id, notes: ["release": "2"], begun: "build")
            try await Operations(on: host).settleOrphans(of: app)
            #expect(try await Operations(on: host).running().isEmpty)
            #expect(try await Releases(on: host).find(2, of: app).status == .failed)
            #expect(engine.images["sha256:two"] != nil)
        }
    }

    // MARK: Stopped apps

    @Test func `numbers that are asked for while an app is stopped run from its next start`() async throws {
        let app = try await host.deployedApp()
        try await Control(on: host).stop(app)
        try await PsScale.parse(["shop", "web=3"]).run(on: host)
        #expect(!fake.scheduler.entries.values.contains { $0.phase == .running })
        try await PsStart.parse(["shop"]).run(on: host)
        #expect(try await Ps(on: host).live(of: app).map(\.name).sorted() == ["web.1", "web.2", "web.3"])
        #expect(try await Apps(on: host).find(app.id).current == 1, "the same release")
    }

    @Test func `a port for an app that is stopped holds from its next start`() async throws {
        let app = try await host.deployedApp()
        try await Control(on: host).stop(app)
        try await PortsAdd.parse(["shop", "http:8080:5000"]).run(on: host)
        #expect(try await Apps(on: host).find(app.id).isStopped)
        #expect(!fake.scheduler.entries.values.contains { $0.phase == .running })
        #expect(fake.transcript.progress.contains("takes effect at the next start"))
        try await PsStart.parse(["shop"]).run(on: host)
        #expect(fake.proxy.sites[app.id.text]?.mappings.map(\.hostPort).contains(8080) == true)
    }
}
