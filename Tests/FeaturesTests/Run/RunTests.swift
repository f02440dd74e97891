import ArgumentParser
import ArgumentParser
import Core
import Scheduling
import Testing

@testable import Features

@Suite("run")
struct RunTests {
    let fake = Fake()
    let host: Host
    let run: Run

    init() throws {
        host = try .fake(fake)
        run = Run(on: host)
    }

    @Test func `a program gets the release's image, settings and variables, and its own on top`() async throws {
        let app = try await host.deployedApp()
        let workload = try await run.workload(
            for: try RunWish(["-e", "DYNO=mine", "-e", "COLOUR=red", "shop", "bin/x", "--y"]),
            attendant: .this
        )
        #expect(workload.image == "sha256:seed")
        #expect(workload.command == ["bin/x", "--y"])
        #expect(workload.name.hasPrefix("shop.run."))
        #expect(workload.environment["COLOUR"] == "red")
        #expect(workload.environment["SLIPWAY_APP"] == "shop")
        #expect(workload.environment["DYNO"] == String(workload.name.dropFirst("shop.".count)))
        #expect(workload.labels["slipway.app"] == app.id.text)
        #expect(workload.labels["com.dokku.container-type"] == "run")
        #expect(workload.address == nil, "reserved addresses are for instances")
        #expect(workload.restartPolicy == "no")
        #expect(workload.removesItself)
    }

    @Test func `a word that is a process type stands for its line of the Procfile`() async throws {
        _ = try await host.deployedApp(procfile: "web: serve\nconsole: bin/console --app $SLIPWAY_APP\n")
        func command(_ words: String...) async throws -> [String]? {
            try await run.workload(for: try RunWish(["shop"] + words), attendant: nil).command
        }
        #expect(try await command("console") == ["bin/console", "--app", "shop"])
        #expect(try await command("console", "x") == ["console", "x"])
        #expect(try await command("other") == ["other"])
    }

    @Test func `an app without a release has nothing to run`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        let refusal = await #expect(throws: Failure.self) {
            try await run.workload(for: try RunWish(["shop", "ls"]), attendant: nil)
        }
        #expect(refusal?.code == .notDeployed)
    }

    @Test func `what was started detached is listed, and stopped by its name`() async throws {
        _ = try await host.deployedApp()
        try await RunDetached.parse(["shop", "sleep", "a b"]).run(on: host)
        let program = try #require(try await run.list(try await Apps(on: host).find(try AppName("shop"))).first)
        #expect(fake.transcript.answer == program.name + "\n")
        #expect(program.command == "sleep 'a b'")
        #expect(program.isRunning)
        #expect(program.attendant == nil)
        #expect(program.deadline.map { $0 - program.createdAt } == .seconds(86_400))

        try await RunStop.parse(["--container", program.name]).run(on: host)
        #expect(try await run.list(nil).isEmpty)
        let gone = await #expect(throws: Failure.self) {
            try await RunStop.parse(["--container", program.name]).run(on: host)
        }
        #expect(gone?.code == .notFound)
    }

    @Test func `an instance is not for run:stop`() async throws {
        _ = try await host.deployedApp()
        let instance = try #require(fake.scheduler.entries.values.first)
        await #expect(throws: Failure.self) {
            try await RunStop.parse(["--container", instance.name]).run(on: host)
        }
        try await RunStop.parse(["shop"]).run(on: host)
        #expect(fake.scheduler.entries.count == 1)
    }

    @Test func `those are retired whose time is over or whose attendant is dead`() async throws {
        _ = try await host.deployedApp()
        let dead = Owner(process: .max, processStart: "1", boot: Owner.this.boot)
        func start(_ line: [String], _ attendant: Owner?) async throws -> String {
            let workload = try await run.workload(for: try RunWish(line + ["shop", "x"]), attendant: attendant)
            return try await host.scheduler.create(workload)
        }
        _ = try await start(["--ttl-seconds", "0"], dead)
        let attended = try await start([], .this)
        let endless = try await start(["--ttl-seconds", "0"], nil)
        _ = try await start(["--ttl-seconds", "1"], nil)
        for _ in 0..<1001 { _ = host.time.now() }
        try await RunRetire.parse([]).run(on: host)
        #expect(Set(try await run.list(nil).map(\.handle)) == [attended, endless])
    }

    @Test func `one that cannot be ended keeps no other alive`() async throws {
        _ = try await host.deployedApp()
        let dead = Owner(process: .max, processStart: "1", boot: Owner.this.boot)
        for _ in 1...2 {
            let workload = try await run.workload(for: try RunWish(["shop", "x"]), attendant: dead)
            _ = try await host.scheduler.create(workload)
        }
        let all = try await run.list(nil)
        let first = try #require(all.first)
        fake.scheduler.watch { if $0 == "stop \(first.handle)" { throw Failure(.engineRefused, "it is stuck") } }
        #expect(try await run.retire(nil).map(\.handle) == all.dropFirst().map(\.handle))
        #expect(try await run.list(nil).map(\.handle) == [first.handle])
        #expect(fake.transcript.progress.contains("\(first.name) is not ended: P406 it is stuck"))
    }

    @Test func `run:list speaks JSON`() async throws {
        _ = try await host.deployedApp()
        _ = try await run.detached(try RunWish(["shop", "ls"]))
        try await RunList.parse(["shop", "--format", "json"]).run(on: host)
        let answer = fake.transcript.answer
        #expect(answer.contains(#""command":"ls""#) && answer.contains(#""state":"running""#), "\(answer)")
        #expect(answer.contains(#""name":"shop.run."#) && answer.contains(#""created_at":"2027-"#), "\(answer)")
    }

    @Test func `a task of cron is known by its id, and runs once where its policy says so`() async throws {
        _ = try await host.deployedApp()
        let first = try await run.detached(
            try RunWish(["--cron-id", "4f2", "--concurrency-policy", "forbid", "shop", "bin/report"])
        )
        #expect(first.hasPrefix("shop.cron."))
        let entry = try #require(fake.scheduler.entries.values.first { $0.name == first })
        #expect(entry.workload.labels["com.dokku.container-type"] == "cron")
        #expect(entry.workload.labels["com.dokku.cron-id"] == "4f2")
        #expect(entry.workload.labels["com.dokku.concurrency-policy"] == "forbid")
        #expect(entry.workload.environment["DYNO"]?.hasPrefix("cron.") == true)
        let busy = await #expect(throws: Failure.self) {
            _ = try await run.detached(
                try RunWish(["--cron-id=4f2", "--concurrency-policy=forbid", "shop", "bin/report"])
            )
        }
        #expect(busy?.code == .busy)
        let next = try await run.detached(
            try RunWish(["--cron-id", "4f2", "--concurrency-policy", "replace", "shop", "bin/report"])
        )
        #expect(try await run.list(nil).map(\.name) == [next], "the one before was ended")
        _ = try await run.detached(try RunWish(["--cron-id", "4f2", "shop", "bin/report"]))
        _ = try await run.detached(try RunWish(["--cron-id", "other", "--concurrency-policy", "forbid", "shop", "x"]))
        #expect(try await run.list(nil).count == 3)
    }

    @Test func `labels stand before or behind run, and none of ours can be forged`() async throws {
        _ = try await host.deployedApp()
        let line = CommandLineWords(["--label=team=red", "run:detached", "--label", "tier=b", "shop", "ls"])
        #expect(line.command == "run:detached")
        let wish = try RunWish(line.arguments)
        #expect(wish.labels == ["team": "red", "tier": "b"])
        let workload = try await run.workload(for: wish, attendant: nil)
        #expect(workload.labels["team"] == "red" && workload.labels["tier"] == "b")
        for bad in ["slipway.app=x", "com.dokku.app-name=x", "dokku=x"] {
            #expect { try RunWish(["--label", bad, "shop", "ls"]) } throws: { ($0 as? Failure)?.code == .notAllowed }
        }
        for bad in [
            ["--label", "x"], ["--label", "a b=c"], ["--cron-id", "a b"], ["--concurrency-policy", "maybe"],
        ] {
            #expect { try RunWish(bad + ["shop", "ls"]) } throws: { ($0 as? Failure)?.code == .usage }
        }
        #expect(CommandLineWords(["--label=a=b", "ps:report", "shop"]).arguments == ["shop"])
    }

    @Test func `every word behind the app reaches the program from the command line`() throws {
        let command = try RunAttended.parse(["--no-tty", "shop", "ls", "--help", "-la", "--quiet"])
        #expect(try RunWish(command.words).words == ["ls", "--help", "-la", "--quiet"])
        let line = CommandLineWords(["run", "shop", "ls", "--app", "x", "--quiet", "--help"])
        #expect(line.arguments == ["shop", "ls", "--app", "x", "--quiet", "--help"])
        #expect(!line.wantsHelp(passthrough: true))
    }
}

extension Host {
    /// An app at v1 whose source had this Procfile.
    func deployedApp(procfile: String) async throws -> App {
        let app = try await Apps(on: self).create(try AppName("shop"))
        var facts = SourceFacts()
        facts.procfile = try Procfile(procfile)
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
