import Core
import Files
import GRDB
import Probes
import Programs
import Proxying
import Scheduling
import Store
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite struct `deploy` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func instances(_ app: App) async throws -> [Instance] { try await Ps(on: host).instances(of: app) }

    @Test func `the first one goes live with its address behind nginx`() async throws {
        let app = try await host.deployedApp(web: 2)
        #expect(app.current == 1)
        let all = try await instances(app)
        #expect(all.map(\.name) == ["web.1", "web.2"])
        #expect(all.allSatisfy { $0.state == .live })
        let site = try #require(fake.proxy.sites[app.id.text])
        #expect(site.mappings.first?.upstream == all.map { "\($0.address):5000" })
        #expect(fake.scheduler.entries.values.allSatisfy { $0.policy == "unless-stopped" })
    }

    @Test func `a change of configuration makes one release and leaves the old to drain`() async throws {
        let app = try await host.deployedApp()
        let key = try ConfigKey("A")
        try await Deploys(on: host).change(app, because: "config: added A") { $0.config[key] = "1" }
        let fresh = try await Apps(on: host).find(app.id)
        #expect(fresh.current == 2)
        #expect(try await Config(on: host).all(of: app) == [key: "1"])
        #expect(try await instances(app).map(\.state).sorted { $0.rawValue < $1.rawValue } == [.live, .retiring])
        #expect(fake.scheduler.entries["c2"]?.workload.environment["A"] == "1")
    }

    @Test func `one that exits is refused, leaves nothing, and the old serves`() async throws {
        let app = try await host.deployedApp()
        let before = try #require(fake.proxy.sites[app.id.text])
        fake.scheduler.onStart(.exited(code: 3, outOfMemory: false))
        let key = try ConfigKey("A")
        await #expect { try await Deploys(on: host).change(app, because: "x") { $0.config[key] = "1" } } throws: {
            let failure = $0 as? Failure
            return failure?.code == .exited && failure?.live == "v1 still serves, nothing was switched"
        }
        #expect(try await Apps(on: host).find(app.id).current == 1)
        #expect(try await Config(on: host).all(of: app).isEmpty)
        #expect(try await instances(app).count == 1)
        #expect(fake.scheduler.entries.count == 1)
        #expect(fake.proxy.sites[app.id.text] == before)
        #expect(try await Releases(on: host).find(2, of: app).status == .failed)
    }

    @Test func `a refusal of nginx undoes it`() async throws {
        let app = try await host.deployedApp()
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await Control(on: host).restart(app, only: nil) }
        fake.proxy.refuse(with: nil)
        #expect(try await Operations(on: host).settleAllOrphans() == 1)
        #expect(fake.scheduler.entries.count == 1)
        #expect(try await Apps(on: host).find(app.id).current == 1)
    }

    @Test func `plugins are told of what is live once, also where the process died before`() async throws {
        let folder = try TemporaryFolder()
        var fake = Fake(in: folder.path)
        fake.programs = .live
        let host = try Host.fake(fake)
        let app = try await host.deployedApp()
        try folder.write("plugins/ears/plugin.toml", "[plugin]\nversion = \"1\"\n")
        for trigger in ["post-deploy", "post-rollback"] {
            let text = "#!/bin/sh\necho \"\(trigger) $1\" >>\(folder.path)/heard\n"
            try folder.write("plugins/ears/hooks/\(trigger)", text, mode: 0o755)
        }
        func heard() throws -> [String] {
            let bytes = try readFile(folder.path.appending("heard")) ?? []
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        try await Control(on: host).restart(app, only: nil)
        #expect(try heard() == ["post-deploy shop"])
        let target = try await Releases(on: host).find(1, of: app)
        let order = DeployOrder(
            origin: .release(target),
            settings: target.settings,
            source: "rollback",
            reason: "rollback",
            basis: 1
        )
        _ = try await Deploys(on: host).run(order, on: app)
        #expect(try heard().suffix(2) == ["post-deploy shop", "post-rollback shop"])
        // As it is when the process dies in the last steps, before or after it has told.
        for (notes, told) in [("json_remove(notes, '$.told')", 2), ("notes", 0)] {
            let before = try heard().count
            try await host.leaveLastDeploy(notes: notes)
            for _ in 0..<2 { _ = try await Operations(on: host).settleAllOrphans() }
            #expect(try heard().count == before + told)
        }
    }

    @Test func `a rollback brings settings back, into the draft too`() async throws {
        let app = try await host.deployedApp()
        let key = try ConfigKey("A")
        try await Deploys(on: host).change(app, because: "bad") { $0.config[key] = "bad" }
        let target = try await Releases(on: host).target(nil, of: try await Apps(on: host).find(app.id))
        #expect(target.number == 1)
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(target), settings: target.settings, source: "git-push", reason: "rollback"),
            on: app
        )
        #expect(try await Config(on: host).all(of: app).isEmpty)
        #expect(try await Apps(on: host).find(app.id).current == 3)
    }

    @Test func `a draft that goes on during a deploy is not written over`() async throws {
        let late = Mutex<Host?>(nil)
        var fake = Fake()
        fake.probes.get = { _ in
            if let host = late.withLock({ $0 }), let app = try await Apps(on: host).list().first {
                _ = try await Config(on: host).change(app, setting: [try ConfigKey("LATER"): "1"])
            }
            return HTTPAnswer(status: 200)
        }
        let host = try Host.fake(fake)
        let app = try await host.deployedApp()
        let release = try #require(try await Releases(on: host).current(of: app))
        late.withLock { $0 = host }
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(release), source: "git-push", reason: "again"),
            on: app
        )
        #expect(try await Config(on: host).all(of: app) == [try ConfigKey("LATER"): "1"])
        #expect(try await Releases(on: host).find(2, of: app).settings.config.isEmpty)
    }

    @Test func `scaling starts only what is missing and retires only what is too many`() async throws {
        let app = try await host.deployedApp(web: 1)
        #expect(try await Control(on: host).scale(app, to: [.web: 3], deploying: true))
        #expect(fake.scheduler.entries.count == 3)
        #expect(try await instances(app).allSatisfy { $0.state == .live && $0.release == 1 })
        #expect(try await Control(on: host).scale(app, to: [.web: 1], deploying: true))
        #expect(try await instances(app).filter { $0.state == .retiring }.map(\.name) == ["web.2", "web.3"])
        #expect(try await Control(on: host).scale(app, to: [.web: 1], deploying: true) == false)
    }

    @Test func `loopback only and another port are told apart`() async throws {
        let port = try Port(5000)
        var fake = Fake()
        let other = ListeningSocket(address: "0.0.0.0", port: try Port(8000), isLoopback: false, isAny: true)
        let local = ListeningSocket(address: "127.0.0.1", port: port, isLoopback: true, isAny: false)
        for (socket, code) in [(other, FailureCode.wrongPort), (local, .loopbackOnly)] {
            fake.probes = Probes(
                connect: { _, _, _ in .refused },
                get: { _ in throw ProbeError.refused },
                listening: { _ in [socket] },
                connections: { _ in 0 }
            )
            let host = try Host.fake(fake)
            let plan = ReadinessPlan(
                port: port,
                checks: [:],
                skipped: [],
                limit: .seconds(60),
                hostHeader: "x",
                app: try AppName("shop"),
                release: 1
            )
            let instance = Instance(
                id: "1",
                app: try AppID("0000000001"),
                release: 1,
                type: .web,
                ordinal: 1,
                address: "172.30.0.2",
                handle: "c1",
                state: .starting,
                operation: 1
            )
            let failure = await Explanation(host: host, plan: plan).misplaced(instance, "c1", [socket])
            #expect(failure?.code == code)
        }
    }
}
