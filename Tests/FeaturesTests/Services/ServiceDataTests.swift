import ArgumentParser
import Core
import Engine
import FoundationEssentials
import Scheduling
import Store
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite struct `Data of a service` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    private var programs: FakePrograms { stage.fake.scheduler.programs }

    private func files(_ service: Service, _ host: Host) -> [String] {
        let path = host.paths.service(service.id).appending("backups").string
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    @Test func `a backup that is due and cannot begin is as red as one that failed`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            stage.fake.scheduler.set(.exited(code: 1, outOfMemory: false), of: try #require(service.container))
            let backup = try ServicesBackup.parse(["postgres", "db", "--scheduled"])
            #expect(await stage.code { try await backup.run(on: host) } == .unchangeable)
            let row = try #require(try await ServiceBackups(on: host).all(of: service).first)
            #expect(row.state == .failed && row.failure?.contains("does not run") == true && !row.file.isEmpty)
            #expect(await stage.run("services:backups", "postgres", "db", on: host).status == 1)
            #expect(try await stage.events("services:backup", host).first?.contains("failed: ") == true)
            // Somebody who asks for one is told.
            #expect(
                await stage.code { try await ServicesBackup.parse(["postgres", "db"]).run(on: host) } == .unchangeable
            )
            #expect(try await ServiceBackups(on: host).all(of: service).count == 1)
        }
    }

    // MARK: Out and in

    @Test func `goes out whole, or the export fails`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let out = Mutex<[UInt8]>([])
            try await Services(on: host).export(service) { bytes in out.withLock { $0 += bytes } }
            #expect(String(decoding: out.withLock(\.self), as: UTF8.self) == "PGDMP rows")
            programs.answer { _ in .init(output: "PGDM", status: 137) }
            let failure = await #expect(throws: Failure.self) { try await Services(on: host).export(service) { _ in } }
            #expect(failure?.code == .programFailed && failure?.why?.contains("killed") == true)
            programs.answer { _ in .init() }
            #expect(await stage.code { try await Services(on: host).export(service) { _ in } } == .programFailed)
            let cache = try await stage.create("memcached", "cache", on: host)
            #expect(await stage.code { try await Services(on: host).export(cache) { _ in } } == .notAllowed)
        }
    }

    @Test func `comes in by standard input`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            programs.forget()
            let once = ServiceOnce(Array("PGDMP other".utf8))
            try await Services(on: host).restore(service) { await once.take() }
            #expect(programs.runs.map(\.input) == ["PGDMP other"])
            #expect(programs.runs[0].words.contains("--single-transaction"))
            #expect(await stage.code { try await Services(on: host).restore(service) { nil } } == .usage)
            programs.answer { _ in .init(error: "unexpected end of file\n", status: 1) }
            let again = ServiceOnce(Array("PGD".utf8))
            #expect(
                await stage.code { try await Services(on: host).restore(service) { await again.take() } }
                    == .programFailed
            )
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `of a client that leaves ends the dump`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            struct Gone: Error {}
            await #expect(throws: Gone.self) { try await Services(on: host).export(service) { _ in throw Gone() } }
        }
    }

    @Test func `is copied into a service of its own`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            programs.forget()
            try await ServicesClone.parse(["postgres", "db", "db-two"]).run(on: host)
            let copy = try await stage.find("postgres", "db-two", host)
            #expect(copy.password != service.password && copy.database == "db_two")
            let poured = programs.runs.filter { ServiceStage.isRestore($0) }
            #expect(poured.map(\.input) == ["PGDMP rows"] && poured[0].handle == copy.container)
            #expect(
                await stage.code { try await ServicesClone.parse(["postgres", "db", "db-two"]).run(on: host) } == .taken
            )
            programs.answer { ServiceStage.isRestore($0) ? .init(status: 1) : ServiceStage.server($0) }
            #expect(
                await stage.code { try await ServicesClone.parse(["postgres", "db", "three"]).run(on: host) }
                    == .programFailed
            )
            #expect(try await Services(on: host).all().map(\.name.text) == ["db", "db-two"])
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `is copied whole or not at all`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let asked = Mutex(0)
            programs.answer { run in
                guard run.input.contains("count(") else { return ServiceStage.server(run) }
                return .init(output: run.handle == service.container ? "3\n" : "2\n")
            }
            let end = await stage.run("services:clone", "postgres", "db", "copy", on: host)
            #expect(end.status == 1 && end.said.contains("it has 2 rows, the other 3"), "\(end)")
            #expect(try await Services(on: host).all().map(\.name.text) == ["db"])
            // Somebody writes while the first dump is made: 3 before and 9 after, and the copy with 5 is as good as any.
            programs.answer { run in
                guard run.input.contains("count(") else { return ServiceStage.server(run) }
                guard run.handle == service.container else { return .init(output: "5\n") }
                return .init(
                    output: asked.withLock { count in
                        count += 1
                        return count == 1 ? "3\n" : "9\n"
                    }
                )
            }
            #expect(await stage.run("services:clone", "postgres", "db", "copy", on: host).status == 0)
            #expect(asked.withLock(\.self) == 2)
            #expect(try await stage.isQuiet(host))
        }
    }

    // MARK: Backups

    @Test func `is backed up, and proven by a restore into a throw-away server`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            programs.forget()
            let end = await stage.run("services:backup", "postgres", "db", on: host)
            #expect(end.status == 0 && end.said.contains("proven: 3 rows"), "\(end)")
            let made = try #require(try await ServiceBackups(on: host).all(of: service).first)
            #expect(made.state == .good && made.items == 3 && made.bytes == 10 && made.checksum.count == 64)
            #expect(made.provenAt != nil && files(service, host) == [made.file])
            let proof = try #require(programs.runs.first { ServiceStage.isRestore($0) })
            #expect(proof.handle != service.container)
            #expect(stage.fake.scheduler.entries.keys.sorted() == [service.container])
            let left = try FileManager.default.contentsOfDirectory(atPath: host.paths.service(service.id).string)
            #expect(left.sorted() == ["backups", "data-1"])
            #expect(await stage.run("services:backups", "postgres", "db", on: host).status == 0)
            #expect(try await stage.events("services:backup", host).count == 1)
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `of a killed dump is red`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            programs.answer { run in
                run.words.hasPrefix("pg_dump") ? .init(output: "PGD", status: 137) : ServiceStage.server(run)
            }
            let end = await stage.run("services:backup", "postgres", "db", on: host)
            #expect(end.status == 1 && end.said.contains("it was killed"))
            #expect(files(service, host).isEmpty, "nothing looks like a dump")
            let list = await stage.run("services:backups", "postgres", "db", on: host)
            #expect(list.status == 1 && list.answer.contains("FAILED"))
            let info = await stage.run("services:info", "postgres", "db", on: host)
            #expect(info.status == 1 && info.answer.contains("FAILED"))
            #expect(try await stage.events("services:backup", host).first?.contains("failed") == true)
            programs.answer(ServiceStage.server)
            #expect(await stage.run("services:backup", "postgres", "db", on: host).status == 0)
            #expect(await stage.run("services:backups", "postgres", "db", on: host).status == 0)
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `that cannot be restored is red, and nothing of the proof is left`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            programs.answer {
                ServiceStage.isRestore($0) ? .init(error: "bad\n", status: 1) : ServiceStage.server($0)
            }
            #expect(await stage.run("services:backup", "postgres", "db", on: host).status == 1)
            let made = try #require(try await ServiceBackups(on: host).all(of: service).first)
            #expect(made.state == .failed && made.failure?.contains("restore") == true)
            #expect(stage.fake.scheduler.entries.count == 1)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: host.paths.service(service.id).string).count == 2
            )
        }
    }

    @Test(arguments: [ServiceBackupStep.row, .proof, .keep])
    func `whose process dies has an end all the same`(behind last: ServiceBackupStep) async throws {
        let isKept = last == .keep
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let backups = ServiceBackups(on: host)
            let made = try await backups.make(of: service, cause: "by hand")
            let operation = try await stage.leave(made, behind: last, on: host)
            _ = try await Operations(on: host).settleAllOrphans()
            let row = try #require(try await backups.all(of: service).first)
            #expect(row.state == (isKept ? .good : .failed))
            #expect(files(service, host) == (isKept ? [made.file] : []))
            let status = try await Operations(on: host).find(operation).status
            #expect(status == (isKept ? .finished : .undone))
        }
    }

    @Test func `is kept so many times`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            try await ServicesSet.parse(["postgres", "db", "backup-keep", "2"]).run(on: host)
            for _ in 0..<4 { try await ServicesBackup.parse(["postgres", "db"]).run(on: host) }
            #expect(try await ServiceBackups(on: host).all(of: service).count == 2)
            #expect(files(service, host).count == 2)
        }
    }

    @Test func `is backed up by the clock`() async throws {
        let begun = Mutex<[[String]]>([])
        var stage = stage
        stage = try stage.detaching { words in begun.withLock { $0.append(words) } }
        try await stage.with { host in
            _ = try await stage.create(on: host)
            let set = await stage.run("services:backup-schedule", "postgres", "db", "* * * * *", on: host)
            #expect(set.status == 0)
            #expect(
                await stage.run("services:backup-schedule", "postgres", "db", "* * * * *", on: host).said.contains(
                    "unchanged"
                )
            )
            #expect(await stage.run("services:backup-schedule", "postgres", "db", "sometimes", on: host).status == 2)
            await ServiceCare(on: host).tick()
            await ServiceCare(on: host).tick()
            #expect(begun.withLock(\.self) == [["services:backup", "postgres", "db", "--scheduled"]])
            try await ServicesBackupUnschedule.parse(["postgres", "db"]).run(on: host)
            #expect(
                await stage.run("services:backup-unschedule", "postgres", "db", on: host).said.contains("unchanged")
            )
            _ = try await stage.create("memcached", "cache", on: host)
            #expect(await stage.run("services:backup-schedule", "memcached", "cache", "@daily", on: host).status == 3)
        }
    }

    @Test func `is backed up by the clock also when another cannot be`() async throws {
        let begun = Mutex<[String]>([])
        var stage = stage
        stage = try stage.detaching { words in
            if words.contains("one") { throw Failure(.disk, "no process can be made") }
            begun.withLock { $0.append(words[2]) }
        }
        try await stage.with { host in
            for name in ["one", "two"] {
                _ = try await stage.create("postgres", name, on: host)
                try await ServicesBackupSchedule.parse(["postgres", name, "* * * * *"]).run(on: host)
            }
            await ServiceCare(on: host).tick()
            #expect(begun.withLock(\.self) == ["two"])
            #expect(stage.fake.transcript.progress.contains("the backup of postgres one"))
        }
    }

    // MARK: Another version

    @Test func `moves to a new server of another version`() async throws {
        try await stage.with { host in
            try await ServicesCreate.parse(["postgres", "db", "-I", "16"]).run(on: host)
            let old = try await stage.find("postgres", "db", host)
            try await Apps(on: host).create(try AppName("shop"))
            try await ServicesLink.parse(["postgres", "db", "shop"]).run(on: host)
            let link = try #require(try await Services(on: host).links(of: old).first)
            programs.forget()
            let end = await stage.run("services:upgrade", "postgres", "db", on: host)
            #expect(end.status == 0 && end.said.contains("is postgres:17 now, was postgres:16"), "\(end)")
            let now = try await stage.find("postgres", "db", host)
            #expect(now.generation == 2 && now.password == old.password && now.id == old.id)
            let entries = stage.fake.scheduler.entries
            #expect(entries.count == 1 && entries.values.first?.workload.image == "sha256:postgres17")
            #expect(entries.values.first?.workload.mounts.first?.source.hasSuffix("data-2/0") == true)
            #expect(programs.runs.contains { $0.input.contains("PASSWORD '\(link.password)'") })
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: host.paths.service(old.id).string) == ["data-2"]
            )
            #expect(
                await stage.code { try await ServicesUpgrade.parse(["postgres", "db"]).run(on: host) } == .unchanged
            )
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test(arguments: ["pg_dump", "pg_restore", "pg_isready"])
    func `stays with the old server when the new one fails`(program: String) async throws {
        try await stage.with { host in
            try await ServicesCreate.parse(["postgres", "db", "-I", "16"]).run(on: host)
            let old = try await stage.find("postgres", "db", host)
            programs.answer { run in
                let isNew = stage.fake.scheduler.entries[run.handle]?.workload.image == "sha256:postgres17"
                let isMeant = run.words.hasPrefix(program) || program == "pg_restore" && ServiceStage.isRestore(run)
                let fails = isMeant && (isNew || program == "pg_dump")
                return fails ? .init(status: 1) : ServiceStage.server(run)
            }
            #expect(await stage.run("services:upgrade", "postgres", "db", on: host).status == 1)
            let now = try await stage.find("postgres", "db", host)
            #expect(now.reference == "postgres:16" && now.generation == 1)
            let entries = stage.fake.scheduler.entries
            #expect(entries.count == 1 && entries[now.container ?? ""]?.workload.image == "sha256:postgres16")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: host.paths.service(old.id).string) == ["data-1"]
            )
            #expect(try await stage.isQuiet(host))
        }
    }

    @Test func `that neither version can serve any more keeps nobody from ending it`() async throws {
        try await stage.with { host in
            stage.engine.change { $0.images["sha256:rabbitmq5"] = .init(tags: ["rabbitmq:5"], labels: [:]) }
            let isChanged = Mutex(false)
            programs.answer { run in
                if stage.fake.scheduler.entries[run.handle]?.workload.image == "sha256:rabbitmq5" {
                    isChanged.withLock { $0 = true }
                }
                switch run.program.command[0] {
                case "rabbitmq-diagnostics": return .init(status: isChanged.withLock(\.self) ? 1 : 0)
                case "rabbitmqctl" where run.words.contains("export_definitions"): return .init(output: "{}")
                case "sh" where run.words.contains("list_queues"): return .init(output: "1\n")
                default: return .init()
                }
            }
            let service = try await stage.create("rabbitmq", "queue", on: host)
            let end = await stage.run("services:upgrade", "rabbitmq", "queue", "-I", "5", on: host)
            #expect(end.status == 1 && end.said.contains("is rabbitmq:4 again, and does not come up"), "\(end)")
            let backup = try #require(try await ServiceBackups(on: host).all(of: service).first)
            #expect(backup.state == .good && end.said.contains(backup.file), "\(end)")
            #expect(try await stage.find("rabbitmq", "queue", host).reference == "rabbitmq:4")
            #expect(try await stage.events("services:upgrade", host).last?.contains("does not come up") == true)
            let last = try await Operations(on: host).recent(of: try service.subject, limit: 1)
            #expect(last.map(\.status) == [.undone])
            #expect(try await stage.isQuiet(host))
            #expect(await stage.run("services:destroy", "rabbitmq", "queue", "--force", on: host).status == 0)
        }
    }

    @Test func `whose image cannot be had is not touched`() async throws {
        try await stage.with { host in
            let old = try await stage.create(on: host)
            #expect(await stage.run("services:upgrade", "postgres", "db", "-I", "99", on: host).status == 1)
            #expect(try await stage.find("postgres", "db", host) == old)
        }
    }
}
