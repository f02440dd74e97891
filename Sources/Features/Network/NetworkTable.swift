import Core
import GRDB
import Store

enum NetworkTable {
    static let migrations = [
        Migration(
            41,
            "networks",
            "CREATE TABLE networks (name TEXT PRIMARY KEY NOT NULL, created_at INTEGER NOT NULL) STRICT;"
        )
    ]

    /// Names of those that were made by us.
    static func all(_ database: Database) throws -> Set<String> {
        try String.fetchSet(database, sql: "SELECT name FROM networks")
    }

    static func insert(_ name: String, at now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO networks (name, created_at) VALUES (?, ?)",
            arguments: [name, now.milliseconds]
        )
    }

    static func delete(_ name: String, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM networks WHERE name = ?", arguments: [name])
    }
}
