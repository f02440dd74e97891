import ArgumentParser
import Core
import Files
import Scheduling
import Store
import Testing

@testable import Features

/// An app with three releases: v1 has image one and no configuration, v2 gives it A, v3 has image two.
@Suite struct `rollback` {
    let fake = Fake()
    let host: Host
    let key: ConfigKey

    init() throws {
        host = try Host.fake(fake)
        key = try ConfigKey("A")
    }

    private var releases: Releases {
        var releases = Releases(on: host)
        releases.shelf = ImageShelf(holds: { _ in true }, ids: { [] })
        return releases
    }

    private func threeReleases() async throws -> App {
        let app = try await host.deployedApp()
        let key = key
        try await Deploys(on: host).change(app, because: "config: added A") { $0.config[key] = "s3cret" }
        var source = try await releases.find(2, of: app)
        source.image = "sha256:two"
        source.digest = "registry.example.com/two@sha256:22"
        source.facts.procfile = try Procfile("web: two\nrelease: migrate")
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(source), source: "git-push", reason: "deploy two"),
            on: app
        )
        return try await Apps(on: host).find(app.id)
    }

    private func draft(_ app: App) async throws -> [ConfigKey: String] { try await Config(on: host).all(of: app) }

    private func refused(_ number: Int?, _ app: App, _ part: RollbackPart = .all) async -> Failure? {
        let before = fake.scheduler.entries.count
        do {
            _ = try await releases.rollback(app, to: number.map { try ReleaseNumber("v\($0)") }, part)
            return nil
        } catch {
            #expect(fake.scheduler.entries.count == before, "nothing was started")
            return error as? Failure
        }
    }

    @Test func `whole, it brings back image, commands and settings, also into the draft`() async throws {
        let app = try await threeReleases()
        let done = try await releases.rollback(app, to: try ReleaseNumber("v1"), .all)
        #expect(done.before == 3)
        #expect(done.made.number == 4)
        let made = try await releases.find(4, of: app)
        #expect(made.image == "sha256:seed")
        #expect(made.facts == SourceFacts())
        #expect(made.settings == (try await releases.find(1, of: app)).settings)
        #expect(made.basis == 1)
        #expect(made.reason == "rollback to v1")
        #expect(made.caller == "ana")
        #expect(try await draft(app).isEmpty)
        #expect(fake.scheduler.entries["c4"]?.workload.environment["A"] == nil)
    }

    @Test func `of the code alone it keeps the draft, with what was set meanwhile`() async throws {
        let app = try await threeReleases()
        let other = try ConfigKey("B")
        _ = try await Config(on: host).change(app, setting: [other: "1"])
        _ = try await releases.rollback(app, to: try ReleaseNumber("v1"), .code)
        let made = try await releases.find(4, of: app)
        #expect(made.image == "sha256:seed")
        #expect(made.digest == nil)
        #expect(made.facts == SourceFacts())
        #expect(made.settings.config == [key: "s3cret", other: "1"])
        #expect(made.basis == 1)
        #expect(made.reason == "rollback to v1 (code only) with changed config")
        #expect(
            fake.transcript.progress.contains("settings have changed since v3: they go live with the code")
        )
        #expect(try await draft(app) == [key: "s3cret", other: "1"])
        #expect(fake.scheduler.entries["c4"]?.workload.image == "sha256:seed")
        #expect(fake.scheduler.entries["c4"]?.workload.environment["A"] == "s3cret")
    }

    @Test func `of the settings alone it keeps image and commands`() async throws {
        let app = try await threeReleases()
        _ = try await releases.rollback(app, to: try ReleaseNumber("v1"), .config)
        let made = try await releases.find(4, of: app)
        #expect(made.image == "sha256:two")
        #expect(made.digest == "registry.example.com/two@sha256:22")
        #expect(made.facts.procfile.commands[.web] == "two")
        #expect(made.settings.config.isEmpty)
        #expect(made.basis == 1)
        #expect(made.reason == "rollback to v1 (config only)")
        #expect(try await draft(app).isEmpty)
        #expect(fake.scheduler.entries["c4"]?.workload.image == "sha256:two")
    }

    @Test(arguments: [RollbackPart.all, .code, .config])
    func `nothing is built and no release command runs`(part: RollbackPart) async throws {
        let app = try await threeReleases()
        _ = try await releases.rollback(app, to: try ReleaseNumber("v3"), part)
        #expect(try await Builds(on: host).all(of: app).isEmpty)
        #expect(fake.scheduler.entries["c4"]?.workload.labels["slipway.type"] == "web")
        #expect(fake.scheduler.entries["c5"] == nil)
    }

    @Test func `properties, mounts and limits come back with it`() async throws {
        let app = try await host.deployedApp()
        let properties = Properties("ps", on: host)
        _ = try await properties.set(Ps.restartPolicy, to: "always", of: app)
        _ = try await Properties("checks", on: host).set(Checks.timeout, to: "30", of: app)
        _ = try await Storage(on: host).mount(try StorageMount("/srv/a:/data"), in: app)
        _ = try await Resource(on: host).change(app, "web", "resource:limit") { $0.memory = 64 << 20 }
        try await Control(on: host).restart(app, only: nil)
        let second = try await releases.find(2, of: app)
        #expect(second.settings.options["checks.timeout"] == "30")
        #expect(second.reason == "restart with changed mounts, limits, options, checks")
        _ = try await properties.set(Ps.restartPolicy, to: nil, of: app)
        _ = try await Properties("checks", on: host).set(Checks.timeout, to: "31", of: app)
        _ = try await Storage(on: host).unmount("/data", in: app)
        try await Control(on: host).restart(app, only: nil)
        #expect(try await releases.find(3, of: app).reason == "restart with changed mounts, options, checks")
        _ = try await releases.rollback(app, to: try ReleaseNumber("v2"), .config)
        #expect(try await properties.raw(Ps.restartPolicy, of: app) == "always")
        #expect(try await Properties("checks", on: host).raw(Checks.timeout, of: app) == "30")
        #expect(try await Storage(on: host).mounts(of: app).map(\.target) == ["/data"])
        #expect(try await releases.draft(of: app) == second.settings)
    }

    @Test func `a property that all have does not become the app's own`() async throws {
        let app = try await host.deployedApp()
        let properties = Properties("ps", on: host)
        let key = key
        for value in ["1", "2"] {
            try await Deploys(on: host).change(app, because: "config: A") { $0.config[key] = value }
        }
        let done = try await releases.rollback(app, to: nil, .all)
        #expect(done.target.settings.options["ps.restart-policy"] == "unless-stopped")
        #expect(try await properties.raw(Ps.restartPolicy, of: app) == nil)
    }

    @Test func `an image that is gone is said before anything changes`() async throws {
        let app = try await threeReleases()
        var bare = releases
        bare.shelf.holds = { $0 != "sha256:seed" }
        let releases = bare
        await #expect {
            try await releases.rollback(app, to: try ReleaseNumber("v1"), .all)
        } throws: { error in
            let failure = error as? Failure
            return failure?.code == .unchangeable && failure?.why?.contains("image is gone") == true
        }
        #expect(try await Apps(on: host).find(app.id).current == 3)
        #expect(try await releases.all(of: app).count == 3)
        // Its settings need no image of its own.
        _ = try await releases.rollback(app, to: try ReleaseNumber("v1"), .config)
        #expect(try await releases.find(4, of: app).image == "sha256:two")
    }

    @Test func `a failed release is no place to go back to, and its number is not given again`() async throws {
        let app = try await host.deployedApp()
        fake.scheduler.onStart(.exited(code: 3, outOfMemory: false))
        let key = key
        await #expect(throws: Failure.self) {
            try await Deploys(on: host).change(app, because: "x") { $0.config[key] = "1" }
        }
        fake.scheduler.onStart(.running)
        let failed = try await releases.find(2, of: app)
        #expect(failed.status == .failed)
        #expect(failed.failure?.hasPrefix("P107 ") == true, "\(failed.failure ?? "")")
        for part in [RollbackPart.all, .code, .config] {
            #expect(await refused(2, app, part)?.code == .unchangeable)
        }
        try await Deploys(on: host).change(app, because: "x") { $0.config[key] = "2" }
        #expect(try await Apps(on: host).find(app.id).current == 3)
    }

    @Test func `a blocked release is refused with its reason, and passed over by default`() async throws {
        let app = try await threeReleases()
        _ = try await releases.block(2, of: app, because: try BlockReason(["loses", "orders"]))
        let failure = await refused(2, app)
        #expect(failure?.code == .unchangeable)
        #expect(failure?.why == "it is blocked: loses orders (ana)")
        #expect(failure?.fix?.contains("releases:unblock shop v2") == true)
        #expect(try await releases.target(nil, of: app).number == 1)
        _ = try await releases.block(1, of: app, because: try BlockReason(["too old"]))
        #expect(await refused(nil, app)?.code == .notFound)
        #expect(try await releases.unblock(2, of: app))
        #expect(try await releases.target(nil, of: app).number == 2)
    }

    @Test func `of the code alone it says nothing of a draft that has not changed`() async throws {
        let app = try await threeReleases()
        let done = try await releases.rollback(app, to: try ReleaseNumber("v1"), .code)
        #expect(done.draft == nil)
        #expect(done.made.reason == "rollback to v1 (code only)")
        #expect(!fake.transcript.progress.contains("settings have changed"))
    }

    @Test func `one that repair has blocked for its lost image still gives its settings`() async throws {
        let app = try await threeReleases()
        let id = app.id
        try await host.store.write { database in
            for number in [1, 2] { try ReleasesTable.setBlocked(Release.lostImage, number, of: id, database) }
        }
        for part in [RollbackPart.all, .code] {
            let failure = await refused(1, app, part)
            #expect(failure?.code == .unchangeable && failure?.fix?.contains("v1 --config-only") == true)
            #expect(await refused(nil, app, part)?.code == .notFound)
        }
        #expect(try await releases.target(nil, of: app, for: .config).number == 2)
        _ = try await releases.rollback(app, to: try ReleaseNumber("v1"), .config)
        #expect(try await draft(app).isEmpty)
        _ = try await releases.block(1, of: app, because: try BlockReason(["loses", "orders"]))
        #expect(await refused(1, app, .config)?.why == "it is blocked: loses orders (ana)")
    }

    @Test func `a locked app is refused at once`() async throws {
        let app = try await threeReleases()
        try await Apps(on: host).setLock("freeze", on: app)
        #expect(await refused(1, try await Apps(on: host).find(app.id))?.code == .locked)
    }

    @Test(.timeLimit(.minutes(1))) func `a change that waits for the lock loses nothing of what came before it`()
        async throws
    {
        var host = host
        host.time.clock = ContinuousClock()
        let app = try await host.deployedApp()
        let lock = try await Operations(on: host).take(app, waiting: .zero)
        let waiting = host
        async let second: Void = ConfigSet.parse(["shop", "B=2"]).run(on: waiting)
        while !fake.transcript.progress.contains("waiting for") { await Task.yield() }
        _ = try await Config(on: host).change(app, setting: [key: "1"])
        lock.release()
        try await second
        #expect(try await draft(app) == [key: "1", try ConfigKey("B"): "2"])
    }
}
