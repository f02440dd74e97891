import ArgumentParser
import Core
import Engine
import FoundationEssentials
import GRDB
import Probes
import Programs
import Scheduling
import Store
import Support
import SystemPackage

@testable import Features

/// A host with the kinds of this repository, on an engine and servers that remember.
struct ServiceStage {
    let folder: TemporaryFolder
    var fake: Fake
    let engine: FakeEngine

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        var state = FakeEngine.State()
        for image in ["postgres:16", "postgres:17", "redis:7", "mariadb:11", "memcached:1.6", "rabbitmq:4"] {
            state.images["sha256:\(image.replacing(":", with: ""))"] = .init(tags: [image], labels: [:])
        }
        engine = FakeEngine(state)
        for kind in Self.kinds {
            let target = folder.path.appending("core-plugins/\(kind)")
            try FileManager.default.createDirectory(atPath: target.string, withIntermediateDirectories: true)
            // One that never answers counts as failed soon: time is a number of readings here.
            let text = try Self.text(kind).replacing("[ready]\n", with: "[ready]\nseconds = 1\n")
            try text.replacing("seconds = 120\n", with: "").write(
                toFile: target.appending("service.toml").string,
                atomically: true,
                encoding: .utf8
            )
        }
        fake.scheduler.programs.answer(Self.server)
    }

    static let kinds = ["mariadb", "memcached", "minio", "mongo", "mysql", "postgres", "rabbitmq", "redis"]

    /// The declaration as it comes with the product.
    static func text(_ kind: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
        return try String(contentsOfFile: "\(root)/plugins/\(kind)/service.toml", encoding: .utf8)
    }

    /// What a server that works says.
    static let server: FakePrograms.Script = { run in
        switch run.program.command[0] {
        case "pg_dump": return .init(output: "PGDMP rows")
        case "psql" where run.input.contains("count("): return .init(output: "3\n")
        case "redis-cli" where run.words.contains("--rdb"): return .init(output: "REDIS0010")
        case "sh" where run.words.contains("INFO keyspace"): return .init(output: "2\n")
        default: return .init()
        }
    }

    /// Whether PostgreSQL is to read a dump.
    @Sendable static func isRestore(_ run: FakePrograms.Run) -> Bool { run.words.contains("pg_restore") }

    /// The same, and what is started on its own is only told.
    func detaching(_ tell: @escaping @Sendable ([String]) throws -> Void) throws -> ServiceStage {
        var copy = self
        copy.fake.programs.detach = { program, _ in
            try tell(program.arguments)
            return 1
        }
        return copy
    }

    func with(_ work: (Host) async throws -> Void) async throws {
        var fake = fake
        // Nobody uses the ports of this host.
        let plain = fake.probes.connect
        fake.probes.connect = { address, port, limit in
            address == ExposedPort.loopback ? .refused : try await plain(address, port, limit)
        }
        try await engine.with(fake, work)
    }

    func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return (error as? ExitCode) == nil ? Failure(error).code : .programFailed }
        return nil
    }

    /// Runs a command as a person would, and gives its status and what it said.
    func run(_ words: String..., on host: Host) async -> (status: Int32, answer: String, said: String) {
        let transcript = TranscriptOutput()
        let status = await Dispatch().run(words, output: transcript.output) { _, output in
            var own = host
            own.output = output
            return own
        }
        return (status, transcript.answer, transcript.progress)
    }

    func create(_ kind: String = "postgres", _ name: String = "db", on host: Host) async throws -> Service {
        try await ServicesCreate.parse([kind, name]).run(on: host)
        return try await find(kind, name, host)
    }

    func find(_ kind: String, _ name: String, _ host: Host) async throws -> Service {
        try await Services(on: host).find(try ServiceKindName(kind), try ServiceName(name))
    }

    func events(_ name: String, _ host: Host) async throws -> [String] {
        try await host.store.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT detail FROM events WHERE name = ? ORDER BY id",
                arguments: [name]
            )
        }
    }

    /// Nothing is under way.
    func isQuiet(_ host: Host) async throws -> Bool { try await Operations(on: host).running().isEmpty }
}
