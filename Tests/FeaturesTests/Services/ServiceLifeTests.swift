import ArgumentParser
import Core
import Engine
import Files
import FoundationEssentials
import Scheduling
import Store
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite struct `A service` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    private var programs: FakePrograms { stage.fake.scheduler.programs }
    private var workloads: [Workload] { stage.fake.scheduler.entries.values.map(\.workload) }

    // MARK: Making

    @Test func `is made with a network, a folder and a password of its own, and is ready`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let network = "slipway-0badcafe-\(service.id)"
            #expect(
                stage.engine.networks[network]?.labels == [
                    "slipway.instance": "0badcafe", "slipway.service": service.id.text,
                ]
            )
            let handle = try #require(service.container)
            let entry = try #require(stage.fake.scheduler.entries[handle])
            #expect(entry.workload.home == WorkloadNetwork(network, aliases: ["postgres-db", "dokku-postgres-db"]))
            #expect(entry.workload.image == "sha256:postgres17")
            #expect(entry.workload.environment["POSTGRES_PASSWORD"] == service.password)
            #expect(entry.workload.environment["POSTGRES_DB"] == "db")
            #expect(entry.workload.labels == ["slipway.service": service.id.text])
            #expect(entry.workload.restartPolicy == "unless-stopped")
            let source = host.paths.service(service.id).appending("data-1/0")
            #expect(entry.workload.mounts.map(\.source) == [source.string])
            #expect(FileManager.default.fileExists(atPath: source.string))
            #expect(service.state == .live && service.password.utf8.count == 32)
            #expect(programs.runs.map { $0.program.command[0] } == ["pg_isready", "psql"])
            #expect(try await stage.events("services:create", host) == ["postgres db: postgres:17"])
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `has the image, the limits and the words it was given`() async throws {
        try await stage.with { host in
            let words = [
                "postgres", "db", "-I", "16", "-m", "256m", "-c", "-c 'shared_buffers=64 MB'", "-C", "A=1;B=x y",
                "--password", "abcdefghijklmnop",
            ]
            try await ServicesCreate.parse(words).run(on: host)
            let service = try await stage.find("postgres", "db", host)
            #expect(service.reference == "postgres:16" && service.memory == 256 << 20)
            #expect(service.password == "abcdefghijklmnop")
            #expect(workloads.first?.command == ["-c", "shared_buffers=64 MB"])
            #expect(workloads.first?.environment["B"] == "x y")
            #expect(workloads.first?.limits.memory == 256 << 20)
            #expect(stage.fake.transcript.progress.contains("use --password-stdin"))
            #expect(
                ServicesCreate.shown(words) == [
                    "postgres", "db", "-I", "16", "-m", "256m", "-c", "******", "-C", "******", "--password", "******",
                ]
            )
            #expect(ServicesCreate.shown(["--custom-env=A=b", "-c=x"]) == ["--custom-env=******", "-c=******"])
            #expect(ServicesCreate.shown(["a", "--password=b"]) == ["a", "--password=******"])
        }
    }

    @Test func `has files that its server reads, with the users in them`() async throws {
        try await stage.with { host in
            let service = try await stage.create("redis", "cache", on: host)
            let path = host.paths.service(service.id).appending("files/0/redis.conf").string
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains("user default on >\(service.password) ~* &* +@all"))
            #expect(workloads.first?.mounts.last?.target == "/etc/slipway")
            #expect(workloads.first?.mounts.last?.isReadOnly == true)
            #expect(workloads.first?.command == ["redis-server", "/etc/slipway/redis.conf"])
            try await Apps(on: host).create(try AppName("shop"))
            try await ServicesLink.parse(["redis", "cache", "shop"]).run(on: host)
            let link = try #require(try await Services(on: host).links(of: service).first)
            let now = try String(contentsOfFile: path, encoding: .utf8)
            #expect(now.contains("user \(link.user) on >\(link.password)"))
            try await ServicesUnlink.parse(["redis", "cache", "shop"]).run(on: host)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test func `is there once`() async throws {
        try await stage.with { host in
            let first = try await stage.create(on: host)
            #expect(await stage.code { _ = try await stage.create(on: host) } == .taken)
            _ = try await stage.create("redis", "db", on: host)
            #expect(try await stage.find("postgres", "db", host) == first)
            #expect(workloads.count == 2)
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `leaves nothing behind when its server does not come up`() async throws {
        try await stage.with { host in
            stage.fake.scheduler.onStart(.exited(code: 1, outOfMemory: false))
            let end = await stage.run("services:create", "postgres", "db", on: host)
            #expect(end.status == 1 && end.said.contains("its server ended with 1"), "\(end)")
            let all = try await Services(on: host).all()
            #expect(all.isEmpty)
            #expect(workloads.isEmpty && stage.engine.networks.isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: host.paths.services.string).isEmpty)
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `that cannot be prepared says why, and no secret`() async throws {
        try await stage.with { host in
            programs.answer { run in
                let secret = run.program.environment["PGPASSWORD"] ?? ""
                return run.words.hasPrefix("psql") ? .init(error: "bad password \(secret)\n", status: 3) : .init()
            }
            let end = await stage.run("services:create", "postgres", "db", on: host)
            #expect(end.status == 1 && end.said.contains("psql ended with 3"))
            #expect(end.said.contains("bad password ******"))
            let all = try await Services(on: host).all()
            #expect(all.isEmpty)
        }
    }

    @Test func `that does not come up shows its log without any secret`() async throws {
        try await stage.with { host in
            let service = try await stage.create("redis", "cache", on: host)
            try await Apps(on: host).create(try AppName("shop"))
            try await ServicesLink.parse(["redis", "cache", "shop"]).run(on: host)
            let link = try #require(try await Services(on: host).links(of: service).first)
            stage.fake.scheduler.onStart(.exited(code: 1, outOfMemory: false))
            stage.fake.scheduler.says("user \(link.user) on >\(link.password) and >\(service.password)\n")
            let end = await stage.run("services:restart", "redis", "cache", on: host)
            #expect(end.status == 1 && end.said.contains("user \(link.user) on >****** and >******"), "\(end)")
            #expect(!end.said.contains(link.password) && !end.said.contains(service.password))
        }
    }

    @Test func `whose image cannot be had is not made`() async throws {
        try await stage.with { host in
            #expect(await stage.run("services:create", "postgres", "db", "-I", "99", on: host).status == 1)
            let all = try await Services(on: host).all()
            #expect(all.isEmpty)
            for words in [["-I", "a b"], ["-m", "x"], ["-C", "x"], ["-p", "short"], ["-i", "a b"]] {
                let line = ["postgres", "db"] + words
                #expect(
                    await stage.code { try await ServicesCreate.parse(line).run(on: host) } == .malformed,
                    "\(words)"
                )
            }
        }
    }

    // MARK: Ending

    @Test func `is destroyed with all it has, when it was confirmed`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            #expect(
                await stage.code { try await ServicesDestroy.parse(["postgres", "db"]).run(on: host) } == .unconfirmed
            )
            #expect(try await Services(on: host).find(service.id) != nil)
            try await ServicesDestroy.parse(["postgres", "db", "--confirm", "db"]).run(on: host)
            #expect(workloads.isEmpty && stage.engine.networks.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: host.paths.service(service.id).string))
            #expect(
                await stage.code { try await ServicesDestroy.parse(["-f", "postgres", "db"]).run(on: host) }
                    == .notFound
            )
        }
    }

    @Test func `that is linked is not destroyed`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            try await Apps(on: host).create(try AppName("shop"))
            try await ServicesLink.parse(["postgres", "db", "shop"]).run(on: host)
            let end = await stage.run("services:destroy", "postgres", "db", "--force", on: host)
            #expect(end.status == 3 && end.said.contains("Cannot delete linked service"))
            try await ServicesUnlink.parse(["postgres", "db", "shop"]).run(on: host)
            try await ServicesDestroy.parse(["postgres", "db", "--force"]).run(on: host)
        }
    }

    @Test func `never touches a network that somebody else has made`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let name = "slipway-0badcafe-\(service.id)"
            stage.engine.change { $0.networks[name]?.labels = ["slipway.instance": "another"] }
            try await ServicesDestroy.parse(["postgres", "db", "--force"]).run(on: host)
            #expect(stage.engine.networks[name] != nil)
        }
    }

    @Test func `is cleaned up by a container of its own, also when one is left of another time`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let server = try Services(on: host).server(service)
            var left = Workload(name: "service.postgres.db-0badcafe.cleaning", image: "x", hostname: "cleaning")
            left.labels = ["slipway.service": service.id.text, "slipway.service-operation": "0"]
            let handle = try await host.scheduler.create(left)
            let scheduler = stage.fake.scheduler
            let seen = Mutex<[String]>([])
            scheduler.watch { _ in seen.withLock { $0 = scheduler.entries.values.map(\.name).sorted() } }
            try await server.remove(server.dataFolder(1), asRootOf: "sha256:postgres17")
            #expect(seen.withLock(\.self) == ["service.postgres.db-0badcafe", left.name], "never two of one name")
            #expect(scheduler.entries[handle] == nil && workloads.count == 1)
            scheduler.endsWith(1)
            #expect(
                await stage.code { try await server.remove(server.dataFolder(1), asRootOf: "sha256:postgres17") }
                    == .programFailed
            )
            #expect(workloads.count == 1)
        }
    }

    @Test func `what only its user may read is measured by a container of its image`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let (services, scheduler) = (Services(on: host), stage.fake.scheduler)
            let closed = try services.server(service).dataFolder(1).appending("0")
            let own = FolderMeasure().own(closed).bytes
            let seen = Mutex<[Workload]>([])
            scheduler.watch { _ in seen.withLock { $0 = scheduler.entries.values.map(\.workload) } }
            scheduler.says("120\t/service/data-1/0\n")
            #expect(await services.measure([closed]) == [closed: 120 * 1024 - own])
            let measurer = try #require(seen.withLock(\.self).first { $0.name.contains(".measuring-") })
            #expect(measurer.entrypoint == ["du", "-s", "-k", "--"] && measurer.command == ["/service/data-1/0"])
            #expect(measurer.user == "0" && measurer.home == WorkloadNetwork("none"))
            #expect(measurer.mounts.map(\.isReadOnly) == [true], "it may change nothing")
            #expect(workloads.count == 1, "nothing is left of it")
            // An image that has no such program, and a folder that is nobody's.
            scheduler.says("du: not found\n")
            #expect(await services.measure([closed]).isEmpty)
            scheduler.says("120\t/service/data-1/0\n")
            #expect(await services.measure([host.paths.services.appending("gone/data-1/0")]).isEmpty)
            stage.engine.change { $0.images = [:] }
            #expect(await services.measure([closed]).isEmpty)
        }
    }

    // MARK: Properties

    @Test func `has properties that are set, reported and refused`() async throws {
        try await stage.with { host in
            _ = try await stage.create("redis", "cache", on: host)
            for (name, value) in [
                ("memory", "512m"), ("cpu", "0.5"), ("config-options", "--loglevel debug"), ("custom-env", "A=secret"),
                ("image", "redis"), ("backup-keep", "3"),
            ] {
                let end = await stage.run("services:set", "redis", "cache", name, "--", value, on: host)
                #expect(end.status == 0, "\(name): \(end)")
                let again = await stage.run("services:set", "redis", "cache", name, "--", value, on: host)
                #expect(again.said.contains("unchanged"), "\(name)")
            }
            let report = await stage.run("services:report", "redis", "cache", "--json", on: host).answer
            #expect(report.contains(#""memory":"512m""#) && report.contains(#""cpu":"0.5""#))
            #expect(report.contains(#""custom-env":"A=******""#) && !report.contains("secret"))
            for (name, value) in [
                ("memory", "x"), ("cpu", "0"), ("image", "a b"), ("backup-keep", "0"), ("nothing", "1"),
            ] {
                #expect(await stage.run("services:set", "redis", "cache", name, value, on: host).status == 2, "\(name)")
            }
            #expect(await stage.run("services:set", "redis", "cache", "image-version", "8", on: host).status == 3)
            try await ServicesRestart.parse(["redis", "cache"]).run(on: host)
            #expect(workloads.first?.limits.nanoCPUs == 500_000_000)
            #expect(workloads.first?.command?.suffix(2) == ["--loglevel", "debug"])
            #expect(ServicesSet.shown(["redis", "cache", "custom-env", "A=secret"]).last == "******")
        }
    }
}
