import Core
import Files
import Scheduling
import Store
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `supervision` {
    @Test func `two deaths are the engine's business`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        for _ in 1...2 { await served.die(&supervisor) }
        #expect(try await served.backOff == nil)
        #expect(served.entry?.policy == "unless-stopped")
        #expect(await !supervisor.isWaiting())
    }

    @Test func `the third within a minute is held, tried after 10 s and then every 30 s`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        await served.dieThrice(&supervisor)
        #expect(served.entry?.policy == "no")
        #expect(served.entry?.phase == .exited(code: 143, outOfMemory: false))
        #expect(await supervisor.isWaiting())
        served.clock.advance(9)
        await supervisor.take(.moment)
        #expect(served.entry?.phase != .running)
        served.clock.advance(1)
        await supervisor.take(.moment)
        #expect(served.entry?.phase == .running)
        await served.die(&supervisor, restarting: false)
        served.clock.advance(29)
        await supervisor.take(.moment)
        #expect(served.entry?.phase != .running)
        served.clock.advance(1)
        await supervisor.take(.moment)
        #expect(served.entry?.phase == .running)
    }

    @Test func `a clock that was set back makes it deaf to nothing`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        served.clock.advance(-3600)
        await served.die(&supervisor)
        #expect(served.fake.transcript.progress.contains("shop web.1 died (exit 1)"))
        await supervisor.take(served.event("oom"))
        #expect(try await served.events("out-of-memory").count == 1)
    }

    @Test func `three deaths in more than a minute are no reason`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        for _ in 1...5 {
            served.clock.advance(31)
            await served.die(&supervisor)
        }
        #expect(try await served.backOff == nil)
    }

    @Test func `the fifth death is an event, and the sixth is not another`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        await served.dieThrice(&supervisor)
        for death in 4...6 {
            served.clock.advance(30)
            await supervisor.take(.moment)
            await served.die(&supervisor, restarting: false)
            #expect(try await served.events("backing-off").count == (death < 5 ? 0 : 1))
        }
        #expect(try await served.events("backing-off") == ["web.1 died 5 times in a row and is tried every 30 s"])
    }

    @Test func `who lives a minute has the old policy again`() async throws {
        let served = try await ServedHost(policy: "always")
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        await served.dieThrice(&supervisor)
        served.clock.advance(10)
        await supervisor.take(.moment)
        served.clock.advance(59)
        await supervisor.take(.moment)
        #expect(served.entry?.policy == "no")
        served.clock.advance(1)
        await supervisor.take(.moment)
        #expect(served.entry?.policy == "always")
        #expect(try await served.backOff == nil)
        #expect(await !supervisor.isWaiting())
    }

    @Test func `restart-policy no is left to a person`() async throws {
        let served = try await ServedHost(policy: "no")
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        for _ in 1...4 { await served.die(&supervisor, restarting: false) }
        #expect(try await served.backOff == nil)
        #expect(served.entry?.phase != .running)
    }

    @Test func `on-failure starts no more often than it says`() async throws {
        let served = try await ServedHost(policy: "on-failure:3")
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        served.fake.scheduler.set(restarts: 3, of: served.handle)
        await served.dieThrice(&supervisor)
        #expect(try await served.backOff?.restarts == 2)
        served.clock.advance(10)
        await supervisor.take(.moment)
        #expect(served.entry?.phase == .running)
        await served.die(&supervisor, restarting: false)
        #expect(try await served.backOff == nil)
        #expect(served.entry?.policy == "on-failure:3")
        served.clock.advance(100)
        await supervisor.take(.moment)
        #expect(served.entry?.phase != .running)
    }

    @Test func `what a person or a deploy ends is not dead`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        for _ in 1...4 {
            await supervisor.take(served.event("kill", ["signal": "15"]))
            await served.die(&supervisor)
        }
        #expect(try await served.backOff == nil)
    }

    @Test(arguments: [Instance.State.starting, .retiring])
    func `newcomers and leavers are left alone`(_ state: Instance.State) async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        let id = served.instance.id
        try await served.host.store.write { try PsTable.setState(state, of: [id], $0) }
        await served.dieThrice(&supervisor)
        #expect(try await served.backOff == nil)
        #expect(await !supervisor.isWaiting())
    }

    @Test func `an app that was stopped stays so, and is gone on with when it is started`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        await served.dieThrice(&supervisor)
        try await Control(on: served.host).stop(served.app)
        served.clock.advance(600)
        await supervisor.take(.moment)
        #expect(served.entry?.phase != .running)
        #expect(await !supervisor.isWaiting())
        _ = try await Control(on: served.host).start(try await Apps(on: served.host).find(served.app.id))
        await supervisor.take(.moment)
        #expect(try await served.backOff?.phase == .trying(since: served.clock.now))
        served.clock.advance(60)
        await supervisor.take(.moment)
        #expect(served.entry?.policy == "unless-stopped")
    }

    @Test func `an instance of another engine's making is nobody's`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        for _ in 1...4 { await supervisor.take(served.event("die", ["slipway.row": "0000000bad"])) }
        #expect(await !supervisor.isWaiting())
    }

    @Test func `whoever works on the app is let finish first`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        let lock = try #require(try FileLock.tryTake(served.host.paths.lock(of: served.app.id)))
        await served.dieThrice(&supervisor)
        #expect(try await served.backOff == nil)
        #expect(served.entry?.policy == "unless-stopped")
        #expect(await supervisor.isWaiting())
        served.fake.scheduler.set(.restarting, of: served.handle)
        await supervisor.take(.moment)
        #expect(try await served.backOff == nil)
        lock.release()
        await supervisor.take(.moment)
        #expect(try await served.backOff != nil)
        #expect(served.entry?.policy == "no")
    }

    @Test func `what a dead process left is settled first`() async throws {
        let served = try await ServedHost()
        var supervisor = Supervisor(on: served.host)
        await supervisor.take(.connected)
        try await served.host.begin("deploy", of: served.app.id)
        await served.dieThrice(&supervisor)
        #expect(try await served.backOff == nil)
        _ = try await Operations(on: served.host).settleAllOrphans()
        served.fake.scheduler.set(.restarting, of: served.handle)
        await supervisor.take(.moment)
        #expect(try await served.backOff != nil)
    }

    @Test func `a claim writes nothing once it was overtaken`() async throws {
        let served = try await ServedHost()
        let (lock, held) = try #require(try await Operations(on: served.host).claim(served.app.id))
        let id = served.instance.id
        try await served.host.begin("deploy", of: served.app.id, by: .this)
        let failure = await #expect(throws: Failure.self) {
            try await held.write { try ServeTable.save(nil, of: id, $0) }
        }
        #expect(failure?.code == .lostLock)
        lock.release()
    }
}
