import ArgumentParser
import Core
import Files
import Scheduling
import Store
import Testing

@testable import Features

@Suite struct `Care for services` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    @Test func `brings back what the engine has lost, and leaves what was stopped`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            _ = try await stage.create("redis", "cache", on: host)
            try await ServicesStop.parse(["redis", "cache"]).run(on: host)
            let care = ServiceCare(on: host)
            #expect(try await care.differences().isEmpty)
            let handle = try #require(service.container)
            try await host.scheduler.remove(handle)
            #expect(try await care.differences().map(\.fact) == ["postgres db has no container"])
            await care.tick()
            #expect(try await care.differences().isEmpty)
            let now = try await stage.find("postgres", "db", host)
            #expect(now.container != handle && stage.fake.scheduler.entries[now.container ?? ""]?.phase == .running)
            stage.fake.scheduler.set(.exited(code: 1, outOfMemory: false), of: now.container ?? "")
            #expect(try await care.differences().map(\.fact) == ["postgres db does not run"])
            for difference in try await care.differences() { try await care.mend(difference) }
            #expect(stage.fake.scheduler.entries.values.map(\.phase) == [.running])
        }
    }

    @Test func `removes containers of services that are gone, and no others`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            var stray = Workload(name: "service.postgres.old", image: "x", hostname: "x")
            stray.labels = ["slipway.service": "0000000000"]
            _ = try await host.scheduler.create(stray)
            _ = try await host.scheduler.create(Workload(name: "other", image: "x", hostname: "x"))
            let care = ServiceCare(on: host)
            #expect(
                try await care.differences().map(\.fact) == ["container service.postgres.old belongs to no service"]
            )
            await care.tick()
            #expect(
                stage.fake.scheduler.entries.values.map(\.name).sorted() == ["other", "service.postgres.db-0badcafe"]
            )
        }
    }

    @Test func `ends what runs although it was stopped`() async throws {
        try await stage.with { host in
            _ = try await stage.create(on: host)
            let care = ServiceCare(on: host)
            let scheduler = stage.fake.scheduler
            try await ServicesPause.parse(["postgres", "db"]).run(on: host)
            let paused = try #require(try await stage.find("postgres", "db", host).container)
            #expect(try await care.differences().isEmpty)
            try await host.scheduler.start(paused)
            #expect(try await care.differences().map(\.fact) == ["postgres db runs, and was stopped"])
            await care.tick()
            // It keeps its container.
            #expect(scheduler.entries[paused]?.phase == .exited(code: 143, outOfMemory: false))
            // A stop whose last step came to nothing: the row knows no container any more.
            try await ServicesStart.parse(["postgres", "db"]).run(on: host)
            let left = try #require(try await stage.find("postgres", "db", host).container)
            let id = try await stage.find("postgres", "db", host).id
            try await host.store.write { database in
                try ServicesTable.change(id, database) { ($0.isStopped, $0.container) = (true, nil) }
            }
            #expect(try await care.differences().map(\.fact) == ["postgres db runs, and was stopped"])
            await care.tick()
            #expect(scheduler.entries[left] == nil && scheduler.entries.isEmpty)
            #expect(try await care.differences().isEmpty)
        }
    }

    @Test func `leaves a container of a service that a living process waits for`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let care = ServiceCare(on: host)
            var beside = Workload(name: "service.postgres.db.measuring-1", image: "x", hostname: "x")
            beside.labels = ["slipway.service": service.id.text, Owner.label: Owner.this.labelText]
            let needed = try await host.scheduler.create(beside)
            #expect(try await care.differences().isEmpty)
            beside.labels[Owner.label] = "\(Owner.this.labelText)-of-another-boot"
            let left = try await host.scheduler.create(beside)
            await care.tick()
            let handles = stage.fake.scheduler.entries.keys
            #expect(handles.contains(needed) && !handles.contains(left))
        }
    }

    @Test func `looks again under the lock before it removes or starts anything`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let care = ServiceCare(on: host)
            let handle = try #require(service.container)
            func give(_ container: String?) async throws {
                try await host.store.write { database in
                    try ServicesTable.change(service.id, database) { $0.container = container }
                }
            }
            try await give("another")
            let seen = try await care.differences()
            #expect(
                seen.map(\.fact) == [
                    "postgres db has no container", "container service.postgres.db-0badcafe belongs to no service",
                ]
            )
            let lock = try #require(try FileLock.tryTake(host.paths.lock(of: service.id)))
            for difference in seen { #expect(await stage.code { try await care.mend(difference) } == .busy) }
            // Meanwhile somebody has written it down.
            try await give(handle)
            lock.release()
            for difference in seen { try await care.mend(difference) }
            #expect(stage.fake.scheduler.entries.keys.sorted() == [handle])
        }
    }

    @Test func `says what a service is, without its password`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let info = await stage.run("services:info", "postgres", "db", on: host)
            #expect(info.status == 0 && !info.answer.contains(service.password))
            #expect(info.answer.contains("postgres://postgres:******@postgres-db:5432/db"), "\(info.answer)")
            let dsn = await stage.run("services:info", "postgres", "db", "--dsn", on: host).answer
            #expect(dsn.contains(service.password) && dsn.hasPrefix("postgres://postgres:"))
            #expect(await stage.run("services:info", "postgres", "db", "--status", on: host).answer == "running\n")
            #expect(await stage.run("services:info", "postgres", "db", "--version", on: host).answer == "postgres:17\n")
            #expect(await stage.run("services:exists", "postgres", "db", on: host).status == 0)
            #expect(await stage.run("services:exists", "postgres", "no", on: host).status == 1)
            #expect(await stage.run("services:list", "postgres", on: host).answer.hasSuffix("db\n"))
            let json = await stage.run("services:list", "--json", on: host).answer
            #expect(json.contains(#""status":"running""#) && !json.contains(service.password))
            #expect(await stage.run("services:logs", "postgres", "db", on: host).status == 0)
            #expect(await stage.run("services:kinds", on: host).answer.contains("postgres:17"))
        }
    }
}
