import ArgumentParser
import Core
import Engine
import Files
import Scheduling
import Store
import SystemPackage
import Testing

@testable import Features

@Suite struct `A link of a service` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    private var programs: FakePrograms { stage.fake.scheduler.programs }

    private func config(_ app: String, _ host: Host) async throws -> [String: String] {
        let found = try await Apps(on: host).find(try AppName(app))
        let all = try await Config(on: host).all(of: found)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.key.text, $0.value) })
    }

    private func link(_ words: String..., on host: Host) async throws {
        try await ServicesLink.parse(words).run(on: host)
    }

    @Test func `gives a running app a user, a variable, a network, and one release`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let app = try await host.deployedApp()
            programs.forget()
            try await link("postgres", "db", "shop", on: host)
            let made = try #require(try await Services(on: host).links(of: service).first)
            #expect(made.state == .active && made.variable.text == "DATABASE_URL")
            let url = "postgres://\(made.user):\(made.password)@postgres-db:5432/db"
            #expect(try await config("shop", host) == ["DATABASE_URL": url])
            let run = try #require(programs.runs.first)
            #expect(run.input.contains("ALTER ROLE \"\(made.user)\" LOGIN PASSWORD '\(made.password)'"))
            #expect(!run.words.contains(made.password) && !run.words.contains(service.password))
            #expect(run.program.environment["PGPASSWORD"] == service.password)
            #expect(try await Apps(on: host).find(app.id).current == 2)
            let entry = stage.fake.scheduler.entries.values.first { $0.workload.labels["slipway.release"] == "2" }
            let network = WorkloadNetwork(
                "slipway-0badcafe-\(service.id)",
                labels: ["slipway.service": service.id.text]
            )
            #expect(entry?.workload.networks == [network])
            #expect(entry?.workload.environment["DATABASE_URL"] == url)
            #expect(try await stage.events("services:link", host) == ["postgres db: to shop"])
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `with no restart changes the draft alone`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            let app = try await host.deployedApp()
            try await link("postgres", "db", "shop", "--no-restart", on: host)
            #expect(try await Apps(on: host).find(app.id).current == 1)
            #expect(try await config("shop", host).count == 1)
        }
    }

    @Test func `ends with its app also where nobody knows its kind any more`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            let app = try await host.deployedApp()
            try await link("postgres", "db", "shop", on: host)
            try removeTree(host.paths.corePlugins.appending("postgres"))
            let copy = await stage.run("apps:clone", "shop", "copy", "--skip-deploy", on: host)
            #expect(copy.status == 0 && copy.said.contains("copy is not linked to postgres db"))
            #expect(try await config("copy", host).isEmpty, "it has not the password of the other")
            try await AppsDestroy.parse(["shop", "--force"]).run(on: host)
            #expect(try await Services(on: host).links(of: app).isEmpty)
            #expect(try await stage.isQuiet(host))
            #expect(stage.fake.transcript.progress.contains("nobody knows how postgres db works"))
        }
    }

    @Test func `is not made for an app that is gone when its turn comes`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let app = try await host.deployedApp()
            try await AppsDestroy.parse(["shop", "--force"]).run(on: host)
            let wish = try ServiceLinkWish(alias: nil, querystring: nil)
            #expect(await stage.code { _ = try await Services(on: host).link(service, app, wish) } == .noSuchApp)
            #expect(try await Services(on: host).links(of: service).isEmpty)
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `is there once, and knows what there is not`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            try await Apps(on: host).create(try AppName("shop"))
            try await link("postgres", "db", "shop", on: host)
            #expect(await stage.code { try await link("postgres", "db", "shop", on: host) } == .taken)
            #expect(await stage.code { try await link("postgres", "db", "nope", on: host) } == .noSuchApp)
            #expect(await stage.code { try await link("postgres", "other", "shop", on: host) } == .notFound)
            #expect(await stage.code { try await link("nothing", "db", "shop", on: host) } == .notFound)
            for words in [["services:unlink"], ["services:promote"], ["services:linked"]] {
                let end = await stage.run(words[0], "postgres", "db", "nope", on: host)
                #expect(end.status == 20, "\(words)")
            }
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `has another variable where the first is taken, or the one that was asked for`() async throws {
        try await stage.with { host in
            for name in ["one", "two", "three"] { _ = try await stage.create("postgres", name, on: host) }
            try await Apps(on: host).create(try AppName("shop"))
            try await link("postgres", "one", "shop", on: host)
            try await link("postgres", "two", "shop", "--querystring", "pool=5", on: host)
            try await link("postgres", "three", "shop", "--alias", "BLUE", on: host)
            let all = try await config("shop", host)
            #expect(all.keys.sorted() == ["BLUE_URL", "DATABASE_URL", "DOKKU_POSTGRES_AQUA_URL"])
            #expect(all["DOKKU_POSTGRES_AQUA_URL"]?.hasSuffix("@postgres-two:5432/two?pool=5") == true)
            try await ServicesUnlink.parse(["postgres", "three", "shop"]).run(on: host)
            #expect(
                await stage.code { try await link("postgres", "three", "shop", "-a", "DATABASE", on: host) } == .taken
            )
            #expect(
                await stage.code { try await link("postgres", "three", "shop", "-a", "a b", on: host) } == .malformed
            )
            #expect(
                await stage.code { try await link("postgres", "three", "shop", "-q", "a b", on: host) } == .malformed
            )

            // The one promoted is first; what was first goes on under another name.
            try await ServicesPromote.parse(["postgres", "two", "shop"]).run(on: host)
            let now = try await config("shop", host)
            #expect(now["DATABASE_URL"]?.contains("@postgres-two") == true)
            #expect(now.values.contains { $0.contains("@postgres-one") })
            #expect(await stage.run("services:promote", "postgres", "two", "shop", on: host).said.contains("unchanged"))
            #expect(
                await stage.code { try await ServicesPromote.parse(["postgres", "three", "shop"]).run(on: host) }
                    == .notFound
            )
            try await ServicesUnlink.parse(["postgres", "one", "shop"]).run(on: host)
            let left = try await config("shop", host)
            #expect(left.keys.sorted() == ["DATABASE_URL", "DOKKU_POSTGRES_AQUA_URL"])
            #expect(left.values.allSatisfy { $0.contains("@postgres-two") })
        }
    }

    @Test func `ends at the server too`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let app = try await host.deployedApp()
            try await link("postgres", "db", "shop", on: host)
            let made = try #require(try await Services(on: host).links(of: service).first)
            programs.forget()
            try await ServicesUnlink.parse(["postgres", "db", "shop"]).run(on: host)
            let run = try #require(programs.runs.first)
            #expect(run.input.contains("DROP ROLE IF EXISTS \"\(made.user)\""))
            #expect(run.input.contains("pg_terminate_backend"))
            #expect(try await config("shop", host).isEmpty)
            #expect(try await Apps(on: host).find(app.id).current == 3)
            let last = stage.fake.scheduler.entries.values.first { $0.workload.labels["slipway.release"] == "3" }
            #expect(last?.workload.networks.isEmpty == true)
            #expect(
                await stage.code { try await ServicesUnlink.parse(["postgres", "db", "shop"]).run(on: host) }
                    == .notFound
            )
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `of a server that is down ends when it is started`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            try await Apps(on: host).create(try AppName("shop"))
            try await link("postgres", "db", "shop", on: host)
            let user = try #require(try await Services(on: host).links(of: service).first).user
            try await ServicesStop.parse(["postgres", "db"]).run(on: host)
            let end = await stage.run("services:unlink", "postgres", "db", "shop", on: host)
            #expect(end.status == 0 && end.said.contains("is dropped when it starts"))
            #expect(try await config("shop", host).isEmpty)
            programs.forget()
            try await ServicesStart.parse(["postgres", "db"]).run(on: host)
            #expect(programs.runs.contains { $0.input.contains("DROP ROLE IF EXISTS \"\(user)\"") })
            programs.forget()
            try await ServicesRestart.parse(["postgres", "db"]).run(on: host)
            #expect(!programs.runs.contains { $0.input.contains("DROP ROLE") }, "once is enough")
        }
    }

    @Test func `whose user cannot be dropped now is ended later, and keeps no other from its end`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            for name in ["api", "shop"] {
                try await Apps(on: host).create(try AppName(name))
                try await link("postgres", "db", name, on: host)
            }
            let users = try await Services(on: host).links(of: service).map(\.user)
            programs.answer { $0.input.contains("DROP ROLE") ? .init(status: 1) : ServiceStage.server($0) }
            for name in ["api", "shop"] {
                #expect(await stage.run("services:unlink", "postgres", "db", name, on: host).status == 1)
                #expect(try await config(name, host).isEmpty)
            }
            let care = ServiceCare(on: host)
            #expect(
                try await care.differences().map(\.fact) == [
                    "postgres db knows users of apps that are linked no more"
                ]
            )
            func left() async throws -> [String] {
                try await host.store.read { try ServicesTable.leavers(of: service.id, $0) }
            }
            await care.tick()
            #expect(try await left() == users.sorted())
            programs.answer { run in
                run.input.contains("DROP ROLE IF EXISTS \"\(users[0])\"") ? .init(status: 1) : ServiceStage.server(run)
            }
            await care.tick()
            #expect(try await left() == [users[0]])
            programs.answer(ServiceStage.server)
            await care.tick()
            #expect(try await left().isEmpty)
            #expect(try await care.differences().isEmpty)
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `that the server refuses leaves nothing`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            try await Apps(on: host).create(try AppName("shop"))
            programs.answer {
                $0.input.contains("CREATE ROLE") ? .init(error: "no\n", status: 1) : ServiceStage.server($0)
            }
            #expect(await stage.code { try await link("postgres", "db", "shop", on: host) } == .programFailed)
            #expect(try await Services(on: host).links(of: service).isEmpty)
            #expect(try await config("shop", host).isEmpty)
            #expect(programs.runs.last?.input.contains("DROP ROLE IF EXISTS") == true)
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `goes with its app, stays at another name, and a copy has one of its own`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let app = try await host.deployedApp()
            try await link("postgres", "db", "shop", on: host)
            let first = try #require(try await Services(on: host).links(of: service).first)
            try await Apps(on: host).rename(app, to: try AppName("store"))
            #expect(try await Services(on: host).links(of: service).map(\.appName) == ["store"])
            try await AppsClone.parse(["store", "copy"]).run(on: host)
            let links = try await Services(on: host).links(of: service)
            #expect(links.map(\.appName) == ["copy", "store"])
            #expect(Set(links.map(\.user)).count == 2)
            let (old, new) = (try await config("store", host), try await config("copy", host))
            #expect(old["DATABASE_URL"]?.contains(first.password) == true)
            #expect(new.count == 1 && new["DATABASE_URL"]?.contains(first.password) == false)
            #expect(stage.fake.transcript.progress.contains("copy shares postgres db with store, by a user of its own"))
            try await AppsDestroy.parse(["store", "--force"]).run(on: host)
            #expect(try await Services(on: host).links(of: service).map(\.appName) == ["copy"])
            #expect(programs.runs.last?.input.contains("DROP ROLE IF EXISTS \"\(first.user)\"") == true)
        }
    }

    @Test func `of a kind without users is its network alone`() async throws {
        try await stage.with { host in
            let service = try await stage.create("memcached", "cache", on: host)
            try await Apps(on: host).create(try AppName("shop"))
            programs.forget()
            try await link("memcached", "cache", "shop", on: host)
            #expect(programs.runs.isEmpty)
            #expect(try await config("shop", host) == ["MEMCACHED_URL": "memcached://memcached-cache:11211"])
            #expect(
                try await Services(on: host).networks(of: try await Apps(on: host).find(try AppName("shop"))).count == 1
            )
            try await ServicesUnlink.parse(["memcached", "cache", "shop"]).run(on: host)
            #expect(try await Services(on: host).links(of: service).isEmpty)
        }
    }

    @Test func `stands in lists`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            try await Apps(on: host).create(try AppName("shop"))
            try await Apps(on: host).create(try AppName("api"))
            #expect(await stage.run("services:linked", "postgres", "db", "shop", on: host).status == 1)
            try await link("postgres", "db", "shop", on: host)
            #expect(await stage.run("services:linked", "postgres", "db", "shop", on: host).status == 0)
            #expect(await stage.run("services:linked", "postgres", "db", "api", on: host).status == 1)
            #expect(await stage.run("services:links", "postgres", "db", on: host).answer == "shop\n")
            #expect(await stage.run("services:app-links", "postgres", "shop", on: host).answer == "db\n")
            #expect(await stage.run("services:app-links", "redis", "shop", on: host).answer.isEmpty)
            let json = await stage.run("services:app-links", "postgres", "shop", "--json", on: host).answer
            #expect(json.contains(#""service":"db""#) && json.contains(#""variable":"DATABASE_URL""#))
            #expect(await stage.run("services:app-links", "postgres", "nope", on: host).status == 20)
        }
    }

    @Test func `that a copy cannot have keeps the copy`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            try await Apps(on: host).create(try AppName("shop"))
            try await link("postgres", "db", "shop", on: host)
            try await ServicesStop.parse(["postgres", "db"]).run(on: host)
            try await AppsClone.parse(["shop", "copy"]).run(on: host)
            #expect(
                stage.fake.transcript.progress.contains("copy is not linked to postgres db: postgres db does not run")
            )
            let copied = try await config("copy", host)
            #expect(copied.isEmpty, "the password of another app is nothing for it")
        }
    }

    @Test func `that is gone is no way for older releases either`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            let app = try await host.deployedApp()
            try await link("postgres", "db", "shop", on: host)
            let linked = try await Services(on: host).networks(of: app)
            #expect(linked.count == 1)
            try await ServicesUnlink.parse(["postgres", "db", "shop"]).run(on: host)
            // Whatever release is started, this is what it is brought into.
            let unlinked = try await Services(on: host).networks(of: app)
            #expect(unlinked.isEmpty)
        }
    }
}
