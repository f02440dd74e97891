import Core
import FoundationEssentials
import GRDB
import Programs
import Scheduling
import Store
import Support
import Synchronization
import Testing

@testable import Features

extension Host {
    /// An app at v1 whose source had this app.json.
    func deployedApp(_ name: String = "shop", appJSON: String) async throws -> App {
        let app = try await Apps(on: self).create(try AppName(name))
        var facts = SourceFacts()
        facts.appJSON = try AppJSON(Array(appJSON.utf8))
        var release = Release(
            app: app.id,
            number: 0,
            status: .superseded,
            facts: facts,
            settings: Settings(),
            reason: "seed",
            caller: "ana",
            createdAt: time.now()
        )
        release.image = "sha256:seed"
        _ = try await Deploys(on: self).run(
            DeployOrder(origin: .release(release), source: "git-push", reason: "deploy seed"),
            on: app
        )
        return try await Apps(on: self).find(app.id)
    }
}

@Suite struct `cron by the clock` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host
    let clock = HandClock()

    init() async throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        var host = try Host.fake(fake)
        let clock = clock
        host.time = Time(clock: NoWaiting(), uptime: host.time.uptime, now: { clock.now })
        self.host = host
    }

    private var cron: Cron { Cron(on: host, zone: .utc) }

    private func fire() async throws { try await CronFiring(cron).fire() }

    private func app(_ task: String) async throws -> App {
        let app = try await host.deployedApp(appJSON: #"{"cron": [\#(task)]}"#)
        try await fire()
        return app
    }

    private func minutely(_ more: String = "") async throws -> App {
        try await app(#"{"command": "bin/x --y", "schedule": "* * * * *"\#(more)}"#)
    }

    private var containers: [String: RecordingScheduler.Entry] {
        fake.scheduler.entries.filter { $0.value.workload.labels["com.dokku.container-type"] == "cron" }
    }

    private func runs(_ app: App) async throws -> [CronRun] {
        try await cron.runs(of: app, task: nil, limit: 100).reversed()
    }

    @Test func `a task is started at its minute, as a program of the release, under its names`() async throws {
        let app = try await minutely()
        #expect(containers.isEmpty, "it is due from the minute on that follows its release")
        clock.advance(60)
        try await fire()
        let entry = try #require(containers.values.first)
        let task = try #require(try await cron.tasks(of: app).first)
        #expect(containers.count == 1)
        #expect(entry.workload.command == ["bin/x", "--y"])
        #expect(entry.workload.image == "sha256:seed")
        #expect(entry.name.hasPrefix("shop.cron."))
        #expect(entry.workload.environment["DYNO"] == String(entry.name.dropFirst("shop.".count)))
        #expect(entry.workload.labels["com.dokku.cron-id"] == task.id)
        #expect(entry.workload.labels["com.dokku.active-deadline-seconds"] == "86400")
        #expect(entry.workload.labels["com.dokku.concurrency-policy"] == "allow")
        #expect(!entry.workload.removesItself && entry.workload.restartPolicy == "no")
        let run = try #require(try await runs(app).first)
        #expect(run.state == .running && run.container == entry.name && run.minute == 30_000_001)
    }

    @Test func `a minute fires once, whoever asks and how often`() async throws {
        let app = try await minutely()
        clock.advance(60)
        let firing = CronFiring(cron)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await firing.fire() } }
            try await group.waitForAll()
        }
        try await Tick(on: host).run()
        #expect(containers.count == 1)
        clock.advance(-120)
        try await fire()
        clock.advance(120)
        try await fire()
        #expect(containers.count == 1, "a clock that is set back does not repeat it")
        #expect(try await runs(app).count == 1)
    }

    @Test func `how it ended is written down, and nothing is left of it`() async throws {
        let app = try await minutely()
        clock.advance(60)
        try await fire()
        fake.scheduler.set(.exited(code: 3, outOfMemory: false), of: try #require(containers.keys.first))
        clock.advance(10)
        try await fire()
        let run = try #require(try await runs(app).first)
        #expect(run.state == .ended && run.exitCode == 3 && run.endedAt == clock.now && run.words == "exit 3")
        #expect(containers.isEmpty)
    }

    @Test func `a release that brings nothing new for it swallows no run`() async throws {
        let app = try await minutely()
        clock.advance(65)
        // Within the minute that is due, before anybody has looked.
        try await Deploys(on: host).change(app, because: "config: added A") { $0.config[try ConfigKey("A")] = "1" }
        try await fire()
        #expect(try await runs(app).map(\.state) == [.running])
    }

    @Test func `what nobody was there for is noted once and not made up for`() async throws {
        let app = try await app(#"{"command": "x", "schedule": "*/10 * * * *"}"#)
        clock.advance(3600 + 59)
        try await fire()
        var all = try await runs(app)
        #expect(all.map(\.state) == [.missed, .running])
        #expect(all.first?.times == 5 && all.first?.minute == 30_000_050)
        #expect(fake.transcript.progress.contains("shop: \"x\" was missed 5 times"))
        clock.advance(3600 + 180)
        try await fire()
        all = try await runs(app)
        #expect(all.count == 3 && all.last?.state == .missed && all.last?.times == 6, "three minutes late is too late")
        #expect(containers.count == 1)
        let lines = try await Reports.lines(.cron, app, host)
        #expect(lines.contains(ReportLine("missed-count", "11")))
    }

    @Test func `one that still goes on keeps the next from starting where it is forbidden`() async throws {
        let app = try await minutely(#", "concurrency_policy": "forbid""#)
        for _ in 0..<2 {
            clock.advance(60)
            try await fire()
        }
        #expect(containers.count == 1)
        #expect(try await runs(app).map(\.state) == [.running, .skipped])
        fake.scheduler.set(.exited(code: 0, outOfMemory: false), of: try #require(containers.keys.first))
        clock.advance(60)
        try await fire()
        #expect(try await runs(app).map(\.words) == ["ok", "skipped", "running"])
    }

    @Test func `one that still goes on makes room where it is replaced, and stays where both may`() async throws {
        let app = try await minutely(#", "concurrency_policy": "replace""#)
        for _ in 0..<2 {
            clock.advance(60)
            try await fire()
        }
        #expect(containers.count == 1)
        #expect(try await runs(app).map(\.state) == [.replaced, .running])
        let other = try await host.deployedApp(
            "api",
            appJSON: #"{"cron": [{"command": "y", "schedule": "* * * * *"}]}"#
        )
        for _ in 0..<2 {
            clock.advance(60)
            try await fire()
        }
        #expect(try await runs(other).map(\.state) == [.running, .running])
    }

    @Test func `nothing is due while the task, the app or all are suspended, and nothing counts as missed`()
        async throws
    {
        let app = try await minutely()
        let task = try #require(try await cron.tasks(of: app).first)
        let properties = Properties("cron", on: host)
        #expect(try await cron.setMaintenance(true, of: task))
        #expect(try await cron.setMaintenance(true, of: task) == false)
        clock.advance(60)
        try await fire()
        _ = try await cron.setMaintenance(false, of: task)
        for scope in [app, nil] {
            _ = try await properties.set(Cron.maintenance, to: "true", of: scope)
            clock.advance(60)
            try await fire()
            _ = try await properties.set(Cron.maintenance, to: nil, of: scope)
        }
        #expect(try await runs(app).isEmpty)
        clock.advance(60)
        try await fire()
        #expect(containers.count == 1)
    }

    @Test func `one that app json suspends waits until somebody resumes it`() async throws {
        let app = try await minutely(#", "maintenance": true"#)
        clock.advance(60)
        try await fire()
        #expect(containers.isEmpty)
        let task = try #require(try await cron.tasks(of: app).first)
        #expect(try await cron.setMaintenance(false, of: task))
        clock.advance(60)
        try await fire()
        #expect(containers.count == 1)
        #expect(try await cron.setMaintenance(nil, of: task))
        #expect(try await cron.tasks(of: app).first?.isSuspended == true)
    }

    @Test func `a stopped app runs nothing by itself, a locked one does`() async throws {
        let app = try await minutely()
        try await Control(on: host).stop(app)
        clock.advance(60)
        try await fire()
        #expect(containers.isEmpty)
        _ = try await Control(on: host).start(try await Apps(on: host).find(app.id))
        try await Apps(on: host).setLock("holidays", on: app)
        clock.advance(60)
        try await fire()
        #expect(containers.count == 1)
    }

    @Test func `one that cannot be started says so, and leaves nothing`() async throws {
        let app = try await minutely()
        fake.scheduler.watch { if $0.hasPrefix("start") { throw Failure(.engineRefused, "no", why: "no such image") } }
        clock.advance(60)
        try await fire()
        let run = try #require(try await runs(app).first)
        #expect(run.state == .failed && run.reason == "no such image")
        #expect(containers.isEmpty)
    }

    @Test func `one whose starter died, or whose container is gone, does not stay open`() async throws {
        let app = try await minutely(#", "concurrency_policy": "forbid""#)
        let task = try #require(try await cron.tasks(of: app).first)
        _ = try await CronAsking(cron).claim(task, limit: 60)
        clock.advance(60)
        try await fire()
        #expect(try await runs(app).map(\.state) == [.claimed, .skipped])
        clock.advance(301)
        try await fire()
        let all = try await runs(app)
        #expect(all.first?.state == .failed && all.first?.reason == "the process that was to start it died")
        #expect(all.last?.state == .running)
    }

    @Test func `one whose time is over is ended`() async throws {
        let app = try await minutely()
        let task = try #require(try await cron.tasks(of: app).first)
        let run = try await CronAsking(cron).claim(task, limit: 5)
        _ = try await CronAsking(cron).detached(run, of: task, limit: 5)
        clock.advance(6)
        try await fire()
        let ended = try #require(try await runs(app).first)
        #expect(ended.state == .ended && ended.exitCode == 137 && ended.reason == "its time was over")
        #expect(containers.isEmpty)
    }

    @Test func `a bad end is mailed to whoever wants to know`() async throws {
        let mails = Mails()
        var host = host
        host.programs.run = { program in
            mails.add(program)
            return Outcome(ending: .exited(0))
        }
        let cron = Cron(on: host, zone: .utc)
        _ = try await host.deployedApp(appJSON: #"{"cron": [{"command": "x", "schedule": "* * * * *"}]}"#)
        for code in [1, 0] {
            clock.advance(60)
            try await CronFiring(cron).fire()
            for handle in containers.keys { fake.scheduler.set(.exited(code: code, outOfMemory: false), of: handle) }
            clock.advance(1)
            try await CronFiring(cron).fire()
            #expect(mails.all.isEmpty, "nobody is named yet, or all is well")
            _ = try await Properties("cron", on: host).set(Cron.mailTo, to: "ops@example.com", of: nil)
            _ = try await Properties("cron", on: host).set(Cron.mailFrom, to: "paas@example.com", of: nil)
        }
        clock.advance(60)
        try await CronFiring(cron).fire()
        for handle in containers.keys { fake.scheduler.set(.exited(code: 2, outOfMemory: false), of: handle) }
        try await CronFiring(cron).fire()
        let mail = try #require(mails.all.first)
        #expect(mail.arguments == ["-i", "-f", "paas@example.com", "--", "ops@example.com"])
        let text = String(decoding: mail.input, as: UTF8.self)
        #expect(text.contains("Subject: cron shop: x\n") && text.contains("exit 2"))
    }

    @Test func `of each task the latest runs are remembered`() async throws {
        let app = try await minutely()
        for _ in 0..<(Cron.kept + 5) {
            clock.advance(60)
            try await fire()
            for handle in containers.keys { fake.scheduler.set(.exited(code: 0, outOfMemory: false), of: handle) }
        }
        try await CronCare(cron).collect()
        try await CronCare(cron).forget(app)
        let all = try await cron.runs(of: app, task: nil, limit: 1000)
        #expect(all.count == Cron.kept && all.first?.id == Int64(Cron.kept + 5))
    }

    @Test func `a container that is made while runs are collected is not taken for left`() async throws {
        let app = try await minutely()
        let task = try #require(try await cron.tasks(of: app).first)
        let (host, cron, clock) = (host, cron, clock)
        fake.scheduler.onNextList {
            var row = CronFiring.row(task, .claimed, nil)
            (row.startedAt, row.caller) = (clock.now, "ana")
            let fresh = row
            let run = try #require(try await host.store.write { try CronTable.insert(fresh, $0) })
            let workload = try await CronCare(cron).workload(run, of: task, limit: 60, attendant: nil)
            _ = try await host.scheduler.create(workload)
        }
        try await CronCare(cron).collect()
        #expect(containers.count == 1)
    }

    @Test func `a container of a task is nobody's stray`() {
        #expect(OneOff.isOne(OneOff.cronKind) && OneOff.isOne(OneOff.kind))
        #expect(!OneOff.isOne(["com.dokku.container-type": "deploy"]) && !OneOff.isOne([:]))
    }
}

private final class Mails: Sendable {
    private let programs = Mutex<[Program]>([])
    func add(_ program: Program) { programs.withLock { $0.append(program) } }
    var all: [Program] { programs.withLock { $0.filter { $0.name == "sendmail" } } }
}
