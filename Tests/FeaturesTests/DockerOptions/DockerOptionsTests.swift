import ArgumentParser
import Building
import Core
import Engine
import FoundationEssentials
import GRDB
import Scheduling
import Store
import SystemPackage
import Testing

@testable import Features

@Suite struct `docker-options` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func add(_ words: String...) async throws { try await DockerOptionsAdd.parse(words).run(on: host) }
    private func remove(_ words: String...) async throws { try await DockerOptionsRemove.parse(words).run(on: host) }
    private func list(_ words: String...) async throws -> [String] {
        let before = fake.transcript.answer.count
        try await DockerOptionsList.parse(words).run(on: host)
        return fake.transcript.answer.dropFirst(before).split(separator: "\n").map(String.init)
    }
    private func events() async throws -> [String] {
        try await host.store.read { database in
            try String.fetchAll(database, sql: "SELECT name || ': ' || detail FROM events WHERE name LIKE 'docker%'")
        }
    }
    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return (error as? Failure)?.code }
        return nil
    }

    @Test func `are added sorted, and the same in another spelling is unchanged`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await add("shop", "deploy,run", "--shm-size 64m --memory=512m")
        #expect(try await list("shop", "--phase", "deploy") == ["--memory=512m", "--shm-size 64m"])
        #expect(try await list("shop", "--phase", "run") == ["--memory=512m", "--shm-size 64m"])
        #expect(fake.transcript.progress.contains("takes effect with the first deploy"))
        try await add("shop", "deploy", "-m", "512m")
        #expect(fake.transcript.progress.contains("docker options of shop are unchanged"))
        #expect(try await events().count == 1)
    }

    @Test func `are taken away in any spelling, and what is not there is no error`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await add("shop", "deploy", "--memory=512m --init")
        try await remove("shop", "deploy", "--memory 512m")
        #expect(try await list("shop", "--phase", "deploy") == ["--init"])
        try await remove("shop", "deploy", "--memory 1g")
        #expect(fake.transcript.progress.contains("docker options of shop are unchanged"))
    }

    @Test func `that only a container can have are kept for builds, and have no effect there`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await add("shop", "build,deploy,run", "-v /srv/a:/b --init")
        for phase in ["build", "deploy", "run"] {
            #expect(try await list("shop", "--phase", phase) == ["--init", "-v /srv/a:/b"])
        }
        #expect(fake.transcript.progress.contains(" !     --volume has no effect on builds: no build has that\n"))
        let settings = try await Releases(on: host).draft(of: app)
        let request = try settings.applyBuildOptions(to: BuildRequest(tag: "a"))
        #expect(request.extra.isEmpty && request.arguments.isEmpty)
        try await remove("shop", "build,deploy,run", "--volume=/srv/a:/b --init")
        #expect(try await DockerOptions(on: host).all(of: app).isEmpty)
    }

    @Test func `to take away what nobody can have is no error`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await add("shop", "deploy", "--memory 64m")
        for words in ["--name x", "--frobnicate", "-e", "frob", "--secret id=x,env=KEY"] {
            try await remove("shop", "build,deploy,run", words)
            #expect(fake.transcript.progress.hasSuffix("docker options of shop are unchanged\n"), "\(words)")
        }
        #expect(fake.transcript.progress.contains("\"--name\" is no option that shop can have, skipped"))
        try await remove("shop", "deploy", "--name x --memory 64m --rm")
        #expect(try await list("shop", "--phase", "deploy").isEmpty)
        #expect(await code { try await remove("shop", "deploy") } == .usage)
    }

    @Test func `of one process are its own`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await add("--process", "worker", "--process=clock", "shop", "deploy", "--memory 64m")
        #expect(try await list("shop", "--phase", "deploy").isEmpty)
        #expect(try await list("shop", "--phase", "deploy", "--process", "worker") == ["--memory 64m"])
        try await DockerOptionsClear.parse(["--process", "worker", "shop"]).run(on: host)
        #expect(try await list("shop", "--phase", "deploy", "--process", "worker").isEmpty)
        #expect(try await list("shop", "--phase", "deploy", "--process", "clock") == ["--memory 64m"])
        try await DockerOptionsClear.parse(["shop"]).run(on: host)
        #expect(try await list("shop", "--phase", "deploy", "--process", "clock").isEmpty)
        try await DockerOptionsClear.parse(["shop", "build"]).run(on: host)
        #expect(fake.transcript.progress.contains("docker options of shop are unchanged"))
    }

    @Test(arguments: [
        ["shop", "deploy"], ["shop"], [], ["--process", "web", "shop", "run", "--init"],
        ["--process", "", "shop", "deploy", "--init"], ["--process", "_default_", "shop", "deploy", "--init"],
        ["--process", "web", "shop", "deploy", "--restart always"], ["--init", "shop", "deploy"],
    ])
    func `asked wrongly nothing is added`(words: [String]) async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await DockerOptionsAdd.parse(words).run(on: host) } == .usage)
        #expect(try await DockerOptions(on: host).all(of: app).isEmpty)
    }

    @Test func `phases are named when one is wrong, and one wrong option keeps all out`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let failure = await #expect(throws: Failure.self) { try await add("shop", "deploy,start", "--init") }
        #expect(failure?.code == .malformed)
        #expect(failure?.fix?.contains("build, deploy and run") == true)
        #expect(await code { try await add("shop", "deploy", "--init --memory lots") } == .malformed)
        #expect(await code { try await add("shop", "build,deploy", "--init --name x") } == .malformed)
        #expect(await code { try await add("shop", "run", "--restart always") } == .notAllowed)
        #expect(try await DockerOptions(on: host).all(of: app).isEmpty)
    }

    @Test func `an app that is not there has none`() async throws {
        #expect(await code { try await add("nope", "deploy", "--init") } == .noSuchApp)
        #expect(await code { try await remove("nope", "deploy", "--init") } == .noSuchApp)
        #expect(await code { _ = try await list("nope", "--phase", "deploy") } == .noSuchApp)
        #expect(await code { try await DockerOptionsClear.parse(["nope"]).run(on: host) } == .noSuchApp)
        #expect(await code { try await DockerOptionsReport.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test func `our own state is shown to no app`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        let root = host.paths.root.string
        #expect(await code { try await add("shop", "deploy", "-v \(root):/x") } == .notAllowed)
        #expect(await code { try await add("shop", "deploy", "--mount type=bind,source=/,target=/x") } == .notAllowed)
    }

    @Test func `a list needs one phase`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { _ = try await list("shop") } == .usage)
        #expect(await code { _ = try await list("shop", "--phase", "deploy,run") } == .usage)
        #expect(await code { _ = try await list("shop", "--phase", "start") } == .malformed)
        try await add("shop", "build", "--no-cache")
        #expect(try await list("shop", "--phase", "build", "--format", "json") == [#"["--no-cache"]"#])
    }

    @Test func `the report has Dokku's keys, and lists in JSON`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await add("shop", "deploy", "--memory 64m --init")
        try await add("--process", "web", "shop", "deploy", "--shm-size 1g")
        try await DockerOptionsReport.parse(["shop", "--docker-options-deploy"]).run(on: host)
        try await DockerOptionsReport.parse(["shop", "--docker-options-deploy.web"]).run(on: host)
        #expect(fake.transcript.answer == "--init --memory 64m\n--shm-size 1g\n")
        try await DockerOptionsReport.parse(["shop", "--format", "json"]).run(on: host)
        #expect(
            fake.transcript.answer.hasSuffix(
                #"{"build":"","build-list":[],"deploy":"--init --memory 64m","deploy-list":["--init","--memory 64m"],"#
                    + #""deploy.web":"--shm-size 1g","deploy.web-list":["--shm-size 1g"],"run":"","run-list":[]}"#
                    + "\n"
            )
        )
    }

    @Test func `reach processes with the next release, and go with a rollback`() async throws {
        let app = try await host.deployedApp()
        try await add("shop", "deploy", "--memory 64m --cap-add NET_ADMIN")
        try await add("--process", "worker", "shop", "deploy", "--memory 1g")
        try await add("shop", "run", "--memory 32m")
        #expect(fake.transcript.progress.contains("shop has no process type worker now"))
        try await Control(on: host).restart(app, only: nil)
        let made = try #require(fake.scheduler.entries["c2"]?.workload)
        #expect(made.limits.memory == 64 << 20)
        #expect(made.engineHostOptions["CapAdd"] == .array([.string("NET_ADMIN")]))
        let oneOff = try await Run(on: host).workload(for: try RunWish(["shop", "ls"]), attendant: nil)
        #expect(oneOff.limits.memory == 32 << 20)
        #expect(oneOff.engineHostOptions["CapAdd"] == nil)
        let release = try await Releases(on: host).find(2, of: app)
        #expect(release.settings.dockerOptions.count == 4)
        let old = try await Releases(on: host).find(1, of: app)
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(old), settings: old.settings, source: "git-push", reason: "back"),
            on: app
        )
        #expect(try await DockerOptions(on: host).all(of: app).isEmpty)
    }

    @Test func `scripts of a release do without amounts and ports`() async throws {
        let app = try await host.deployedApp()
        try await add("shop", "deploy", "--memory 64m -p 8080:80 --user 1000")
        var release = try await Releases(on: host).find(1, of: app)
        release.settings = try await Releases(on: host).draft(of: app)
        let script = try await Ps(on: host).base(app, release, type: ProcessType("predeploy"), name: "x")
        #expect(script.limits.memory == nil)
        #expect(script.publishedPorts.isEmpty)
        #expect(script.user == "1000")
    }

    @Test func `a port of the host has one process at a time, and the old ends first`() async throws {
        let app = try await host.deployedApp()
        try await add("shop", "deploy", "-p 8080:5000")
        #expect(fake.transcript.progress.contains("the old ends before the new one starts"))
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.transcript.progress.contains("web x1 first: it publishes port 8080 of the host"))
        let failure = await #expect(throws: Failure.self) {
            _ = try await Control(on: host).scale(app, to: [.web: 2], deploying: true)
        }
        #expect(failure?.code == .unchangeable)
    }

    @Test func `restart is a property of ps`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await add("shop", "deploy", "--restart=on-failure:20")
        let properties = Properties("ps", on: host)
        #expect(try await properties.raw(Ps.restartPolicy, of: app) == "on-failure:20")
        #expect(try await DockerOptions(on: host).all(of: app).isEmpty)
        try await remove("shop", "deploy", "--restart on-failure:20")
        #expect(try await properties.raw(Ps.restartPolicy, of: app) == nil)
        #expect(await code { try await add("shop", "deploy", "--restart sometimes") } == .malformed)
    }

    @Test func `a variable's value stands in no event and in no difference`() async throws {
        let app = try await host.deployedApp()
        try await add("shop", "deploy,run", "--env TOKEN=s3cret")
        try await add("shop", "build", "--build-arg KEY=s3cret")
        #expect(try await events().allSatisfy { !$0.contains("s3cret") && $0.contains("******") })
        #expect(!fake.transcript.progress.contains("s3cret"))
        try await Control(on: host).restart(app, only: nil)
        let (old, new) = (try await Releases(on: host).find(1, of: app), try await Releases(on: host).find(2, of: app))
        let lines = ReleaseDiff(from: old, to: new).lines.joined(separator: "\n")
        #expect(lines.contains("+ docker-options.build --build-arg KEY=******"))
        #expect(!lines.contains("s3cret"))
    }

    @Test func `a record from before there were options has none`() throws {
        let text = #"{"config":{},"inherited":{},"limits":{},"mounts":[],"options":{},"ports":[]}"#
        #expect(try JSONDecoder().decode(Settings.self, from: Data(text.utf8)) == Settings())
    }
}
