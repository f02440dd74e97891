import ArgumentParser
import Core
import Files
import FoundationEssentials
import Programs
import Scheduling
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `what plugins hear of a backup` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    private var programs: FakePrograms { stage.fake.scheduler.programs }

    @Test(arguments: [ServiceBackupStep.row, .proof, .keep])
    func `whose process dies is told once`(behind last: ServiceBackupStep) async throws {
        try await hearing().with { host in
            let made = try await ServiceBackups(on: host).make(of: try await stage.create(on: host), cause: "by hand")
            #expect(heard("post-backup postgres db") == 1)
            _ = try await stage.leave(made, behind: last, on: host)
            for _ in 0..<2 { _ = try await Operations(on: host).settleAllOrphans() }
            let isKept = last == .keep
            #expect(heard("post-backup postgres db") == (isKept ? 2 : 1))
            #expect(heard("backup-failed postgres db its process ended") == (isKept ? 0 : 1))
        }
    }

    @Test func `that fails is told once, whether it was begun or not`() async throws {
        try await hearing().with { host in
            _ = try await stage.create(on: host)
            programs.answer { $0.words.hasPrefix("pg_dump") ? .init(status: 137) : ServiceStage.server($0) }
            #expect(await stage.run("services:backup", "postgres", "db", on: host).status == 1)
            _ = try await Operations(on: host).settleAllOrphans()
            #expect(heard("backup-failed postgres db") == 1)
            try await ServicesStop.parse(["postgres", "db"]).run(on: host)
            #expect(await stage.run("services:backup", "postgres", "db", on: host).status != 0)
            #expect(heard("backup-failed postgres db") == 2)
        }
    }

    /// With a plugin that says what it is told.
    private func hearing() throws -> ServiceStage {
        try stage.folder.write("plugins/ears/plugin.toml", "[plugin]\nversion = \"1\"\n")
        for trigger in ["post-backup", "backup-failed"] {
            let text = "#!/bin/sh\necho \"\(trigger) $*\" >>\(stage.folder.path)/heard\n"
            try stage.folder.write("plugins/ears/hooks/\(trigger)", text, mode: 0o755)
        }
        var stage = stage
        stage.fake.programs = .live
        return stage
    }

    private func heard(_ words: String) -> Int {
        let text = try? String(contentsOfFile: "\(stage.folder.path)/heard", encoding: .utf8)
        return (text ?? "").split(separator: "\n").count { $0.hasPrefix(words) }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `an import that fails` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    private func load(_ dump: String, into service: Service, on host: Host) async -> FailureCode? {
        let once = ServiceOnce(Array(dump.utf8))
        return await stage.code { try await Services(on: host).restore(service) { await once.take() } }
    }

    private func kept(_ service: Service, _ host: Host) throws -> [String] {
        try listFolder(host.paths.service(service.id)).filter { $0.hasPrefix("before-import-") }
    }

    @Test func `leaves a dump of what a server held that changes its data while it reads`() async throws {
        try await stage.with { host in
            stage.fake.scheduler.programs.answer { run in
                if run.program.command[0] == "mariadb-dump" { return .init(output: "OLD") }
                return run.input == "BAD" ? .init(error: "line 7\n", status: 1) : .init()
            }
            let service = try await stage.create("mariadb", "db", on: host)
            #expect(await load("BAD", into: service, on: host) == .programFailed)
            let name = try #require(try kept(service, host).first)
            let path = host.paths.service(service.id).appending(name)
            #expect(try readFile(path) == Array("OLD".utf8))
            #expect(stage.fake.transcript.progress.contains("slipway mariadb:import db < \(path)"))
            #expect(try await stage.events("services:import", host).last?.contains("is in \(path)") == true)
            let last = try await Operations(on: host).recent(of: try service.subject, limit: 1)
            #expect(last.map(\.status) == [.undone])
            #expect(await load("OLD", into: service, on: host) == nil)
            #expect(try kept(service, host).isEmpty)
        }
    }

    @Test func `leaves none of one that takes a dump at once`() async throws {
        try await stage.with { host in
            let service = try await stage.create("postgres", "db", on: host)
            stage.fake.scheduler.programs.answer { _ in .init(error: "bad\n", status: 1) }
            #expect(await load("BAD", into: service, on: host) == .programFailed)
            #expect(try kept(service, host).isEmpty)
        }
    }
}

extension ServiceStage {
    /// Journal and row as a process leaves them that died behind a step; of the row alone no number is noted yet.
    func leave(_ made: ServiceBackup, behind last: ServiceBackupStep, on host: Host) async throws -> Int64 {
        let all = ServiceBackupStep.allCases
        let done = all.prefix(through: try #require(all.firstIndex(of: last)))
        return try await host.begin(
            ServiceBackups.kind.name,
            of: made.service,
            notes: last == .row ? [:] : ["backup": "\(made.id)"],
            done: done.map(\.rawValue)
        ) { database in
            guard last != .keep else { return }
            var row = made
            (row.state, row.provenAt) = (.running, nil)
            try ServicesTable.update(row, database)
        }
    }
}
