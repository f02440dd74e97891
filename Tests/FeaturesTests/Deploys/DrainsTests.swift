import Core
import Files
import GRDB
import Probes
import Programs
import Store
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `draining` {
    let folder: TemporaryFolder
    let connections = Connections()
    let fake: Fake
    let host: Host

    /// Open connections by process; one is closed at every look until as many are left as stay.
    final class Connections: Sendable {
        private let state = Mutex<(open: [Int32: Int], staying: [Int32: Int])>(([:], [:]))
        func set(_ pid: Int32, open: Int, staying: Int = 0) {
            state.withLock { ($0.open[pid], $0.staying[pid]) = (open, staying) }
        }
        func look(_ pid: Int32) -> Int {
            state.withLock { state in
                let open = state.open[pid] ?? 0
                state.open[pid] = max(state.staying[pid] ?? 0, open - 1)
                return open
            }
        }
    }

    init() throws {
        folder = try TemporaryFolder()
        var fake = Fake(in: folder.path)
        let connections = connections
        fake.probes.connections = { connections.look($0) }
        self.fake = fake
        host = try Host.fake(fake)
    }

    private func events() async throws -> [String] {
        try await host.store.read {
            try String.fetchAll($0, sql: "SELECT detail FROM events WHERE name = 'drain' ORDER BY id")
        }
    }

    @Test func `an engine that is away is waited for`() async throws {
        let app = try await host.deployedApp()
        try await Control(on: host).restart(app, only: nil)
        let refusals = Mutex(2)
        fake.scheduler.watch { _ in
            let isAway = refusals.withLock { left in
                left -= 1
                return left >= 0
            }
            if isAway { throw Failure(.engineUnreachable, "the engine is away") }
        }
        try await Drains(on: host).run(app.id)
        #expect(Set(fake.scheduler.entries.keys) == ["c2"])
        #expect(try await Ps(on: host).instances(of: app).map(\.state) == [.live])
    }

    @Test func `an engine that refuses to end one is told of to plugins`() async throws {
        var fake = fake
        fake.programs = .live
        let host = try Host.fake(fake)
        let app = try await host.deployedApp()
        try await Control(on: host).restart(app, only: nil)
        try folder.write("plugins/told/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try folder.write(
            "plugins/told/hooks/retire-container-failed",
            "#!/bin/sh\necho \"$# $*\"\n",
            mode: 0o755
        )
        fake.scheduler.watch { if $0.hasPrefix("stop") { throw Failure(.engineRefused, "it is stuck") } }
        await #expect { try await Drains(on: host).run(app.id) } throws: { Failure($0).what == "it is stuck" }
        #expect(fake.transcript.progress.contains("told: 2 \(app.name) c1"))
    }

    @Test func `one that cannot be ended keeps no other of its release`() async throws {
        let app = try await host.deployedApp(web: 2)
        try await Control(on: host).restart(app, only: nil)
        connections.set(2, open: 50)
        fake.scheduler.watch { if $0 == "stop c1" { throw Failure(.engineRefused, "it is stuck") } }
        await #expect { try await Drains(on: host).run(app.id) } throws: { Failure($0).what == "it is stuck" }
        #expect(Set(fake.scheduler.entries.keys) == ["c1", "c3", "c4"])
        #expect(try await events().map { String($0.prefix(20)) } == ["v1 (web.2) drained i"])
        // The next process finds it.
        fake.scheduler.watch { _ in }
        try await Drains(on: host).run(app.id)
        #expect(Set(fake.scheduler.entries.keys) == ["c3", "c4"])
    }

    @Test func `one that cannot be ended keeps no other release`() async throws {
        let app = try await host.deployedApp()
        let key = try ConfigKey("A")
        for value in ["1", "2"] { try await Deploys(on: host).change(app, because: "x") { $0.config[key] = value } }
        connections.set(2, open: 50)
        fake.scheduler.watch { if $0 == "stop c1" { throw Failure(.engineRefused, "it is stuck") } }
        await #expect { try await Drains(on: host).run(app.id) } throws: { Failure($0).what == "it is stuck" }
        #expect(Set(fake.scheduler.entries.keys) == ["c1", "c3"])
    }

    @Test func `an instance leaves when its connections are done, and it is said`() async throws {
        let app = try await host.deployedApp(web: 2)
        try await Control(on: host).restart(app, only: nil)
        connections.set(1, open: 3)
        try await Drains(on: host).run(app.id)
        #expect(try await Ps(on: host).instances(of: app).count == 2)
        #expect(Set(fake.scheduler.entries.keys) == ["c3", "c4"])
        let said = try await events()
        #expect(said.count == 1)
        #expect(said.first?.hasPrefix("v1 (web.1, web.2) drained in ") == true)
        #expect(said.first?.hasSuffix(" s, 0 connections cut") == true)
        let log = try #require(try readFile(host.paths.logs(of: app.id).appending("v1.log")))
        #expect(String(decoding: log, as: UTF8.self).contains("0 connections cut"))
    }

    @Test func `at the limit it is ended, and what is cut is counted`() async throws {
        let app = try await host.deployedApp()
        _ = try await Properties("checks", on: host).set(Checks.waitToRetire, to: "1", of: app)
        let key = try ConfigKey("A")
        try await Deploys(on: host).change(app, because: "x") { $0.config[key] = "1" }
        connections.set(1, open: 2, staying: 2)
        try await Drains(on: host).run(app.id)
        #expect(fake.scheduler.entries["c1"] == nil)
        #expect(try await events().first?.hasPrefix("v1 drained in ") == true)
        #expect(try await events().first?.hasSuffix(", 2 connections cut") == true)
    }

    @Test func `where connections cannot be read there may be one, to the limit`() async throws {
        var fake = fake
        fake.probes.connections = { _ in throw Failure(.notAllowed, "the folders of processes are hidden") }
        let host = try Host.fake(fake)
        let app = try await host.deployedApp()
        _ = try await Properties("checks", on: host).set(Checks.waitToRetire, to: "1", of: app)
        let key = try ConfigKey("A")
        let began = host.time.now()
        try await Deploys(on: host).change(app, because: "x") { $0.config[key] = "1" }
        try await Drains(on: host).run(app.id)
        #expect(host.time.now() - began >= .seconds(1))
        #expect(fake.scheduler.entries["c1"] == nil)
        let said = try await host.store.read {
            try String.fetchAll($0, sql: "SELECT detail FROM events WHERE name = 'drain'")
        }
        #expect(said.first?.hasSuffix(", 1 connection cut") == true, "\(said)")
    }

    @Test func `what leaves later does not wait for a long connection`() async throws {
        let app = try await host.deployedApp()
        // The fake time rises with every look at it, and looks are many here.
        _ = try await Properties("checks", on: host).set(Checks.waitToRetire, to: "86400", of: app)
        try await Control(on: host).restart(app, only: nil)
        connections.set(1, open: 1, staying: 1)
        let (host, scheduler, connections) = (host, fake.scheduler, connections)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Drains(on: host).run(app.id) }
            try await Control(on: host).restart(app, only: nil)
            while scheduler.entries["c2"] != nil { await Task.yield() }
            #expect(scheduler.entries["c1"] != nil)
            connections.set(1, open: 0)
            try await group.waitForAll()
        }
        #expect(Set(scheduler.entries.keys) == ["c3"])
    }

    @Test func `what runs no more leaves without a word`() async throws {
        let app = try await host.deployedApp()
        _ = try await Properties("ps", on: host).set(Strategy.property, to: "stop-first", of: app)
        try await Control(on: host).restart(app, only: nil)
        let before = try await events()
        #expect(before.count == 1)
        #expect(before.first?.hasPrefix("v1 ended first in ") == true)
        try await Drains(on: host).run(app.id)
        #expect(try await events() == before)
        #expect(Set(fake.scheduler.entries.keys) == ["c2"])
    }
}
