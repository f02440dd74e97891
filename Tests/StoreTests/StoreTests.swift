import Core
import GRDB
import Store
import Support
import SystemPackage
import Testing

struct StoreTests {
    let folder: TemporaryFolder
    var path: FilePath { folder.path.appending("slipway.db") }
    let first = Migration(1, "apps", "CREATE TABLE apps (id TEXT PRIMARY KEY NOT NULL) STRICT;")
    let second = Migration(
        2,
        "domains",
        "CREATE TABLE domains (name TEXT PRIMARY KEY NOT NULL, app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE);"
    )

    init() throws { folder = try TemporaryFolder() }

    @Test func `the file and those beside it are for the owner alone`() async throws {
        let store = try Store.open(path, migrations: [first])
        try await store.write { try $0.execute(sql: "INSERT INTO apps VALUES ('a')") }
        let names = try folder.names()
        #expect(names.contains("slipway.db") && names.contains("slipway.db-wal"))
        for name in names { #expect(try folder.mode(name) == 0o600, "\(name)") }
    }

    @Test func `a write is on the disk before it is said to be done`() async throws {
        let store = try Store.open(path, migrations: [first])
        let (synchronous, journal, keys) = try await store.write { database in
            (
                try Int.fetchOne(database, sql: "PRAGMA synchronous"),
                try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                try Bool.fetchOne(database, sql: "PRAGMA foreign_keys")
            )
        }
        #expect(synchronous == 2, "2 is FULL")
        #expect(journal == "wal")
        #expect(keys == true)
    }

    @Test func `migrations run in the order of their numbers, each once`() async throws {
        _ = try Store.open(path, migrations: [second, first])
        let store = try Store.open(path, migrations: [first, second])
        let applied = try await store.read {
            try String.fetchAll($0, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid")
        }
        #expect(applied == ["0001 apps", "0002 domains"])
    }

    @Test func `a file of yesterday is brought up to date, with what is in it`() async throws {
        let old = try Store.open(path, migrations: [first])
        try await old.write { try $0.execute(sql: "INSERT INTO apps VALUES ('a')") }
        let store = try Store.open(path, migrations: [first, second])
        try await store.write { try $0.execute(sql: "INSERT INTO domains VALUES ('a.example', 'a')") }
        try await store.write { try $0.execute(sql: "DELETE FROM apps") }
        #expect(try await store.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM domains") } == 0)
    }

    @Test func `a file of a newer program is refused and left as it is`() async throws {
        _ = try Store.open(path, migrations: [first, second])
        #expect(throws: StoreError.newer(found: "0002 domains")) { try Store.open(path, migrations: [first]) }
        #expect(StoreError.newer(found: "0002 domains").failure.code == .newerDatabase)
        #expect(StoreError.newer(found: "").failure.code.status == .refused)
        let store = try Store.open(path, migrations: [first, second])
        #expect(try await store.read { try $0.tableExists("domains") })
    }

    @Test func `a migration that fails leaves nothing of itself`() throws {
        let broken = Migration(2, "broken", "CREATE TABLE half (id TEXT); CREATE NONSENSE;")
        #expect(throws: DatabaseError.self) { try Store.open(path, migrations: [first, broken]) }
        let store = try Store.open(path, migrations: [first])
        #expect(try store.database.read { try !$0.tableExists("half") })
    }

    @Test func `a transaction is all or nothing`() async throws {
        struct Stop: Error {}
        let store = try Store.inMemory(migrations: [first])
        await #expect(throws: Stop.self) {
            try await store.write { database in
                try database.execute(sql: "INSERT INTO apps VALUES ('a')")
                throw Stop()
            }
        }
        #expect(try await store.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM apps") } == 0)
    }

    @Test(.timeLimit(.minutes(1))) func `two openers of one file write one after the other`() async throws {
        let stores = [try Store.open(path, migrations: [first]), try Store.open(path, migrations: [first])]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let store = stores[number % 2]
                group.addTask {
                    try await store.write {
                        try $0.execute(sql: "INSERT INTO apps VALUES (?)", arguments: ["\(number)"])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await stores[0].read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM apps") } == 40)
    }

    @Test func `the data version moves when another has written`() async throws {
        let (one, other) = (try Store.open(path, migrations: [first]), try Store.open(path, migrations: [first]))
        let before = try await one.dataVersion()
        #expect(try await one.dataVersion() == before)
        try await other.write { try $0.execute(sql: "INSERT INTO apps VALUES ('a')") }
        #expect(try await one.dataVersion() != before)
    }

    @Test func `a full disk is said to be full`() async throws {
        let store = try Store.open(path, migrations: [first])
        await #expect {
            try await store.write { database in
                try database.execute(sql: "PRAGMA max_page_count = 8")
                for number in 0..<1000 {
                    try database.execute(
                        sql: "INSERT INTO apps VALUES (?)",
                        arguments: ["\(number)" + String(repeating: "x", count: 1000)]
                    )
                }
            }
        } throws: {
            guard let error = $0 as? StoreError, case .disk(_, isFull: true) = error else { return false }
            return error.failure.code == .disk
        }
        #expect(try await store.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM apps") } == 0)
    }

    @Test func `a row whose owner was destroyed meanwhile is refused with words`() async throws {
        let owned = Migration(2, "rows", "CREATE TABLE rows (app TEXT NOT NULL REFERENCES apps (id)) STRICT")
        let store = try Store.open(path, migrations: [first, owned])
        await #expect(throws: StoreError.ownerGone) {
            try await store.write { try $0.execute(sql: "INSERT INTO rows VALUES ('gone')") }
        }
        #expect(StoreError.ownerGone.failure.code == .noSuchApp)
    }

    @Test(.timeLimit(.minutes(1))) func `who waits for a writer that does not end is told so`() async throws {
        let one = try Store.open(path, migrations: [first])
        let other = try Store.open(path, migrations: [first], busy: .milliseconds(20))
        let ends = try FileDescriptor.pipe()
        async let writing: Void = one.write { database in
            try database.execute(sql: "INSERT INTO apps VALUES ('a')")
            var byte: UInt8 = 0
            _ = try withUnsafeMutableBytes(of: &byte) { try ends.readEnd.read(into: $0) }
        }
        var refusal: StoreError?
        while refusal == nil {
            do {
                try await other.write { try $0.execute(sql: "INSERT OR IGNORE INTO apps VALUES ('b')") }
            } catch let error as StoreError { refusal = error }
        }
        #expect(refusal == .busy)
        #expect(refusal?.failure.code == .busy)
        // Closing would not do: a process that another test starts meanwhile has the end as well.
        try ends.writeEnd.writeAll([0])
        try await writing
        try ends.writeEnd.close()
        try ends.readEnd.close()
    }
}
