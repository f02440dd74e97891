import Core
import Engine
import Files
import Proxying
import Scheduling
import Store
import Synchronization
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `repair of instances` {
    let bench: RepairBench
    var host: Host { bench.host }
    var scheduler: RecordingScheduler { bench.fake.scheduler }

    init() throws { bench = try RepairBench() }

    /// What nginx was told, by the number of upstreams.
    private func publications() -> @Sendable () -> [String] {
        let said = Mutex<[String]>([])
        let keep = Said(said)
        bench.fake.proxy.watch { word in keep.add(word) }
        return { keep.all }
    }

    final class Said: Sendable {
        private let words: Mutex<[String]>
        init(_ words: consuming Mutex<[String]>) { self.words = words }
        func add(_ word: String) { words.withLock { $0.append(word) } }
        var all: [String] { words.withLock { $0 } }
    }

    @Test func `a host that is right needs none`() async throws {
        _ = try await host.deployedApp(web: 2)
        let before = scheduler.entries.mapValues(\.name)
        let said = publications()
        let report = try await bench.repair()
        #expect(report.summary == "nothing to repair")
        #expect(report.isGood)
        #expect(said().isEmpty)
        #expect(scheduler.entries.mapValues(\.name) == before)
        #expect(try await host.store.read { try OperationsTable.recent(nil, limit: 9, $0) }.count == 1)
    }

    @Test func `a container that is gone is made again from the record, at its address`() async throws {
        let app = try await host.deployedApp()
        let old = try #require(try await bench.instances(app).first)
        try await scheduler.remove("c1")
        let said = publications()
        let done = try await bench.mended(.instance)
        #expect(done.map(\.line) == ["shop: web.1 has no container; done: make it again from v1"])
        let new = try #require(try await bench.instances(app).first)
        #expect(new.id == old.id)
        #expect(new.address == old.address)
        let made = try #require(new.handle.flatMap { scheduler.entries[$0] })
        #expect(made.workload.address == old.address)
        #expect(made.workload.image == "sha256:seed")
        #expect(made.policy == "unless-stopped")
        #expect(made.phase == .running)
        #expect(made.name == "shop.web.1-0badcafe")
        // 503 until it has shown that it is ready, and itself afterwards.
        #expect(said() == ["publish 0", "publish 1"])
        #expect(try await Releases(on: host).all(of: app).count == 1)
    }

    @Test func `those that run go on serving meanwhile`() async throws {
        let app = try await host.deployedApp(web: 2)
        try await scheduler.remove("c1")
        let said = publications()
        _ = try await bench.mended(.instance)
        #expect(said() == ["publish 1", "publish 2"])
        #expect(bench.fake.proxy.sites[app.id.text]?.mappings.first?.upstream.count == 2)
    }

    @Test func `one that does not run is started as it is`() async throws {
        let app = try await host.deployedApp()
        scheduler.set(.exited(code: 137, outOfMemory: false), of: "c1")
        _ = try await bench.mended(.instance)
        #expect(try await bench.instances(app).map(\.handle) == ["c1"])
        #expect(scheduler.entries["c1"]?.phase == .running)
    }

    @Test func `one that the engine cannot start is made again`() async throws {
        let app = try await host.deployedApp()
        scheduler.set(.exited(code: 137, outOfMemory: false), of: "c1")
        scheduler.watch { word in
            if word == "start c1" { throw EngineError.refused(status: 404, message: "network gone", request: "start") }
        }
        _ = try await bench.mended(.instance)
        #expect(try await bench.instances(app).map(\.handle) == ["c2"])
        #expect(scheduler.entries.keys.sorted() == ["c2"])
    }

    @Test func `what the engine starts again by itself is left to it`() async throws {
        _ = try await host.deployedApp()
        scheduler.set(.restarting, of: "c1")
        #expect(try await bench.repair().summary == "nothing to repair")
    }

    @Test func `what was stopped on purpose stays stopped`() async throws {
        let app = try await host.deployedApp()
        try await Control(on: host).stop(app)
        #expect(try await bench.repair().summary == "nothing to repair")
        try await scheduler.remove("c1")
        #expect(try await bench.repair().summary == "nothing to repair")
        #expect(scheduler.entries.isEmpty)
    }

    @Test func `what runs though it was stopped is stopped`() async throws {
        let app = try await host.deployedApp()
        try await Control(on: host).stop(app)
        scheduler.set(.running, of: "c1")
        let done = try await bench.mended(.instance)
        #expect(done.map(\.line) == ["shop: web.1 runs, and the app is stopped; done: stop it"])
        #expect(scheduler.entries["c1"]?.phase == .exited(code: 143, outOfMemory: false))
        #expect(bench.fake.proxy.sites[app.id.text]?.state == .unavailable)
    }

    @Test func `a wrong restart policy is set right`() async throws {
        _ = try await host.deployedApp()
        try await scheduler.setRestartPolicy("no", of: "c1")
        let done = try await bench.mended(.policy)
        #expect(done.first?.difference.fact == "the restart policy of web.1 is no")
        #expect(scheduler.entries["c1"]?.policy == "unless-stopped")
    }

    @Test func `who dies too often is left to whoever supervises it`() async throws {
        let app = try await host.deployedApp()
        let id = try #require(try await bench.instances(app).first?.id)
        let until = host.time.now() + .seconds(10)
        try await host.store.write { database in
            let backOff = BackOff(deaths: 3, restarts: 3, phase: .waiting(until: until))
            try ServeTable.save(backOff, of: id, database)
        }
        try await scheduler.setRestartPolicy("no", of: "c1")
        scheduler.set(.exited(code: 1, outOfMemory: false), of: "c1")
        #expect(try await bench.repair().summary == "nothing to repair")
    }

    @Test func `one that does not become ready is told, runs on, and is served when it comes`() async throws {
        let app = try await host.deployedApp()
        try await scheduler.remove("c1")
        scheduler.onStart(.restarting)
        let report = try await bench.repair()
        #expect(!report.isGood)
        #expect(report.all.count == 1)
        guard case .failed(let reason) = report.all.first?.outcome else {
            Issue.record("\(report.all)")
            return
        }
        #expect(reason.hasPrefix("P107 "))
        #expect(scheduler.entries["c2"]?.policy == "unless-stopped")
        #expect(bench.fake.proxy.sites[app.id.text]?.mappings.first?.upstream.count == 1)
    }

    @Test func `a lost image is told, nothing is built, and its app answers 503`() async throws {
        let app = try await host.deployedApp()
        try await scheduler.remove("c1")
        bench.desk.change { $0.images = [] }
        let report = try await bench.repair()
        #expect(report.all.map(\.difference.kind) == [.image, .instance, .site])
        #expect(report.all.map(\.outcome) == [.asked, .asked, .done])
        #expect(!report.isGood)
        #expect(scheduler.entries.isEmpty)
        #expect(bench.fake.proxy.sites[app.id.text]?.mappings.first?.upstream == [])
        #expect(try await bench.repair().all.map(\.difference.kind) == [.image, .instance])
    }

    @Test func `an old release whose image is lost is blocked, and told once`() async throws {
        let app = try await host.deployedApp()
        var source = try await Releases(on: host).find(1, of: app)
        source.image = "sha256:two"
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(source), source: "git-push", reason: "two"),
            on: app
        )
        bench.desk.change { $0.images = [FakeDesk.image("sha256:two")] }
        let report = try await bench.repair()
        #expect(report.all.map(\.difference.fact) == ["the image of v1 is gone"])
        #expect(report.isGood)
        #expect(try await Releases(on: host).find(1, of: app).blocked == "its image is gone (repair)")
        #expect(try await bench.repair().all.isEmpty)
    }

    @Test func `all are held back before the first is started`() async throws {
        for name in ["aaa", "bbb", "ccc"] { _ = try await host.deployedApp(name) }
        for handle in ["c1", "c2", "c3"] { try await scheduler.remove(handle) }
        let proxy = bench.fake.proxy
        scheduler.watch { _ in
            #expect(proxy.sites.values.allSatisfy { $0.state == .unavailable || $0.mappings.isEmpty })
            throw EngineError.refused(status: 500, message: "no", request: "start")
        }
        let before = proxy.publications
        #expect(try await bench.repair().all.count(where: \.isOpen) == 3)
        // One for all that are held back, and one for each that has come to its end.
        #expect(proxy.publications == before + 1 + 3)
    }

    /// An app that is right at the second look, and one that has come to its end, are let go while another goes on.
    @Test func `one that is slow keeps nobody out of the others`() async throws {
        var apps: [App] = []
        for name in ["aaa", "bbb", "ccc"] { apps.append(try await host.deployedApp(name)) }
        for handle in ["c1", "c2"] { try await scheduler.remove(handle) }
        let paths = host.paths
        @Sendable func isFree(_ app: App) -> Bool {
            guard let lock = try? FileLock.tryTake(paths.lock(of: app.id)) else { return false }
            lock.release()
            return true
        }
        let (desk, looks, ended) = (bench.desk.desk, Said(Mutex([])), Said(Mutex([])))
        var flickering = desk
        flickering.images = {
            looks.add("look")
            return looks.all.count == 1 ? [] : try await desk.images()
        }
        flickering.holds = { _ in looks.all.count > 1 }
        let right = apps[2]
        scheduler.watch { word in if word.hasPrefix("start ") { #expect(isFree(right), "\(word)") } }
        // One after the other: whichever is told of first, the other is not ready then.
        let report = try await Repair(on: host, desk: flickering, width: 1).run(isDry: false) { one in
            guard let app = one.difference.app else { return }
            #expect(isFree(app), "\(app.name)")
            ended.add(app.name.text)
        }
        #expect(report.summary == "2 differences: 2 repaired")
        #expect(ended.all.sorted() == ["aaa", "bbb"])
    }

    @Test func `a site that nginx refuses is told, and the instance runs all the same`() async throws {
        _ = try await host.deployedApp()
        try await scheduler.remove("c1")
        bench.fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        let report = try await bench.repair()
        #expect(report.all.map(\.difference.kind) == [.instance, .site])
        #expect(report.all.map(\.outcome) == [.done, .failed("P304 no")])
        #expect(scheduler.entries["c2"]?.phase == .running)
        bench.fake.proxy.refuse(with: nil)
        #expect(try await bench.repair().isGood)
    }

    @Test func `one app that fails keeps no other from it`() async throws {
        _ = try await host.deployedApp("aaa")
        _ = try await host.deployedApp("bbb")
        try await scheduler.remove("c1")
        try await scheduler.remove("c2")
        scheduler.watch { word in
            if word == "start c3" { throw EngineError.refused(status: 500, message: "no", request: "start") }
        }
        let report = try await bench.repair()
        #expect(report.count("done") == 1)
        #expect(report.all.count(where: \.isOpen) == 1)
    }
}
