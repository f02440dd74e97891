import ArgumentParser
import Core
import Engine
import Files
import Proxying
import Repositories
import Scheduling
import Store
import SystemPackage
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `repair of the rest` {
    let bench: RepairBench
    var host: Host { bench.host }
    var proxy: RecordingProxy { bench.fake.proxy }

    init() throws { bench = try RepairBench() }

    // MARK: What is ours and what is not

    private func container(_ name: String, _ labels: [String: String]) async throws -> String {
        var workload = Workload(name: name, image: "sha256:any", hostname: "any")
        workload.labels = labels
        let handle = try await bench.fake.scheduler.create(workload)
        try await bench.fake.scheduler.start(handle)
        return handle
    }

    @Test func `containers of no row go, and only ours`() async throws {
        let app = try await host.deployedApp()
        let row = try #require(try await bench.instances(app).first?.id)
        let gone = [
            try await container(
                "lost",
                ["slipway.app": app.id.text, "slipway.row": "nobody", "slipway.operation": "1"]
            ),
            try await container("twice", ["slipway.app": app.id.text, "slipway.row": row, "slipway.operation": "1"]),
            try await container("of-nobody", ["slipway.app": "0000000000", "slipway.operation": "1"]),
        ]
        let left = [
            try await container("foreign", [:]),
            try await container("from-our-image", ["slipway.app": app.id.text]),
            try await container("from-predeploy", ["slipway.app": app.id.text, "slipway.operation": ""]),
            try await container("one-off", OneOff.kind.merging(["slipway.app": app.id.text]) { $1 }),
            try await container("inherited", ["slipway.app": "0000000000"]),
        ]
        let report = try await bench.repair()
        #expect(report.all.map(\.difference.kind) == [.stray, .stray, .stray])
        #expect(report.all.allSatisfy { $0.outcome == .done })
        #expect(bench.fake.scheduler.entries.keys.sorted() == (["c1"] + left).sorted())
        #expect(Set(gone).isDisjoint(with: bench.fake.scheduler.entries.keys))
        #expect(try await bench.repair().summary == "nothing to repair")
    }

    @Test func `names of images that stand for no release are taken away, and no others`() async throws {
        let app = try await host.deployedApp()
        let ours = "slipway-0badcafe/\(app.id)"
        bench.desk.change { state in
            state.images = [
                FakeDesk.image("sha256:seed", tags: ["\(ours):v1", "\(ours):v8"]),
                FakeDesk.image(
                    "sha256:lost",
                    tags: ["\(ours):v7", "somebody/else:v7", "slipway-ffffffff/\(app.id):v7"]
                ),
                FakeDesk.image("sha256:gone", tags: ["slipway-0badcafe/0000000000:v1"]),
            ]
        }
        let report = try await bench.repair()
        #expect(report.all.map(\.difference.target) == ["slipway-0badcafe/0000000000:v1", "\(ours):v7"])
        #expect(bench.desk.now.untagged == report.all.map(\.difference.target))
    }

    // MARK: The engine's network

    @Test func `a network that is gone is made`() async throws {
        bench.desk.change { $0.network = nil }
        _ = try await bench.mended(.network)
        #expect(bench.desk.now.networksMade == 1)
    }

    @Test(arguments: [
        FakeDesk.network(["10.0.0.0/20"], ["10.0.8.0/21"]), FakeDesk.network(["172.30.0.0/20"], []),
        FakeDesk.network(["172.30.0.0/20"], ["172.30.8.0/21"], instance: "another"),
    ])
    func `a wrong one is told and left`(_ network: NetworkFacts) async throws {
        bench.desk.change { $0.network = network }
        let report = try await bench.repair()
        #expect(report.all.map(\.outcome) == [.asked])
        #expect(!report.isGood)
        #expect(bench.desk.now.networksMade == 0)
    }

    @Test func `without an engine the rest is repaired, and no instance is touched`() async throws {
        _ = try await host.deployedApp()
        try await bench.fake.scheduler.remove("c1")
        try writeFile(host.paths.authorizedKeys, Array("stranger\n".utf8))
        bench.desk.change { $0.isDown = true }
        let report = try await bench.repair()
        #expect(report.all.map(\.difference.kind) == [.engine, .keys])
        #expect(report.all.map(\.outcome) == [.asked, .done])
        #expect(bench.fake.scheduler.entries.isEmpty)
    }

    // MARK: nginx

    @Test func `a site that is gone or another is written`() async throws {
        let app = try await host.deployedApp()
        let right = try #require(proxy.sites[app.id.text])
        try await proxy.withdraw([app.id.text])
        #expect(try await bench.mended(.site).first?.difference.fact == "nginx knows nothing of it")
        var wrong = right
        wrong.names = ["another.example"]
        try await proxy.publish([wrong])
        #expect(try await bench.mended(.site).first?.difference.fact == "nginx has another text")
        #expect(proxy.sites == [app.id.text: right])
    }

    @Test func `a site of an app that is gone, or not behind nginx, is withdrawn`() async throws {
        let app = try await host.deployedApp()
        let right = try #require(proxy.sites[app.id.text])
        try await proxy.publish([Site(id: "0000000000", title: "gone"), Site(id: "by-hand", title: "by hand")])
        _ = try await bench.mended(.proxy)
        #expect(proxy.sites.keys.sorted() == [app.id.text, "by-hand"].sorted())
        _ = try await AppProxy(on: host).setEnabled(false, app)
        try await proxy.publish([right])
        #expect(try await bench.mended(.site).first?.difference.fact == "nginx serves it, and should not")
    }

    @Test func `nginx that does not run is told`() async throws {
        proxy.find { $0.isRunning = false }
        let report = try await bench.repair()
        #expect(
            report.all.map(\.line) == [
                "host: nginx does not run; cannot be repaired: systemctl start nginx, then slipway repair"
            ]
        )
        proxy.find { ($0.isRunning, $0.isLoaded) = (true, false) }
        #expect(try await bench.repair().all.map(\.outcome) == [.done])
    }

    // MARK: Keys and repositories

    @Test func `authorized_keys is what the rows say, and nobody else's to write`() async throws {
        try writeFile(host.paths.authorizedKeys, Array("ssh-ed25519 AAAA stranger\n".utf8))
        _ = try await bench.mended(.keys)
        #expect(try readFile(host.paths.authorizedKeys) == [])
        try writeFile(host.paths.authorizedKeys, [], mode: [.ownerReadWrite, .groupReadWrite])
        _ = try await bench.mended(.keys)
    }

    @Test func `hooks are written again, and files of others beside them stay`() async throws {
        let (app, _) = try await bench.pushedApp()
        #expect(try await bench.repair().summary == "nothing to repair")
        let hooks = host.repositories.path(of: app.id).appending("hooks")
        try removeFile(hooks.appending("pre-receive"))
        try writeFile(hooks.appending("post-update"), [])
        #expect(try await bench.mended(.repository).first?.difference.target == "pre-receive")
        #expect(try readFile(hooks.appending("post-update")) == [])
    }

    @Test func `references are moved to the last release that was pushed`() async throws {
        let (app, revision) = try await bench.pushedApp()
        try host.repositories.delete("refs/slipway/v2", in: app.id)
        _ = try await bench.mended(.reference)
        let files: [(path: String, bytes: [UInt8])] = [("a", [1])]
        let other = try await host.repositories.commit(files: files, parent: revision, message: "two", in: app.id)
        try host.repositories.move("refs/heads/main", to: try #require(other), in: app.id, message: "by hand")
        _ = try await bench.mended(.reference)
        #expect(try host.repositories.resolve("refs/heads/main", in: app.id) == revision)
    }

    private func tip(_ branch: String, _ app: App) throws -> Revision? {
        try host.repositories.resolve("refs/heads/\(branch)", in: app.id)
    }

    @Test func `a rebuild of what was fetched has moved the branch, and one of what runs has not`() async throws {
        let (app, first) = try await bench.pushedApp()
        let fetched = try await bench.push("two", to: app, from: Control.rebuildSource)
        _ = try await bench.push("three", to: app, nil, from: Control.rebuildSource)
        #expect(try await bench.repair().summary == "nothing to repair")
        #expect(try tip("main", app) == fetched)
        try host.repositories.move("refs/heads/main", to: first, in: app.id, message: "by hand")
        _ = try await bench.mended(.reference)
        #expect(try tip("main", app) == fetched)
    }

    @Test func `a release that waits has moved the branch, also once it is started`() async throws {
        let (app, _) = try await bench.pushedApp()
        let waiting = try await bench.push("two", to: app, isStarted: false)
        #expect(try await bench.repair().summary == "nothing to repair")
        try await Control(on: host).restart(app, only: nil)
        #expect(try await Apps(on: host).find(app.id).current == 4)
        #expect(try await bench.repair().summary == "nothing to repair")
        #expect(try tip("main", app) == waiting)
        try host.repositories.delete("refs/heads/main", in: app.id)
        _ = try await bench.mended(.reference)
        try host.repositories.delete("refs/slipway/v3", in: app.id)
        _ = try await bench.mended(.reference)
    }

    @Test func `a branch that is to be deployed from now on is left to whoever pushes it`() async throws {
        let (app, first) = try await bench.pushedApp()
        func choose(_ branch: String?) async throws {
            _ = try await Properties("git", on: host).set(Git.deployBranch, to: branch, of: app)
        }
        try await choose("prod")
        #expect(try await bench.repair().summary == "nothing to repair")
        #expect(try tip("prod", app) == nil)
        let second = try await bench.push("two", to: app, "prod")
        try await choose("main")
        #expect(try await bench.repair().summary == "nothing to repair")
        #expect(try tip("main", app) == first)
        // Without one of its own it is the first branch.
        let third = try await bench.push("three", to: app)
        try await choose(nil)
        try host.repositories.move("refs/heads/main", to: second, in: app.id, message: "by hand")
        _ = try await bench.mended(.reference)
        #expect(try tip("main", app) == third)
    }

    @Test func `a clone answers for no branch of the other`() async throws {
        let (app, _) = try await bench.pushedApp()
        let copy = try await Apps(on: host).clone(app, as: try AppName("copy"))
        #expect(try await Git(on: host).movedBranch(of: app) != nil)
        #expect(try await Git(on: host).movedBranch(of: copy) == nil)
    }

    @Test func `a repository that is gone is made, and its commits are asked for`() async throws {
        let (app, _) = try await bench.pushedApp()
        try host.repositories.remove(app.id)
        #expect(try await bench.repair().all.map(\.outcome) == [.done])
        #expect(host.repositories.exists(app.id))
        let report = try await bench.repair()
        #expect(report.all.map(\.difference.kind) == [.reference, .reference])
        #expect(report.all.map(\.outcome) == [.asked, .asked])
    }

    @Test func `an app that was brought back is right as it is, and its old releases stay as they were`() async throws {
        try await FakeEngine().with(bench.fake) { host in
            let bench = RepairBench(bench, on: host)
            let (app, _) = try await bench.pushedApp()
            _ = try await Releases(on: host).block(1, of: app, because: try BlockReason(["old"]))
            _ = try await Apps(on: host).destroy(app)
            let archived = try #require(try await Apps(on: host).archived(app.name))
            _ = try await Apps(on: host).restore(archived, as: app.name)
            bench.desk.change { $0.images = [] }
            #expect(try await bench.repair().summary == "nothing to repair")
            #expect(!host.repositories.exists(app.id))
            // Hooks of one that a push has made are looked after all the same.
            try await Git(on: host).prepare(app)
            try removeFile(host.repositories.path(of: app.id).appending("hooks/pre-receive"))
            _ = try await bench.mended(.repository)
            _ = try await bench.push("new", to: app, image: "sha256:new", isStarted: false)
            try await Control(on: host).restart(try await Apps(on: host).find(app.id), only: nil)
            bench.desk.change { $0.images = [FakeDesk.image("sha256:new")] }
            #expect(try await bench.repair().summary == "nothing to repair")
            #expect(try await Releases(on: host).all(of: app).map(\.blocked) == [nil, nil, nil, "old (ana)"])
            bench.desk.change { $0.images = [] }
            #expect(try await bench.repair().all.map(\.difference.fact) == ["the image of v4 is gone"])
            try host.repositories.delete("refs/heads/main", in: app.id)
            #expect(try await bench.repair().count("done") == 1)
        }
    }

    // MARK: Others at work

    @Test func `an app that is busy is skipped and said`() async throws {
        let app = try await host.deployedApp()
        try await bench.fake.scheduler.remove("c1")
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        let report = try await bench.repair()
        #expect(report.all.map(\.outcome) == [.busy])
        #expect(report.isGood)
        #expect(bench.fake.scheduler.entries.isEmpty)
        lock.release()
        #expect(try await bench.repair().all.map(\.outcome) == [.done])
    }

    @Test func `what a dead repair began is brought to its end by the next`() async throws {
        let app = try await host.deployedApp()
        let row = try #require(try await bench.instances(app).first?.id)
        var held = try #require(proxy.sites[app.id.text])
        held.mappings = held.mappings.map { Mapping(scheme: $0.scheme, hostPort: $0.hostPort, upstream: []) }
        try await proxy.publish([held])
        let twice = try await container("twice", ["slipway.app": app.id.text, "slipway.row": row])
        try await host.begin("repair", of: app.id, done: ["hold"], begun: "instances")
        let dry = try await bench.repair(isDry: true)
        #expect(dry.all.map(\.difference.kind) == [.operation])
        try await Tick(on: host).run()
        #expect(bench.fake.scheduler.entries[twice] == nil)
        #expect(proxy.sites[app.id.text]?.mappings.first?.upstream.count == 1)
        #expect(try await bench.repair().summary == "nothing to repair")
    }

    @Test func `operations without an owner come first`() async throws {
        let app = try await host.deployedApp()
        try await bench.fake.scheduler.remove("c1")
        try await host.begin("repair", of: app.id)
        let report = try await bench.repair()
        #expect(report.all.map(\.difference.kind) == [.operation, .instance])
        #expect(report.all.allSatisfy { $0.outcome == .done })
    }

    @Test func `one app alone`() async throws {
        let (one, two) = (try await host.deployedApp("one"), try await host.deployedApp("two"))
        try await bench.fake.scheduler.remove("c1")
        try await bench.fake.scheduler.remove("c2")
        proxy.find { $0.isLoaded = false }
        let report = try await bench.repair(only: two)
        #expect(report.all.map(\.difference.app?.id) == [two.id])
        #expect(try await bench.repair(isDry: true, only: one).all.count == 1)
    }
}

@Suite struct `words of a repair` {
    @Test func `it runs after a boot, when engine and nginx are there`() throws {
        let layout = NginxLayout(folder: "/r/nginx", lock: "/r/lock")
        let files = MachineFiles(root: "/r", binary: "/usr/local/bin/slipway", nginx: layout)
        let unit = try #require(files.units.first { $0.path.lastComponent?.string == MachineFiles.restore })
        for line in [
            "Type=oneshot", "ExecStart=/usr/local/bin/slipway repair", "WantedBy=multi-user.target",
            "After=network-online.target docker.service nginx.service",
        ] {
            #expect(unit.text.split(separator: "\n").contains(Substring(line)), "\(line)")
        }
    }

    private func one(_ cure: Difference.Cure, _ outcome: Repaired.Outcome) -> Repaired {
        Repaired(difference: Difference(nil, .keys, "it is wrong", cure), outcome: outcome)
    }

    @Test func `a difference is a line`() {
        #expect(one(.mend("mend it"), .planned).line == "host: it is wrong; would mend it")
        #expect(one(.mend("mend it"), .failed("P602 full")).line == "host: it is wrong; could not mend it: P602 full")
        #expect(one(.ask("do it"), .asked).line == "host: it is wrong; cannot be repaired: do it")
        #expect(one(.note("do it"), .noted).line == "host: it is wrong; do it")
    }

    @Test func `the last line counts`() {
        #expect(RepairReport(isDry: true, all: []).summary == "nothing to repair")
        let all = [
            one(.mend("m"), .done), one(.mend("m"), .failed("x")), one(.ask("m"), .asked), one(.note("m"), .busy),
        ]
        let report = RepairReport(isDry: false, all: all)
        #expect(report.summary == "4 differences: 1 repaired, 2 could not be, 1 busy")
        #expect(!report.isGood)
        let dry = RepairReport(isDry: true, all: [one(.mend("m"), .planned)])
        #expect(dry.summary == "1 difference: 1 to repair; nothing was changed")
        #expect(dry.isGood)
    }

    @Test func `the command says it in JSON, and ends with 1 when something is left`() async throws {
        let fake = Fake()
        let host = try Host.fake(fake)
        await #expect(throws: ExitCode(1)) { try await RepairCommand.parse(["--dry-run", "--json"]).run(on: host) }
        for part in ["\"dryRun\":true", "\"kind\":\"engine\"", "\"outcome\":\"impossible\"", "\"open\":1"] {
            #expect(fake.transcript.answer.contains(part), "\(part)")
        }
    }
}
