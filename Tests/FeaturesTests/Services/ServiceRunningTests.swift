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

@Suite struct `A service that is there` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    private var programs: FakePrograms { stage.fake.scheduler.programs }
    private var workloads: [Workload] { stage.fake.scheduler.entries.values.map(\.workload) }

    @Test func `stops, starts, pauses and is made anew`() async throws {
        try await stage.with { host in
            let first = try await stage.create(on: host)
            try await ServicesStop.parse(["postgres", "db"]).run(on: host)
            #expect(workloads.isEmpty)
            #expect(try await stage.find("postgres", "db", host).isStopped)
            #expect(await stage.run("services:stop", "postgres", "db", on: host).said.contains("unchanged"))
            #expect(
                await stage.code { try await ServicesExport.parse(["postgres", "db"]).run(on: host) } == .unchangeable
            )
            try await ServicesStart.parse(["postgres", "db"]).run(on: host)
            #expect(await stage.run("services:start", "postgres", "db", on: host).said.contains("unchanged"))
            let second = try await stage.find("postgres", "db", host)
            #expect(second.container != first.container && !second.isStopped)
            try await ServicesPause.parse(["postgres", "db"]).run(on: host)
            #expect(stage.fake.scheduler.entries.values.map(\.phase) == [.exited(code: 143, outOfMemory: false)])
            #expect(await stage.run("services:pause", "postgres", "db", on: host).said.contains("unchanged"))
            try await ServicesRestart.parse(["postgres", "db"]).run(on: host)
            #expect(stage.fake.scheduler.entries.values.map(\.phase) == [.running])
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `that is busy says what ends the work on it`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let operations = Operations(on: host)
            try await operations.run(ServiceBackups.kind, on: try service.subject, "backup", allowLocked: true) {
                held in
                let busy = try await operations.busy(try service.subject)
                #expect(
                    busy.fix == "try again when it is done, or end it with: "
                        + "slipway operations:resume \(held.operation) --force"
                )
            }
        }
    }

    @Test func `keeps its kind, wherever that comes from`() async throws {
        try await stage.with { host in
            let from = host.paths.corePlugins.appending("postgres/service.toml")
            let own = host.paths.plugins.appending("mydb")
            try writeFile(own.appending("service.toml"), try #require(try readFile(from)))
            try writeFile(own.appending("plugin.toml"), Array("[plugin]\nversion = \"1\"\n".utf8))
            let service = try await stage.create("mydb", on: host)
            #expect(await stage.code { try await PluginUninstall.parse(["mydb"]).run(on: host) } == .unchangeable)
            #expect(try await Services(on: host).running(service) == service.container)
            try await ServicesDestroy.parse(["mydb", "db", "--force"]).run(on: host)
            try await PluginUninstall.parse(["mydb"]).run(on: host)
            #expect(kindOfFile(own) == nil)
        }
    }

    @Test func `a port that was taken away is shut although the process died over it`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            try await ServicesExpose.parse(["postgres", "db", "0.0.0.0:15432"]).run(on: host)
            #expect(workloads.map(\.publishedPorts.count) == [1])
            // As it is when the process dies while the old server is ending.
            try await host.begin("service-change", of: service.id, done: ["row"], begun: "container") {
                try ServicesTable.change(service.id, $0) { $0.exposed = [] }
            }
            #expect(try await Operations(on: host).settleAllOrphans() == 1)
            #expect(workloads.map(\.publishedPorts.count) == [0])
        }
    }

    @Test func `is exposed to this host alone unless an address is given`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            let end = await stage.run("services:expose", "postgres", "db", "15432", on: host)
            #expect(end.said.contains("exposed on port(s) 5432->127.0.0.1:15432"))
            #expect(
                workloads.first?.publishedPorts == [
                    WorkloadPort(container: 5432, hostAddress: "127.0.0.1", host: 15432)
                ]
            )
            #expect(
                await stage.run("services:expose", "postgres", "db", "15433", on: host).said.contains("already exposed")
            )
            _ = try await stage.create("redis", "cache", on: host)
            #expect(
                await stage.code { try await ServicesExpose.parse(["redis", "cache", "15432"]).run(on: host) } == .taken
            )
            try await ServicesExpose.parse(["redis", "cache", "0.0.0.0:16379"]).run(on: host)
            for bad in ["0", "x", "65536", "1.2.3:5", "a:1:2", "-1"] {
                #expect(await stage.run("services:expose", "postgres", "db", "--", bad, on: host).status == 2, "\(bad)")
            }
            #expect(
                await stage.code { try await ServicesExpose.parse(["redis", "cache", "1", "2"]).run(on: host) }
                    == .usage
            )
            try await ServicesUnexpose.parse(["postgres", "db"]).run(on: host)
            #expect(try await stage.find("postgres", "db", host).exposed.isEmpty)
            #expect(await stage.run("services:unexpose", "postgres", "db", on: host).said.contains("unchanged"))
            try await ServicesExpose.parse(["postgres", "db"]).run(on: host)
            #expect(try await stage.find("postgres", "db", host).exposed.count == 1)
        }
    }

    @Test func `goes on as it was when it cannot have a port`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            let (scheduler, output) = (stage.fake.scheduler, "port is already allocated")
            scheduler.watch { what in
                let handle = String(what.dropFirst("start ".count))
                guard what.hasPrefix("start "), scheduler.entries[handle]?.workload.publishedPorts.isEmpty == false
                else { return }
                throw Failure(.engineRefused, output)
            }
            let end = await stage.run("services:expose", "postgres", "db", "15432", on: host)
            #expect(end.status != 0 && end.said.contains(output), "\(end)")
            let now = try await stage.find("postgres", "db", host)
            #expect(now.exposed.isEmpty && scheduler.entries.keys.sorted() == [now.container])
            #expect(scheduler.entries.values.map(\.phase) == [.running])
            #expect(try await stage.isQuiet(host))
            let last = try await Operations(on: host).recent(of: try now.subject, limit: 1)
            #expect(last.map(\.status) == [.undone])
        }
    }

    @Test func `whose network was removed is made anew in a new one`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let app = try await host.deployedApp()
            try await ServicesLink.parse(["postgres", "db", "shop"]).run(on: host)
            let network = "slipway-0badcafe-\(service.id)"
            stage.engine.change { $0.networks[network] = nil }
            stage.fake.scheduler.set(.exited(code: 137, outOfMemory: false), of: try #require(service.container))
            await ServiceCare(on: host).tick()
            #expect(stage.engine.networks[network] != nil)
            let now = try await stage.find("postgres", "db", host)
            #expect(now.container != service.container)
            let processes = stage.fake.scheduler.entries.values.filter {
                $0.workload.labels["slipway.app"] == app.id.text && $0.phase == .running
            }
            #expect(!processes.isEmpty && processes.allSatisfy { $0.joined.map(\.name) == [network] })
        }
    }

    @Test func `is not exposed on a port that somebody answers on`() async throws {
        try await stage.engine.with(stage.fake) { host in
            _ = try await stage.create(on: host)
            #expect(
                await stage.code { try await ServicesExpose.parse(["postgres", "db", "15432"]).run(on: host) } == .taken
            )
            #expect(try await stage.find("postgres", "db", host).exposed.isEmpty)
        }
    }
}
