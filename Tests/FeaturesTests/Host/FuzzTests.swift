import Core
import Engine
import Glibc
import GRDB
import Store
import Support
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(15))) struct `whatever is typed` {
    /// What is left out, with the reason.
    static let excluded: [String: String] = [
        "doctor": "looks at this very machine",
        "drain": "a loop of a detached process",
        "git-receive-pack": "hands our descriptors to git",
        "git-upload-archive": "hands our descriptors to git",
        "git-upload-pack": "hands our descriptors to git",
        "git:hook": "speaks with git on our descriptors",
        "help:pages": "writes into a folder that is named",
        "plugin:create": "writes into a folder that is named",
        "serve": "a loop",
        "setup": "changes this very machine",
        "shell": "reads lines and runs them on the real host",
    ]

    /// Ends of commands that answer by their status alone.
    static let silent: Set = [
        "apps:locked", "config:get", "plugin:installed", "plugin:answer", "network:exists", "enter", "run",
    ]

    /// What lists what is wrong as its answer, and says by its status whether there is anything.
    static let listing: Set = ["doctor", "repair", "ps:restore"]

    /// What tells of attempts, whether they came to something or not.
    static let records: Set = [
        "operations", "events", "fences", "queue", "releases", "builds", "instances", "host", "grdb_migrations",
        "back_offs", "freed_addresses", "sqlite_sequence", "steps",
    ]

    static let commands = Features.facts().filter { excluded[$0.name] == nil }

    @Test func `what is left out is there`() {
        let names = Set(Features.facts().map(\.name))
        for name in Self.excluded.keys where name != "git-upload-archive" { #expect(names.contains(name), "\(name)") }
    }

    @Test func `neither crashes nor hangs nor is half done, and every failure has words`() async throws {
        // What reads its standard input finds its end.
        let nothing = open("/dev/null", O_RDONLY)
        try #require(nothing >= 0 && dup2(nothing, 0) == 0)
        // Hosts know nothing of each other, so that two are at work at once.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 1...2 as ClosedRange<UInt64> {
                group.addTask {
                    for seed in stride(from: lane, through: 40, by: 2) { try await Self.batch(seed, lines: 250) }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func batch(_ seed: UInt64, lines: Int) async throws {
        var maker = LineMaker(seed: seed, Self.commands)
        let script = (0..<lines).map { _ in maker.line() }
        let fake = Fake()
        try await FakeEngine().with(fake) { host in
            var host = host
            host.caller.patience = .zero
            _ = try await host.deployedApp()
            try await Apps(on: host).create(try AppName("api"))
            var before = try await Self.contents(host)
            for words in script {
                let (status, answer, said) = await Self.run(words, host)
                let (last, after) = (before.changes, try await Self.contents(host, since: before))
                Self.judge(words, status, answer, said, seed)
                // With --all it is one app after the other, and one that fails keeps no other from it.
                if status != 0, before.rows != after.rows, !words.contains("--all") {
                    let tables = after.rows.filter { before.rows[$0.key] != $0.value }.map(\.key).sorted()
                    #expect(
                        tables.isEmpty,
                        "seed \(seed): \(words) failed with \(status) and changed \(tables): \(said)"
                    )
                }
                before = after
                guard after.changes != last, try await Apps(on: host).names().count < 2 else { continue }
                try await Self.refill(host)
                before = try await Self.contents(host)
            }
            let broken = try await host.store.read { try String.fetchAll($0, sql: "PRAGMA foreign_key_check") }
            #expect(broken.isEmpty, "seed \(seed)")
        }
    }

    /// Commands have destroyed or renamed what the next ones are to find.
    private static func refill(_ host: Host) async throws {
        let names = Set(try await Apps(on: host).names())
        if !names.contains("shop") { _ = try? await host.deployedApp() }
        if !names.contains("api") { _ = try? await Apps(on: host).create(try AppName("api")) }
    }

    private static func run(_ words: [String], _ host: Host) async -> (Int32, String, String) {
        let transcript = TranscriptOutput()
        do {
            let status = try await withTimeout(.seconds(20)) {
                await Dispatch().run(words, output: transcript.output) { _, output in
                    var own = host
                    own.output = output
                    return own
                }
            }
            return (status, transcript.answer, transcript.progress)
        } catch {
            Issue.record("\(words) did not end within 20 s")
            return (0, "", "")
        }
    }

    private static func judge(
        _ words: [String],
        _ status: Int32,
        _ answer: String,
        _ said: String,
        _ seed: UInt64
    ) {
        #expect(
            [0, 1, 2, 3, 5, 6, 10, 20].contains(status) || isProgram(words),
            "seed \(seed): \(words) ends with \(status)"
        )
        #expect(!said.contains("P999"), "seed \(seed): \(words): \(said)")
        let isSilent = words.contains { silent.contains($0) } || isProgram(words)
        let hasWords = said.contains(" !     P") || !answer.isEmpty && words.contains { listing.contains($0) }
        if status != 0, !isSilent { #expect(hasWords, "seed \(seed): \(words) fails without words") }
        let controls = said.unicodeScalars.filter { ($0.value < 32 && $0 != "\n" && $0 != "\t") || $0.value == 127 }
        #expect(controls.isEmpty, "seed \(seed): \(words) says control characters")
    }

    /// Passes on the status of somebody else's program.
    private static func isProgram(_ words: [String]) -> Bool {
        words.contains { ["run", "run:detached", "enter", "storage:exec", "cron:run"].contains($0) }
    }

    private struct Contents: Sendable {
        var changes: Int
        var rows: [String: [String]]
    }

    /// Every row of every table but the records, read again only where something was written.
    private static func contents(_ host: Host, since last: Contents? = nil) async throws -> Contents {
        try await host.store.read { database in
            if let last, last.changes == database.totalChangesCount { return last }
            let tables = try String.fetchAll(
                database,
                sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
            var rows: [String: [String]] = [:]
            for table in tables where !records.contains(table) {
                rows[table] = try Row.fetchAll(database, sql: "SELECT * FROM \"\(table)\" ORDER BY 1").map(
                    \.description
                )
            }
            return Contents(changes: database.totalChangesCount, rows: rows)
        }
    }
}
