import Features
import GRDB
import Store
import Support
import SystemPackage
import Testing

/// The schema as the whole product has it.
struct StateTests {
    @Test func `numbers of migrations are unique and rise within each noun`() {
        let numbers = Features.migrations.map(\.number)
        #expect(numbers.count == Set(numbers).count, "\(numbers.sorted())")
        for feature in Features.all {
            #expect(feature.migrations.map(\.number) == feature.migrations.map(\.number).sorted(), "\(feature.noun)")
        }
        #expect(numbers.allSatisfy { $0 > 0 && $0 < 10_000 })
    }

    @Test func `all migrations make one database, and a second opening changes nothing`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("slipway.db")
        let schema = "SELECT IFNULL(sql, name) FROM sqlite_master ORDER BY 1"
        let first = try await Store.open(path, migrations: Features.migrations).read {
            try String.fetchAll($0, sql: schema)
        }
        let store = try Store.open(path, migrations: Features.migrations)
        #expect(try await store.read { try String.fetchAll($0, sql: schema) } == first)
        #expect(try await store.read { try String.fetchAll($0, sql: "PRAGMA foreign_key_check") }.isEmpty)
        #expect(try await store.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2, "2 is FULL")
    }

    @Test func `every table is strict, and what hangs on an app goes with it`() async throws {
        let store = try Store.inMemory(migrations: Features.migrations)
        let tables = try await store.read { database in
            try Row.fetchAll(database, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'table'").map {
                (name: $0["name"] as String, sql: $0["sql"] as String)
            }
        }
        // A journal, a queue and a fence outlive their app; instances must be gone at the engine before it may go.
        let outliving: Set = ["apps", "operations", "queue", "fences", "events", "instances"]
        for table in tables where !table.name.hasPrefix("grdb_") && !table.name.hasPrefix("sqlite_") {
            #expect(table.sql.hasSuffix("STRICT"), "\(table.name)")
            guard table.sql.contains("app_id"), !outliving.contains(table.name) else { continue }
            #expect(table.sql.contains("ON DELETE CASCADE"), "\(table.name)")
        }
    }
}
