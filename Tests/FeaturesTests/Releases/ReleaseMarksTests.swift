import ArgumentParser
import Core
import GRDB
import Scheduling
import Store
import Testing

@testable import Features

@Suite struct `marks on releases` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private var releases: Releases {
        var releases = Releases(on: host)
        releases.shelf = ImageShelf(holds: { _ in true }, ids: { ["sha256:seed"] })
        return releases
    }

    private func events(_ app: App) async throws -> [String] {
        try await host.store.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT caller, name, detail FROM events WHERE app_id = ? ORDER BY id",
                arguments: [app.id.text]
            ).map { "\($0["caller"] as String) \($0["name"] as String) \($0["detail"] as String)" }
        }.filter { $0.contains(" releases:") }
    }

    @Test func `a pin is kept, told once, and taken away`() async throws {
        let app = try await host.deployedApp()
        #expect(try await releases.pinned(of: app).isEmpty)
        #expect(try await releases.pin(1, of: app))
        #expect(try await releases.pinned(of: app) == [1])
        #expect(try await releases.pin(1, of: app) == false)
        #expect(try await releases.find(1, of: app).isPinned)
        #expect(try await releases.unpin(1, of: app))
        #expect(try await releases.unpin(1, of: app) == false)
        #expect(try await releases.pinned(of: app).isEmpty)
        #expect(try await events(app) == ["ana releases:pin v1", "ana releases:unpin v1"])
    }

    @Test func `what has no image cannot be pinned`() async throws {
        let app = try await host.deployedApp()
        var bare = releases
        bare.shelf.holds = { _ in false }
        let empty = bare
        await #expect { try await empty.pin(1, of: app) } throws: { ($0 as? Failure)?.code == .unchangeable }
        await #expect { try await releases.pin(7, of: app) } throws: { ($0 as? Failure)?.code == .notFound }
        fake.scheduler.onStart(.exited(code: 1, outOfMemory: false))
        await #expect(throws: Failure.self) { try await Deploys(on: host).change(app, because: "x") { _ in } }
        await #expect { try await releases.pin(2, of: app) } throws: { error in
            (error as? Failure)?.why == "it failed and never was live"
        }
        #expect(try await releases.pinned(of: app).isEmpty)
        #expect(try await events(app).isEmpty)
    }

    @Test func `pins and blocks are of one app`() async throws {
        let (shop, blog) = (try await host.deployedApp(), try await host.deployedApp("blog"))
        _ = try await releases.pin(1, of: shop)
        _ = try await releases.block(1, of: shop, because: try BlockReason(["x"]))
        #expect(try await releases.pinned(of: blog).isEmpty)
        #expect(try await releases.find(1, of: blog).blocked == nil)
    }

    @Test func `a block can be reworded, and the live release may have one`() async throws {
        let app = try await host.deployedApp()
        try await ReleasesBlock.parse(["shop", "v1", "loses", "orders"]).run(on: host)
        #expect(fake.transcript.progress.contains("v1 is live: it goes on serving"))
        #expect(try await releases.block(1, of: app, because: try BlockReason(["loses orders"])) == false)
        #expect(try await releases.block(1, of: app, because: try BlockReason(["loses all"])))
        #expect(try await releases.find(1, of: app).blocked == "loses all (ana)")
        #expect(try await Apps(on: host).find(app.id).current == 1)
        try await ReleasesUnblock.parse(["shop", "1"]).run(on: host)
        #expect(try await releases.find(1, of: app).blocked == nil)
        #expect(
            try await events(app) == [
                "ana releases:block v1: loses orders", "ana releases:block v1: loses all", "ana releases:unblock v1",
            ]
        )
    }

    @Test(arguments: [[], [""], [" ", "\u{1b}[31m"], [String(repeating: "x", count: 201)]])
    func `a block without words, or with too many, is refused`(words: [String]) {
        #expect(throws: Failure.self) { try BlockReason(words) }
    }

    @Test func `a release whose image the engine has no more is known, and a silent engine is no failure`() async throws
    {
        let app = try await host.deployedApp()
        var source = try await releases.find(1, of: app)
        source.image = "sha256:two"
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(source), source: "git-push", reason: "two"),
            on: app
        )
        let all = try await releases.all(of: app)
        #expect(await releases.withoutImage(all) == [2])
        #expect(await Releases(on: host).withoutImage(all) == nil)
    }

    @Test func `a row of an older program reads as neither pinned nor blocked`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await host.store.write { database in
            try database.execute(
                sql: """
                    INSERT INTO releases (app_id, number, status, image, facts, settings, reason, caller, created_at)
                    VALUES (?, 1, 'live', 'sha256:old', ?, ?, 'deploy 3f2a1c0', 'ana', 1)
                    """,
                arguments: [
                    app.id.text,
                    #"{"appJSON":{"env":{},"formation":{},"healthchecks":{},"scripts":{}},"exposed":[5000],"#
                        + #""procfile":{"commands":{"web":"bin/web"}}}"#,
                    #"{"config":{"A":"1"},"inherited":{},"limits":{},"mounts":[],"options":{},"ports":[]}"#,
                ]
            )
        }
        let release = try await releases.find(1, of: app)
        #expect(!release.isPinned)
        #expect(release.blocked == nil)
        #expect(release.digest == nil)
        #expect(release.facts.procfile.commands[.web] == "bin/web")
        #expect(release.facts(.config).keys.sorted() == ["A"])
    }
}
