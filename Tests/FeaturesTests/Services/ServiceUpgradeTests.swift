import ArgumentParser
import Core
import Files
import FoundationEssentials
import Scheduling
import Store
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite struct `An upgrade that has put the new server in its place` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    private var programs: FakePrograms { stage.fake.scheduler.programs }

    /// Leaves an upgrade behind whose process died while the new server came up, and what an app wrote to it.
    private func die(_ host: Host) async throws -> (service: Service, operation: Int64, folder: FilePath) {
        try await ServicesCreate.parse(["postgres", "db", "-I", "16"]).run(on: host)
        let old = try await stage.find("postgres", "db", host)
        let folder = host.paths.service(old.id)
        try makeFolder(folder.appending("data-2/0"))
        try writeFile(folder.appending("data-2/0/row"), Array("written".utf8))
        let done: [ServiceUpgradeStep] = [.quiet, .dump, .server, .row]
        let operation = try await host.begin(
            ServiceUpgrade.kind.name,
            of: old.id,
            notes: ["image": old.image, "version": old.version, "generation": "1", "dump": ""],
            done: done.map(\.rawValue),
            begun: ServiceUpgradeStep.container.rawValue
        ) { try ServicesTable.change(old.id, $0) { ($0.version, $0.generation) = ("17", 2) } }
        return (old, operation, folder)
    }

    private func text(_ path: FilePath) throws -> String? {
        try readFile(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a run is in the new server itself, and not in the one beside it that was filled.
    private func isNew(_ run: FakePrograms.Run) -> Bool {
        let workload = stage.fake.scheduler.entries[run.handle]?.workload
        return workload?.image == "sha256:postgres17" && workload?.home?.name != "none"
    }

    @Test func `and dies goes forward: what apps have written to it stays`() async throws {
        try await stage.with { host in
            let (_, operation, folder) = try await die(host)
            _ = try await Operations(on: host).settleAllOrphans()
            #expect(try await Operations(on: host).find(operation).status == .finished)
            let now = try await stage.find("postgres", "db", host)
            #expect(now.reference == "postgres:17" && now.generation == 2)
            let entries = stage.fake.scheduler.entries
            #expect(entries.count == 1 && entries[now.container ?? ""]?.workload.image == "sha256:postgres17")
            #expect(try text(folder.appending("data-2/0/row")) == "written")
            #expect(try listFolder(folder) == ["data-2"])
            #expect(try await stage.events("services:upgrade", host) == ["postgres db: postgres:16 to postgres:17"])
        }
    }

    @Test func `and does not come up any more is undone, and its data is kept and named`() async throws {
        try await stage.with { host in
            let (service, operation, folder) = try await die(host)
            programs.answer { run in
                isNew(run) && run.words.hasPrefix("pg_isready") ? .init(status: 1) : ServiceStage.server(run)
            }
            _ = try await Operations(on: host).settleAllOrphans()
            #expect(try await Operations(on: host).find(operation).status == .undone)
            let now = try await stage.find("postgres", "db", host)
            #expect(now.reference == "postgres:16" && now.generation == 1)
            let kept = folder.appending("undone-upgrade-\(operation)")
            #expect(try text(kept.appending("0/row")) == "written")
            #expect(try listFolder(folder).sorted() == ["data-1", "undone-upgrade-\(operation)"])
            #expect(stage.fake.transcript.progress.contains("is kept in \(kept)"))
            #expect(try await stage.events("services:upgrade", host).last?.contains(kept.string) == true)
            // The next one is not in its way, and the folder goes with the service.
            programs.answer(ServiceStage.server)
            #expect(await stage.run("services:upgrade", "postgres", "db", on: host).status == 0)
            #expect(try listFolder(folder).sorted() == ["data-2", "undone-upgrade-\(operation)"])
            try await Services(on: host).destroy(service)
            #expect(kindOfFile(folder) == nil)
        }
    }

    @Test(arguments: [1, 2])
    func `and fails in its own command goes forward too, as far as it comes up`(failures: Int) async throws {
        try await stage.with { host in
            try await ServicesCreate.parse(["postgres", "db", "-I", "16"]).run(on: host)
            let failed = Mutex<Set<String>>([])
            programs.answer { run in
                guard isNew(run), run.words.hasPrefix("pg_isready") else { return ServiceStage.server(run) }
                let fails = failed.withLock { $0.contains(run.handle) || $0.count < failures }
                if fails { _ = failed.withLock { $0.insert(run.handle) } }
                return fails ? .init(status: 1) : .init()
            }
            let end = await stage.run("services:upgrade", "postgres", "db", on: host)
            let now = try await stage.find("postgres", "db", host)
            let folder = host.paths.service(now.id)
            #expect(end.status == 1)
            if failures == 1 {
                #expect(end.said.contains("postgres db is postgres:17 all the same"), "\(end)")
                #expect(now.reference == "postgres:17" && now.generation == 2)
                #expect(try listFolder(folder) == ["data-2"])
            } else {
                #expect(end.said.contains("is kept in \(folder)/undone-upgrade-"), "\(end)")
                #expect(now.reference == "postgres:16" && now.generation == 1)
                #expect(try listFolder(folder).count == 2)
            }
            #expect(try await stage.isQuiet(host))
        }
    }
}
