import ArgumentParser
import Core
import GRDB
import Scheduling
import Store
import Testing

@testable import Features

@Suite struct `ps` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return (error as? Failure)?.code }
        return nil
    }

    private func scale(_ words: String...) async throws { try await PsScale.parse(words).run(on: host) }
    private func set(_ words: String...) async throws {
        try await SetProperty<PsCommands>.parse(words).run(on: host)
    }

    /// Handles of what runs, by the name of the process.
    private var running: [String: String] {
        Dictionary(
            fake.scheduler.entries.filter { $0.value.phase == .running }.map {
                ($0.value.workload.labels["com.dokku.dyno"] ?? "", $0.key)
            }
        ) { max($0, $1) }
    }

    private func withFormation(_ quantity: Int?) async throws -> App {
        let app = try await Apps(on: host).create(try AppName("shop"))
        var facts = SourceFacts()
        facts.procfile = try Procfile("web: serve\nworker: work\n")
        if let quantity { facts.appJSON.formation[.web] = AppJSON.Formation(quantity: quantity, maxParallel: nil) }
        var release = Release(
            app: app.id,
            number: 0,
            status: .superseded,
            facts: facts,
            settings: Settings(),
            reason: "seed",
            caller: "ana",
            createdAt: host.time.now()
        )
        release.image = "sha256:seed"
        _ = try await Deploys(on: host).run(
            DeployOrder(origin: .release(release), source: "git-push", reason: "seed"),
            on: app
        )
        return try await Apps(on: host).find(app.id)
    }

    // MARK: scale

    @Test func `scale shows, starts what is missing, and says unchanged`() async throws {
        _ = try await withFormation(nil)
        try await scale("shop")
        #expect(fake.transcript.answer == "-----> Scaling for shop\nproctype: qty\n--------: ---\nweb: 1\nworker: 0\n")
        try await scale("shop", "worker=2")
        #expect(Set(running.keys) == ["web.1", "worker.1", "worker.2"])
        #expect(running["web.1"] == "c1", "what runs and is wanted stays")
        try await scale("shop", "worker=2")
        #expect(fake.transcript.progress.contains("formation of shop is unchanged"))
        try await scale("--format", "json", "shop")
        #expect(fake.transcript.answer.hasSuffix("{\"web\":1,\"worker\":2}\n"))
    }

    @Test func `scale with skip-deploy only changes the numbers, and the next one starts them`() async throws {
        _ = try await withFormation(nil)
        try await scale("--skip-deploy", "shop", "worker=1")
        #expect(Set(running.keys) == ["web.1"])
        let events = try await host.store.read { database in
            try String.fetchAll(database, sql: "SELECT detail FROM events WHERE name = 'ps:scale'")
        }
        #expect(events == ["worker=1"])
        try await scale("shop", "worker=1")
        #expect(Set(running.keys) == ["web.1", "worker.1"])
    }

    @Test(arguments: [
        ["shop", "web"], ["shop", "web=-1"], ["shop", "web=1001"], ["shop", "a b=1"], ["shop", "web=1", "web=2"],
    ])
    func `scale asked wrongly changes nothing`(words: [String]) async throws {
        let app = try await withFormation(nil)
        #expect(await code { try await PsScale.parse(words).run(on: host) } == .malformed)
        #expect(try await Ps(on: host).asked(of: app).isEmpty)
    }

    @Test func `scale refuses types that the release does not have, with and without a deploy`() async throws {
        let app = try await withFormation(nil)
        #expect(await code { try await scale("shop", "clock=1") } == .malformed)
        #expect(await code { try await scale("--skip-deploy", "shop", "clock=1") } == .malformed)
        #expect(try await Ps(on: host).asked(of: app).isEmpty)
        #expect(await code { try await scale("nope", "web=1") } == .noSuchApp)
    }

    @Test func `scale is app.json's where that has a formation`() async throws {
        let app = try await withFormation(1)
        for words in [["shop", "web=2"], ["--skip-deploy", "shop", "web=2"]] {
            let failure = await #expect(throws: Failure.self) { try await PsScale.parse(words).run(on: host) }
            #expect(failure?.code == .unchangeable)
            #expect(failure?.what.contains("contains an app.json file with a formations key") == true)
        }
        #expect(try await Ps(on: host).asked(of: app).isEmpty)
        try await ReportCommand<PsCommands>.parse(["shop", "--ps-can-scale"]).run(on: host)
        #expect(fake.transcript.answer.hasSuffix("false\n"))
    }

    // MARK: restart, start, stop

    @Test func `restart is of all, of a type, or of one process`() async throws {
        _ = try await withFormation(nil)
        try await scale("shop", "web=2", "worker=1")
        let before = running
        try await PsRestart.parse(["shop", "web.2"]).run(on: host)
        #expect(running["web.1"] == before["web.1"])
        #expect(running["web.2"] != before["web.2"])
        #expect(running["worker.1"] == before["worker.1"])
        try await PsRestart.parse(["shop", "worker"]).run(on: host)
        #expect(running["web.1"] == before["web.1"])
        #expect(running["worker.1"] != before["worker.1"])
        try await PsRestart.parse(["shop"]).run(on: host)
        #expect(running["web.1"] != before["web.1"])
        #expect(try await Apps(on: host).find(try AppName("shop")).current == 1, "no release is made of it")
    }

    @Test(arguments: [
        ("clock", FailureCode.notFound), ("web.9", .notFound), ("web.0", .malformed), ("web.x", .malformed),
        ("web.", .malformed), ("a b", .malformed),
    ])
    func `restart of what is not there changes nothing`(process: String, wanted: FailureCode) async throws {
        _ = try await withFormation(nil)
        #expect(await code { try await PsRestart.parse(["shop", process]).run(on: host) } == wanted)
        #expect(running["web.1"] == "c1")
    }

    @Test func `an app that was never deployed is told so, and nothing fails`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await PsRestart.parse(["shop"]).run(on: host)
        try await PsStart.parse(["shop"]).run(on: host)
        try await PsStop.parse(["shop"]).run(on: host)
        #expect(fake.transcript.progress == String(repeating: " !     App shop has not been deployed\n", count: 3))
        #expect(await code { try await PsRebuild.parse(["shop"]).run(on: host) } == .notDeployed)
        for command in [PsRestart.self, PsStart.self, PsStop.self, PsRebuild.self] as [any HostCommand.Type] {
            #expect(await code { try await command.parse(["nope"]).run(on: host) } == .noSuchApp)
            #expect(await code { try await command.parse([]).run(on: host) } == .usage)
        }
    }

    @Test func `all apps are stopped and started, and what fails is counted`() async throws {
        for name in ["a", "b"] { _ = try await host.deployedApp(name) }
        try await Apps(on: host).create(try AppName("c"))
        try await PsStop.parse(["--all", "--parallel", "2"]).run(on: host)
        #expect(running.isEmpty)
        #expect(fake.transcript.progress.contains("App c has not been deployed"))
        try await PsStart.parse(["--all"]).run(on: host)
        #expect(fake.scheduler.entries.values.allSatisfy { $0.phase == .running })
        fake.scheduler.onStart(.exited(code: 1, outOfMemory: false))
        let failure = await #expect(throws: Failure.self) {
            try await PsRestart.parse(["--all", "--parallel", "-1"]).run(on: host)
        }
        #expect(failure?.what == "2 apps failed")
        #expect(failure?.code.status == .failed)
    }

    @Test func `all apps go with no app, and no number below -1`() async throws {
        #expect(await code { try await PsRestart.parse(["--all", "web"]).run(on: host) } == .usage)
        #expect(await code { try await PsStop.parse(["--all", "--parallel", "-2"]).run(on: host) } == .usage)
        #expect(await code { try await PsRestore.parse(["--parallel", "-2"]).run(on: host) } == .usage)
        try await PsStop.parse(["--all", "--parallel", "1"]).run(on: host)
        #expect(fake.transcript.progress.contains("one app after the other"))
    }

    @Test func `retire ends programs past their time`() async throws {
        let app = try await host.deployedApp()
        try await RunDetached.parse(["--ttl-seconds", "1", "shop", "sleep", "9"]).run(on: host)
        #expect(try await Run(on: host).list(app).count == 1)
        try await PsRetire.parse(["shop"]).run(on: host)
        #expect(try await Run(on: host).list(app).count == 1, "its time is not over")
        for _ in 0..<2000 { _ = host.time.now() }
        try await PsRetire.parse([]).run(on: host)
        #expect(try await Run(on: host).list(app).isEmpty)
        #expect(await code { try await PsRetire.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    // MARK: Properties

    @Test(arguments: [
        ("restart-policy", "sometimes"), ("restart-policy", "on-failure:x"), ("restart-policy", "on-failure:0"),
        ("stop-timeout-seconds", "3601"),
        ("stop-timeout-seconds", "soon"), ("procfile-path", "/etc/passwd"), ("procfile-path", "../x"),
        ("skip-deploy", "maybe"), ("restore", "no"), ("start-cmd", "a 'b"), ("dockerfile-start-cmd", "''x'"),
    ])
    func `values that cannot be are refused`(name: String, value: String) async throws {
        try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await set("shop", name, value) } == .malformed)
    }

    @Test func `what is one app's alone is not set for all`() async throws {
        for name in ["restore", "start-cmd", "dockerfile-start-cmd"] {
            #expect(await code { try await set("--global", name, "true") } == .usage)
        }
        try await set("--global", "skip-deploy", "true")
        try await set("--global", "skip-deploy", "true")
        #expect(fake.transcript.progress.contains("skip-deploy is unchanged"))
    }

    @Test func `a start command stands in place of the Procfile, from the next release on`() async throws {
        let app = try await withFormation(nil)
        try await set("shop", "start-cmd", "other --x")
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries["c2"]?.workload.command == ["other", "--x"])
        try await set("shop", "dockerfile-start-cmd", "more", "$SLIPWAY_APP")
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries["c3"]?.workload.command == ["more", "shop"])
        try await set("shop", "dockerfile-start-cmd")
        try await set("shop", "start-cmd")
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries["c4"]?.workload.command == ["serve"])
    }

    @Test func `what is not to be restored is not started with the machine`() async throws {
        let app = try await host.deployedApp()
        #expect(fake.scheduler.entries["c1"]?.policy == "unless-stopped")
        try await set("shop", "restore", "false")
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries["c2"]?.policy == "on-failure")
        try await ReportCommand<PsCommands>.parse(["shop", "--restore"]).run(on: host)
        #expect(fake.transcript.answer == "false\n")
        try await set("shop", "restart-policy", "no")
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries["c3"]?.policy == "no")
    }

    @Test func `the report has Dokku's keys`() async throws {
        let app = try await withFormation(nil)
        func value(_ flag: String) async throws -> String {
            let before = fake.transcript.answer.count
            try await ReportCommand<PsCommands>.parse(["shop", flag]).run(on: host)
            return String(fake.transcript.answer.dropFirst(before).dropLast())
        }
        let expected = [
            "deployed": "true", "processes": "1", "ps-can-scale": "true", "running": "true", "restore": "true",
            "status-web.1": "running (CID: c1)", "ps-restart-policy": "",
            "ps-computed-restart-policy": "unless-stopped",
            "ps-global-restart-policy": "", "ps-computed-procfile-path": "Procfile", "ps-computed-skip-deploy": "false",
            "ps-computed-stop-timeout-seconds": "30", "ps-start-cmd": "", "ps-computed-dockerfile-start-cmd": "",
        ]
        for (flag, wanted) in expected { #expect(try await value("--\(flag)") == wanted, "\(flag)") }
        try await Control(on: host).stop(app)
        #expect(try await value("--running") == "false")
        #expect(try await value("--restore") == "false")
        #expect(await code { try await ReportCommand<PsCommands>.parse(["nope"]).run(on: host) } == .noSuchApp)
        #expect(await code { _ = try await value("--ps-nothing") } == .usage)
    }
}
