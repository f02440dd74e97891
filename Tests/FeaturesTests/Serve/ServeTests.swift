import Core
import Engine
import Files
import GRDB
import Scheduling
import Store
import Support
import SystemPackage
import Terminals
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `the daemon` {
    private func held() async throws -> (ServedHost, Supervisor) {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        await served.dieThrice(&supervisor)
        return (served, supervisor)
    }

    @Test func `one that begins goes on with what another held`() async throws {
        let (served, _) = try await held()
        served.clock.advance(4)
        var next = Supervisor(on: served.host)
        await next.take(.connected)
        #expect(await next.isWaiting())
        #expect(served.entry?.phase != .running)
        served.clock.advance(6)
        await next.take(.moment)
        #expect(served.entry?.phase == .running)
        #expect(try await served.backOff?.deaths == 3)
    }

    @Test func `a death that was missed is found when the engine is there again`() async throws {
        let (served, first) = try await held()
        var supervisor = first
        served.clock.advance(10)
        await supervisor.take(.moment)
        await supervisor.take(.lost)
        #expect(await !supervisor.isWaiting())
        served.clock.advance(5)
        served.fake.scheduler.set(.exited(code: 1, outOfMemory: false), of: served.handle)
        await supervisor.take(.moment)
        #expect(try await served.backOff?.deaths == 3)
        await supervisor.take(.connected)
        #expect(try await served.backOff?.deaths == 4)
        #expect(try await served.backOff?.nextTry == served.clock.now + .seconds(30))
    }

    @Test func `what the engine starts in vain since long is held at once`() async throws {
        let served = try await ServedHost()
        served.fake.scheduler.set(.restarting, of: served.handle)
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        #expect(try await served.backOff == nil)
        served.fake.scheduler.set(restarts: 9, of: served.handle)
        await supervisor.take(.connected)
        #expect(try await served.backOff?.nextTry == served.clock.now + .seconds(10))
        #expect(served.entry?.policy == "no")
    }

    @Test func `deaths of before are counted, but not told of again`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        let old = served.event("die", ["exitCode": "137"])
        served.clock.advance(1)
        supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        await supervisor.take(old)
        #expect(served.fake.transcript.progress.contains("died") == false)
        await served.die(&supervisor)
        await served.die(&supervisor)
        #expect(try await served.backOff != nil)
    }

    @Test func `want of memory is in the log, in the events and in what the daemon says`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        await supervisor.take(served.event("oom"))
        await served.die(&supervisor, code: 137)
        let words = "web.1 was killed: out of memory, it has no limit of its own"
        #expect(try await served.events("out-of-memory") == [words])
        #expect(served.fake.transcript.progress.contains("shop \(words)\n"))
        let notes = Logs(on: served.host).notes(about: [served.instance])
        #expect(notes.map(\.0) == ["web.1"])
        #expect(notes.map(\.1.text) == ["slipway: \(words)"])
    }

    @Test func `ps:report says until when it backs off`() async throws {
        let (served, _) = try await held()
        let lines = try await Reports.lines(.ps, served.app, served.host)
        let status = lines.first { $0.key == "status-web.1" }?.value ?? ""
        let next = (served.clock.now + .seconds(10)).text
        #expect(status.hasPrefix("backing-off after 3 deaths, tried next at \(next) (CID: "))
        #expect(lines.contains(ReportLine("running", "false", isBare: true)))
    }

    @Test func `where none runs any more, tick gives everything back to the engine`() async throws {
        let (served, _) = try await held()
        served.clock.advance(60)
        try await Tick(on: served.host).run()
        #expect(try await served.backOff != nil)
        served.clock.advance(30)
        let daemon = try #require(try FileLock.tryTake(served.host.paths.locks.appending("serve")))
        try await Tick(on: served.host).run()
        #expect(try await served.backOff != nil)
        daemon.release()
        try await Tick(on: served.host).run()
        #expect(try await served.backOff == nil)
        #expect(served.entry?.policy == "unless-stopped")
        #expect(served.entry?.phase == .running)
    }

    @Test(arguments: [404, 500]) func `what the engine cannot start is held no more, and it is said`(_ status: Int)
        async throws
    {
        let (served, _) = try await held()
        served.clock.advance(90)
        served.fake.scheduler.watch {
            if $0.hasPrefix("start") { throw EngineError.refused(status: status, message: "it is stuck", request: "") }
        }
        try await Tick(on: served.host).run()
        #expect(try await served.backOff == nil)
        let words = "shop web.1 could not be started: \"it is stuck\""
        #expect(served.fake.transcript.progress.contains(words))
    }

    @Test func `one that cannot be given back keeps no other from it`() async throws {
        let (served, _) = try await held()
        let host = served.host
        _ = try await Control(on: host).scale(served.app, to: [.web: 2], deploying: true)
        let live = try await Ps(on: host).instances(of: served.app).filter { $0.state == .live }
        let waiting = BackOff(deaths: 3, restarts: 0, phase: .waiting(until: served.clock.now))
        try await host.store.write { database in
            for one in live { try ServeTable.save(waiting, of: one.id, database) }
        }
        let ids = live.map(\.id).sorted()
        let first = try #require(live.first { $0.id == ids.first }?.handle)
        served.clock.advance(120)
        served.fake.scheduler.watch { if $0 == "start \(first)" { throw Failure(.bug, "planted") } }
        try await Serve(on: host).letGo()
        let held = try await host.store.read { try ServeTable.all($0).keys.sorted() }
        #expect(live.count == 2 && held == [ids[0]])
        #expect(served.fake.transcript.progress.contains("planted"))
    }

    @Test func `a second one of the same root says so and ends`() async throws {
        let served = try await ServedHost()
        let daemon = try #require(try FileLock.tryTake(served.host.paths.locks.appending("serve")))
        let (news, _) = AsyncStream.makeStream(of: TerminalNews.self)
        let failure = await #expect(throws: Failure.self) { try await Serve(on: served.host).run(until: news) }
        #expect(failure?.code == .busy)
        daemon.release()
    }

    @Test func `ticks, lives without an engine, and ends when it is asked to`() async throws {
        let fake = Fake()
        let host = try Host.fake(fake)
        _ = try await host.deployedApp()
        let (news, person) = AsyncStream.makeStream(of: TerminalNews.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Serve(on: host).run(until: news) }
            try await eventually("a tick has tidied up") {
                try await host.store.read { try HostTable.moment("tidied", $0) } != nil
            }
            try await eventually("it misses the engine") { fake.transcript.progress.contains("the engine is away") }
            person.yield(.gone)
            person.yield(.signal(15))
            try await group.waitForAll()
        }
        #expect(fake.transcript.progress.contains("was asked to end (signal 15)"))
        #expect(try FileLock.tryTake(host.paths.locks.appending("serve")) != nil)
    }
}
