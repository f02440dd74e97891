import Core
import Probes
import Proxying
import Scheduling
import Store
import Synchronization
import Testing

@testable import Features

/// An app of three web processes, and what its makers did in order.
@Suite struct `a rollout` {
    let fake: Fake
    let host: Host
    let moments = Moments()

    /// What happened, and what a test does about it.
    final class Moments: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock(\.self) }
        func add(_ moment: String) -> Int {
            list.withLock {
                $0.append(moment)
                return $0.count
            }
        }
    }

    init() throws {
        fake = Fake()
        host = try Host.fake(fake)
    }

    /// What throws this ends as a process does that is killed: it settles nothing.
    private static let death = Failure(.lostLock, "killed")

    private func deployed(_ strategy: String, web: Int = 3, threshold: Int = 0) async throws -> App {
        let app = try await host.deployedApp(web: web)
        let properties = Properties("ps", on: host)
        _ = try await properties.set(Strategy.property, to: strategy, of: app)
        _ = try await properties.set(Strategy.threshold, to: "\(threshold)", of: app)
        return app
    }

    /// Writes down every moment from here on, and lets `act` interfere by the number of the moment.
    private func watch(_ act: @escaping @Sendable (Int, String) async throws -> Void = { _, _ in }) {
        let watcher: Watcher = { [moments] moment in
            let number = moments.add(moment)
            try await act(number, moment)
        }
        fake.scheduler.watch(watcher)
        fake.proxy.watch(watcher)
    }

    private func change(_ app: App) async throws {
        let key = try ConfigKey("A")
        try await Deploys(on: host).change(app, because: "config: added A") { $0.config[key] = "1" }
    }

    /// Only the three of v1 are left, they run, and nginx sends requests to them.
    private func expectWhollyOld(_ app: App, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let fresh = try await Apps(on: host).find(app.id)
        #expect(fresh.current == 1, sourceLocation: sourceLocation)
        let all = try await Ps(on: host).instances(of: app)
        #expect(all.map(\.release) == [1, 1, 1], sourceLocation: sourceLocation)
        #expect(all.allSatisfy { $0.state == .live }, sourceLocation: sourceLocation)
        #expect(Set(fake.scheduler.entries.keys) == Set(all.compactMap(\.handle)), sourceLocation: sourceLocation)
        #expect(fake.scheduler.entries.values.allSatisfy { $0.phase == .running }, sourceLocation: sourceLocation)
        let upstream = fake.proxy.sites[app.id.text]?.mappings.first?.upstream
        #expect(upstream == all.map { "\($0.address):5000" }, sourceLocation: sourceLocation)
        #expect(fake.proxy.sites[app.id.text]?.state == .serving, sourceLocation: sourceLocation)
        #expect(try await Operations(on: host).running().isEmpty, sourceLocation: sourceLocation)
    }

    /// The three of the last release serve, whatever still leaves.
    private func expectWhollyNew(_ app: App, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let fresh = try await Apps(on: host).find(app.id)
        #expect(fresh.current == 2, sourceLocation: sourceLocation)
        let live = try await Ps(on: host).instances(of: app).filter { $0.state == .live }
        #expect(live.map(\.name) == ["web.1", "web.2", "web.3"], sourceLocation: sourceLocation)
        #expect(live.allSatisfy { $0.release == 2 }, sourceLocation: sourceLocation)
        let upstream = fake.proxy.sites[app.id.text]?.mappings.first?.upstream
        #expect(upstream == live.map { "\($0.address):5000" }, sourceLocation: sourceLocation)
    }

    @Test func `one by one, each starts when the one before is ready, and requests move once`() async throws {
        let app = try await deployed("one-by-one")
        let scheduler = fake.scheduler
        watch { _, moment in
            guard moment.hasPrefix("start") else { return }
            // Only a proven instance gets its restart policy; the one that is about to start has none yet.
            let unproven = scheduler.entries.values.count { $0.policy == "no" }
            #expect(unproven == 1)
        }
        try await change(app)
        try await expectWhollyNew(app)
        #expect(moments.all.prefix(4) == ["start c4", "start c5", "start c6", "publish 3"])
        #expect(fake.transcript.progress.contains("Start   web x1 (2 of 3)"))
        #expect(fake.transcript.progress.contains("v1 drains, up to 60 s."))
    }

    @Test func `batches start side by side, and the types' bounds of app json hold`() async throws {
        let app = try await deployed("batches 2")
        let scheduler = fake.scheduler
        watch { _, moment in
            guard moment.hasPrefix("start") else { return }
            #expect(scheduler.entries.values.count { $0.policy == "no" } <= 2)
        }
        try await change(app)
        try await expectWhollyNew(app)
        #expect(fake.transcript.progress.contains("Start   web x2 (1 of 2)"))
        #expect(fake.transcript.progress.contains("Start   web x1 (2 of 2)"))
    }

    @Test(arguments: ["all-at-once", "one-by-one", "batches 2"], [1, 2, 3])
    func `a start that fails in any batch undoes all of them`(strategy: String, number: Int) async throws {
        let app = try await deployed(strategy)
        watch { seen, _ in if seen == number { throw Failure(.engineRefused, "planted") } }
        await #expect { try await change(app) } throws: { ($0 as? Failure)?.code == .engineRefused }
        try await expectWhollyOld(app)
        #expect(try await Releases(on: host).find(2, of: app).status == .failed)
    }

    @Test(arguments: ["all-at-once", "one-by-one", "batches 2"], [1, 2, 3])
    func `a death in any batch is undone by whoever comes next`(strategy: String, number: Int) async throws {
        let app = try await deployed(strategy)
        watch { seen, _ in if seen == number { throw Self.death } }
        await #expect { try await change(app) } throws: { ($0 as? Failure)?.code == .lostLock }
        #expect(try await Operations(on: host).running().count == 1)
        watch()
        _ = try await Operations(on: host).settleAllOrphans()
        try await expectWhollyOld(app)
    }

    @Test func `one that fails within the threshold is made anew, and all go live`() async throws {
        let app = try await deployed("one-by-one", threshold: 2)
        let scheduler = fake.scheduler
        // The second and third container that are started end at once: both times web.2.
        watch { _, moment in
            let isBad = moment == "start c5" || moment == "start c6"
            if moment.hasPrefix("start") { scheduler.onStart(isBad ? .exited(code: 3, outOfMemory: false) : .running) }
        }
        try await change(app)
        try await expectWhollyNew(app)
        #expect(fake.transcript.progress.contains("web.2 is made anew (2 of 2): web.2 exited with 3"))
        #expect(fake.scheduler.entries["c5"] == nil)
    }

    @Test(arguments: ["all-at-once", "one-by-one", "stop-first"])
    func `one failure too many undoes the deploy`(strategy: String) async throws {
        let app = try await deployed(strategy, threshold: 1)
        let scheduler = fake.scheduler
        watch { _, moment in
            guard moment.hasPrefix("start") else { return }
            let isOld = ["start c1", "start c2", "start c3"].contains(moment)
            scheduler.onStart(isOld ? .running : .exited(code: 3, outOfMemory: false))
        }
        await #expect { try await change(app) } throws: { ($0 as? Failure)?.code == .exited }
        try await expectWhollyOld(app)
    }

    @Test func `stop-first answers 503, ends the old, starts the new, and says why`() async throws {
        let app = try await deployed("stop-first")
        watch()
        try await change(app)
        try await expectWhollyNew(app)
        let all = moments.all
        #expect(all.first == "publish 0")
        #expect(Set(all[1...3]) == ["stop c1", "stop c2", "stop c3"])
        #expect(Set(all[4...6]) == ["start c4", "start c5", "start c6"])
        #expect(all[7] == "publish 3")
        #expect(fake.transcript.progress.contains("Stop    web x3 first: deploy-strategy is stop-first"))
        #expect(!fake.transcript.progress.contains("v1 drains"))
    }

    @Test(arguments: Array(1...8)) func `stop-first dies anywhere before the switch is done and the old run again`(
        number: Int
    ) async throws {
        let app = try await deployed("stop-first")
        watch { seen, _ in if seen == number { throw Self.death } }
        await #expect { try await change(app) } throws: { ($0 as? Failure)?.code == .lostLock }
        #expect(try await Operations(on: host).running().count == 1)
        watch()
        _ = try await Operations(on: host).settleAllOrphans()
        try await expectWhollyOld(app)
    }

    @Test(arguments: Array(1...8)) func `stop-first fails anywhere before the switch and the old run again`(
        number: Int
    ) async throws {
        let app = try await deployed("stop-first")
        watch { seen, _ in if seen == number { throw Failure(.engineRefused, "planted") } }
        await #expect(throws: Failure.self) { try await change(app) }
        _ = try await Operations(on: host).settleAllOrphans()
        try await expectWhollyOld(app)
    }

    @Test func `the first deploy has nothing to end`() async throws {
        _ = try await Properties("ps", on: host).set(Strategy.property, to: "stop-first", of: nil)
        let app = try await host.deployedApp(web: 2)
        #expect(app.current == 1)
        #expect(!fake.transcript.progress.contains("Stop "))
    }

    @Test func `a mount with a single writer chooses stop-first by itself`() async throws {
        let app = try await host.deployedApp()
        _ = try await Storage(on: host).mount(try StorageMount("data:/data:single-writer"), in: app)
        watch()
        try await Control(on: host).restart(app, only: nil)
        #expect(moments.all.prefix(3) == ["publish 0", "stop c1", "start c2"])
        #expect(fake.transcript.progress.contains("Stop    web x1 first: /data has a single writer"))
        await #expect { _ = try await Control(on: host).scale(app, to: [.web: 2], deploying: true) } throws: {
            ($0 as? Failure)?.code == .unchangeable
        }
        #expect(try await Ps(on: host).asked(of: app) == [.web: 1])
    }

    @Test func `types without checks end first, and only those that are replaced`() async throws {
        let app = try await host.deployedApp(web: 1)
        _ = try await Properties("checks", on: host).set(Checks.disabled, to: "web", of: app)
        watch()
        _ = try await Control(on: host).scale(app, to: [.web: 2], deploying: true)
        #expect(moments.all.prefix(2) == ["start c2", "publish 2"])
        #expect(fake.scheduler.entries["c1"]?.phase == .running)
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.transcript.progress.contains("Stop    web x2 first: zero downtime is disabled for it"))
    }
}
