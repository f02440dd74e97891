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

/// What others do while a deploy waits for the lock, or lies there unfinished.
@Suite struct `deploys among others` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    // MARK: What was chosen before the lock was had

    @Test(.timeLimit(.minutes(1))) func `a restart that waited starts what went live meanwhile, and no older build`()
        async throws
    {
        var host = host
        host.time.clock = ContinuousClock()
        let app = try await host.deployedApp()
        try await host.leaveWaiting(2, image: "sha256:two", app)
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
        try await host.deploy("sha256:two", app)
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
            try await host.leaveWaiting(2, image: nil, app)
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
}
