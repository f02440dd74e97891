import ArgumentParser
import Core
import Engine
import GRDB
import Proxying
import Scheduling
import Store
import Testing

@testable import Features

@Suite struct `network` {
    let fake = Fake()

    private func engine(_ networks: [String: FakeEngine.Network] = [:]) -> FakeEngine {
        var state = FakeEngine.State()
        state.networks = networks
        state.networks["bridge"] = FakeEngine.Network(labels: [:])
        return FakeEngine(state)
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return (error as? Failure)?.code }
        return nil
    }

    private func set(_ words: String..., on host: Host) async throws {
        try await SetProperty<NetworkCommands>.parse(words).run(on: host)
    }

    // MARK: Networks of the engine

    @Test func `is made with our labels, once, and there is a row of it`() async throws {
        let engine = engine()
        try await engine.with(fake) { host in
            try await NetworkCreate.parse(["backend"]).run(on: host)
            #expect(
                engine.networks["backend"]?.labels == [
                    "com.dokku.network-name": "backend", "slipway.instance": "0badcafe",
                ]
            )
            #expect(await code { try await NetworkCreate.parse(["backend"]).run(on: host) } == .taken)
            try await NetworkExists.parse(["backend"]).run(on: host)
            #expect(await code { try await NetworkExists.parse(["other"]).run(on: host) } == .notFound)
            let events = try await host.store.read { database in
                try String.fetchAll(database, sql: "SELECT detail FROM events WHERE name = 'network:create'")
            }
            #expect(events == ["made backend"])
        }
    }

    @Test(arguments: ["", "-x", "a b", "a/b", "ä", "a\n"])
    func `what is no name makes none`(name: String) async throws {
        try await engine().with(fake) { host in
            #expect(await code { try await Networks(on: host).create(try NetworkName(new: name)) } == .malformed)
        }
    }

    @Test(arguments: ["bridge", "host", "none", "default", "slipway-0badcafe", "slipway-x"])
    func `names that have a meaning are not free`(name: String) async throws {
        #expect { try NetworkName(new: name) } throws: { ($0 as? Failure)?.code == .notAllowed }
    }

    @Test func `is removed when it was confirmed, and foreign ones never`() async throws {
        let engine = engine(["theirs": .init(labels: ["slipway.instance": "another"])])
        try await engine.with(fake) { host in
            try await NetworkCreate.parse(["backend"]).run(on: host)
            #expect(await code { try await NetworkDestroy.parse(["backend"]).run(on: host) } == .unconfirmed)
            #expect(
                await code { try await NetworkDestroy.parse(["backend", "--confirm", "x"]).run(on: host) }
                    == .unconfirmed
            )
            #expect(engine.networks["backend"] != nil)
            try await NetworkDestroy.parse(["--force", "backend"]).run(on: host)
            #expect(engine.networks["backend"] == nil)
            for name in ["theirs", "bridge"] {
                #expect(await code { try await NetworkDestroy.parse(["--force", name]).run(on: host) } == .notAllowed)
                #expect(engine.networks[name] != nil)
            }
            #expect(await code { try await NetworkDestroy.parse(["--force", "nope"]).run(on: host) } == .notFound)
        }
    }

    @Test func `what somebody counts on is not removed`() async throws {
        let engine = engine()
        try await engine.with(fake) { host in
            try await Apps(on: host).create(try AppName("shop"))
            try await NetworkCreate.parse(["backend"]).run(on: host)
            try await set("shop", "attach-post-deploy", "backend", on: host)
            let failure = await #expect(throws: Failure.self) {
                try await NetworkDestroy.parse(["--force", "backend"]).run(on: host)
            }
            #expect(failure?.code == .unchangeable)
            #expect(failure?.fix == "slipway network:set shop attach-post-deploy")
            try await set("shop", "attach-post-deploy", on: host)
            engine.change { $0.networks["backend"]?.containers["c1"] = "shop.web.1" }
            #expect(
                await code { try await NetworkDestroy.parse(["--force", "backend"]).run(on: host) } == .unchangeable
            )
            engine.change { $0.networks["backend"]?.containers = [:] }
            try await NetworkDestroy.parse(["--force", "backend"]).run(on: host)
        }
    }

    @Test func `all are listed, ours alone when asked for`() async throws {
        try await engine(["theirs": .init(labels: [:])]).with(fake) { host in
            try await NetworkCreate.parse(["backend"]).run(on: host)
            try await NetworkList.parse([]).run(on: host)
            #expect(fake.transcript.answer == "=====> Networks\nbackend\nbridge\ntheirs\n")
            try await NetworkList.parse(["--dokku-managed", "--format", "json"]).run(on: host)
            #expect(
                fake.transcript.answer.hasSuffix(
                    #"[{"Containers":[],"CreatedAt":"2024-01-01T00:00:00Z","Driver":"bridge","ID":"n-backend","#
                        + #""IPv6":false,"Internal":false,"Labels":{"com.dokku.network-name":"backend","#
                        + #""slipway.instance":"0badcafe"},"Name":"backend","Scope":"local","Subnets":[]}]"# + "\n"
                )
            )
            try await NetworkInfo.parse(["theirs"]).run(on: host)
            #expect(fake.transcript.answer.contains("=====> theirs network information\n       ID:"))
            #expect(await code { try await NetworkInfo.parse(["nope"]).run(on: host) } == .notFound)
        }
    }

    // MARK: Of apps

    @Test func `is refused where it is not there, is the engine's own, or has a role already`() async throws {
        try await engine().with(fake) { host in
            let app = try await Apps(on: host).create(try AppName("shop"))
            try await NetworkCreate.parse(["one"]).run(on: host)
            try await NetworkCreate.parse(["two"]).run(on: host)
            #expect(await code { try await set("shop", "attach-post-create", "three", on: host) } == .notFound)
            for name in ["host", "bridge", "none", "container:x"] {
                #expect(await code { try await set("shop", "attach-post-deploy", name, on: host) } == .notAllowed)
                #expect(await code { try await set("shop", "initial-network", name, on: host) } == .notAllowed)
            }
            try await set("shop", "attach-post-create", "one", "two", on: host)
            let failure = await #expect(throws: Failure.self) {
                try await set("shop", "attach-post-deploy", "two", on: host)
            }
            #expect(failure?.code == .taken)
            #expect(failure?.what.contains("network two is attach-post-create already") == true)
            #expect(await code { try await set("shop", "attach-post-create", "one", "one", on: host) } == .malformed)
            #expect(await code { try await set("shop", "initial-network", "one", "two", on: host) } == .malformed)
            let properties = Properties("network", on: host)
            #expect(try await properties.raw(Networks.postCreate, of: app) == "one two")
            #expect(try await properties.raw(Networks.postDeploy, of: app) == nil)
            try await set("shop", "attach-post-create", "one", "two", on: host)
            #expect(fake.transcript.progress.contains("attach-post-create is unchanged"))
        }
    }

    @Test(arguments: [
        ("bind-all-interfaces", "yes"), ("tld", "a..b"), ("tld", "x-"), ("tld", "A"), ("static-web-listener", "x:80"),
        ("static-web-listener", "1.2.3.4"), ("static-web-listener", "1.2.3.4:0"),
    ])
    func `values that cannot be are refused`(name: String, value: String) async throws {
        let host = try Host.fake(fake)
        try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await set("shop", name, value, on: host) } == .malformed)
    }

    @Test func `what is one app's alone is not set for all, and an app has to be there`() async throws {
        let host = try Host.fake(fake)
        #expect(await code { try await set("--global", "static-web-listener", "1.2.3.4:80", on: host) } == .usage)
        #expect(await code { try await set("nope", "tld", "internal", on: host) } == .noSuchApp)
        try await set("--global", "tld", "internal", on: host)
        #expect(try await Properties("network", on: host).effective(Networks.tld, of: nil) == "internal")
    }

    @Test func `is joined before the start or once a process is healthy, under the names of the app`() async throws {
        try await engine().with(fake) { host in
            for name in ["first", "early", "late"] { try await NetworkCreate.parse([name]).run(on: host) }
            let app = try await host.deployedApp()
            try await set("shop", "initial-network", "first", on: host)
            try await set("shop", "attach-post-create", "early", on: host)
            try await set("shop", "attach-post-deploy", "late", on: host)
            try await set("shop", "tld", "internal", on: host)
            #expect(fake.transcript.progress.contains("besides the app's own network"))
            #expect(fake.transcript.progress.contains("takes effect at the next restart"))
            try await Control(on: host).restart(app, only: nil)
            let made = try #require(fake.scheduler.entries["c2"])
            let aliases = ["shop.web.internal", "web-1.shop.web.internal"]
            #expect(
                made.workload.networks == [
                    WorkloadNetwork("first", aliases: aliases), WorkloadNetwork("early", aliases: aliases),
                ]
            )
            #expect(made.joined == [WorkloadNetwork("late", aliases: aliases)])
            #expect(made.workload.address?.hasPrefix("172.30.") == true, "nginx reaches it where it always did")
            let site = try #require(fake.proxy.sites[app.id.text])
            #expect(site.mappings.first?.upstream == ["\(made.workload.address ?? ""):5000"])
            let release = try await Releases(on: host).find(2, of: app)
            #expect(release.settings.options["network.attach-post-deploy"] == "late")
        }
    }

    @Test func `ports of web are published on free ports of the host when asked for`() async throws {
        let host = try Host.fake(fake)
        let app = try await host.deployedApp()
        try await set("shop", "bind-all-interfaces", "true", on: host)
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries["c2"]?.workload.publishedPorts == [WorkloadPort(container: 5000)])
    }

    @Test func `is looked after by rebuild, which makes lost ones again and joins what runs`() async throws {
        let engine = engine()
        try await engine.with(fake) { host in
            try await NetworkCreate.parse(["late"]).run(on: host)
            let app = try await host.deployedApp()
            try await set("shop", "attach-post-deploy", "late", on: host)
            try await Control(on: host).restart(app, only: nil)
            engine.change { $0.networks["late"] = nil }
            let before = fake.proxy.publications
            try await NetworkRebuild.parse(["shop"]).run(on: host)
            #expect(engine.networks["late"] != nil)
            #expect(fake.scheduler.entries["c2"]?.joined.map(\.name) == ["late", "late"])
            #expect(fake.proxy.publications == before + 1)
            try await NetworkRebuildAll.parse([]).run(on: host)
            #expect(fake.scheduler.entries["c2"]?.joined.count == 3)
            #expect(await code { try await NetworkRebuild.parse(["nope"]).run(on: host) } == .noSuchApp)
        }
    }

    @Test func `a static listener is where nginx sends everything, with or without a release`() async throws {
        let host = try Host.fake(fake)
        let app = try await host.deployedApp()
        try await set("shop", "static-web-listener", "127.0.0.1:8080", on: host)
        #expect(fake.proxy.sites[app.id.text]?.mappings.first?.upstream == ["127.0.0.1:8080"])
        try await set("shop", "static-web-listener", on: host)
        #expect(fake.proxy.sites[app.id.text]?.mappings.first?.upstream != ["127.0.0.1:8080"])
        let other = try await Apps(on: host).create(try AppName("other"))
        try await set("other", "static-web-listener", "127.0.0.1:9090", on: host)
        let site = try #require(fake.proxy.sites[other.id.text])
        #expect(site.mappings.first?.upstream == ["127.0.0.1:9090"])
        #expect(site.state == .serving)
        try await set("other", "static-web-listener", on: host)
        #expect(fake.proxy.sites[other.id.text] == nil)
    }

    @Test func `the report has Dokku's keys`() async throws {
        let host = try Host.fake(fake)
        _ = try await host.deployedApp()
        try await set("--global", "tld", "internal", on: host)
        func value(_ flag: String) async throws -> String {
            let before = fake.transcript.answer.count
            try await ReportCommand<NetworkCommands>.parse(["shop", flag]).run(on: host)
            return String(fake.transcript.answer.dropFirst(before).dropLast())
        }
        #expect(try await value("--network-tld") == "")
        #expect(try await value("--network-computed-tld") == "internal")
        #expect(try await value("--network-global-tld") == "internal")
        #expect(try await value("--network-computed-bind-all-interfaces") == "false")
        #expect(try await value("--network-static-web-listener") == "")
        #expect(try await value("--network-web-listeners").hasSuffix(":5000"))
        for name in ["attach-post-create", "attach-post-deploy", "initial-network"] {
            #expect(try await value("--network-\(name)") == "")
        }
    }

    @Test func `a link's private network goes with the app, and lets go who was on it`() async throws {
        let engine = engine()
        try await engine.with(fake) { host in
            let app = try await Apps(on: host).create(try AppName("shop"))
            let name = Networks.privateNetwork(of: app, host.settings)
            engine.change {
                $0.networks[name] = .init(
                    labels: ["slipway.instance": "0badcafe", "slipway.app": app.id.text],
                    containers: ["db": "db"]
                )
            }
            try await Networks(on: host).removePrivate(of: app)
            #expect(engine.networks[name] == nil)
            engine.change { $0.networks[name] = .init(labels: [:]) }
            try await Networks(on: host).removePrivate(of: app)
            #expect(engine.networks[name] != nil, "what does not carry our label is not ours")
        }
    }
}
