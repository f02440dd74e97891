import Core
import Engine
import GRDB
import Probes
import Store
import Synchronization
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `watermarks of the disk` {
    final class Level: Sendable {
        private let percent: Mutex<Int64>
        init(_ percent: Int64) { self.percent = Mutex(percent) }
        func set(_ new: Int64) { percent.withLock { $0 = new } }
        var space: FreeSpace {
            let used = percent.withLock { $0 }
            return FreeSpace(free: 100 - used, total: 110, used: used)
        }
    }

    let level = Level(50)
    let engine = FakeEngine()
    var fake = Fake()

    init() {
        let level = level
        // The engine's folder fills up; our own root has room.
        fake.probes.space = { $0 == "/engine" ? level.space : FreeSpace(free: 99, total: 100, used: 1) }
        engine.change { state in
            let labels = [Engine.instanceLabel: "0badcafe", Engine.appLabel: "gone000001"]
            state.images["lost"] = .init(
                tags: ["slipway-0badcafe/gone000001:v1"],
                labels: labels,
                layers: [("layer", 4_000_000)]
            )
        }
    }

    private func warnings(_ host: Host) async throws -> Int {
        try await host.store.read {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM events WHERE name = 'disk:warning'") ?? 0
        }
    }

    @Test func `per cent are those of df`() {
        #expect(FreeSpace(free: 25, total: 110, used: 75).usedPercent == 75)
        #expect(FreeSpace(free: 1, total: 1000, used: 999).usedPercent == 100)
        #expect(FreeSpace(free: 0, total: 0, used: 0).usedPercent == 0)
        #expect(FreeSpace(at: "/nowhere/at/all") == nil)
        #expect((FreeSpace(at: "/")?.total ?? 0) > 0)
    }

    @Test func `collects at 80, warns at 85, once a day and once again after there was room`() async throws {
        try await engine.with(fake) { host in
            level.set(79)
            #expect(try await Watermarks(on: host).watch() == nil)
            #expect(engine.images.count == 1)
            level.set(80)
            #expect(try await Watermarks(on: host).watch()?.bytes == 4_000_000)
            #expect(engine.images.isEmpty)
            #expect(try await warnings(host) == 0)
            level.set(85)
            for _ in 0..<3 { _ = try await Watermarks(on: host).watch() }
            #expect(try await warnings(host) == 1)
            #expect(fake.transcript.progress.contains("/engine is 85 % full"))
            level.set(60)
            _ = try await Watermarks(on: host).watch()
            level.set(90)
            _ = try await Watermarks(on: host).watch()
            #expect(try await warnings(host) == 2)
        }
    }

    @Test func `warns also when the engine is down and nothing can be cleaned up`() async throws {
        var fake = fake
        fake.probes.space = { _ in FreeSpace(free: 10, total: 100, used: 90) }
        let host = try Host.fake(fake)
        let failure = await #expect(throws: (any Error).self) { try await Watermarks(on: host).watch() }
        #expect(failure.map { Failure($0).code } == .engineUnreachable)
        #expect(try await warnings(host) == 1)
    }

    @Test func `refuses builds at 95 and says what uses the space and what may go`() async throws {
        try await engine.with(fake) { host in
            level.set(94)
            try await Watermarks(on: host).refuseBuild()
            level.set(95)
            let failure = await #expect(throws: Failure.self) { try await Watermarks(on: host).refuseBuild() }
            #expect(failure?.code == .diskFull && failure?.code.status == .refused)
            #expect(failure?.what.contains("/engine is 95 % full") == true)
            #expect(failure?.fix?.contains("disk:clean frees up to 4.0 MB") == true)
            #expect(failure?.excerpt?.title == "what disk:clean would remove:")
            let lines = failure?.excerpt?.lines ?? []
            #expect(lines.prefix(2) == ["  4.0 MB  image gone000001 v1", "and what uses the space:"])
            #expect(lines.contains { $0.contains("images of (gone000001)") })
            _ = try await Properties("disk", on: host).set(Disk.collectAt, to: "95", of: nil)
            engine.change { $0.images = [:] }
            _ = try await Properties("disk", on: host).set(Disk.cacheCap, to: "2", of: nil)
            engine.change { $0.buildCache = 7 << 20 }
            try await Tick(on: host).run()
            #expect(fake.transcript.progress.contains("-----> The build cache cut by 5.2 MB, 5.2 MB freed\n"))
            _ = try await Properties("disk", on: host).set(Disk.refuseAt, to: "97", of: nil)
            try await Watermarks(on: host).refuseBuild()
        }
    }

    @Test func `a deploy from a commit fails before it has a number; what needs no build goes on`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            level.set(99)
            let revision = try Revision(String(repeating: "a", count: 40))
            let order = DeployOrder(origin: .commit(revision, subject: "x"), source: "git-push", reason: "deploy")
            let failure = await #expect(throws: Failure.self) { try await Deploys(on: host).run(order, on: app) }
            #expect(failure?.code == .diskFull && failure?.live?.contains("v1 still serves") == true)
            #expect(try await Releases(on: host).all(of: app).count == 1)
            let current = try #require(try await Releases(on: host).current(of: app))
            try await Deploys(on: host).run(
                DeployOrder(origin: .same(current), source: "git-push", reason: "restart"),
                on: app
            )
        }
    }
}
