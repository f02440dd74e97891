import Core
import FoundationEssentials
import GRDB
import Store

enum MaintenanceTable {
    static let migrations = [
        Migration(
            50,
            "maintenance",
            """
            CREATE TABLE maintenance (
                app_id TEXT PRIMARY KEY NOT NULL REFERENCES apps (id) ON DELETE CASCADE) STRICT;
            CREATE TABLE maintenance_files (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
                name TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (app_id, name)) STRICT;
            """
        )
    ]

    static func isOn(_ app: AppID, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM maintenance WHERE app_id = ?)"),
            arguments: [app.text]
        ) ?? false
    }

    static func turn(_ isOn: Bool, _ app: AppID, _ database: Database) throws {
        let sql =
            isOn ? "INSERT OR IGNORE INTO maintenance (app_id) VALUES (?)" : "DELETE FROM maintenance WHERE app_id = ?"
        try database.execute(sql: sql, arguments: [app.text])
    }

    /// How many files an app's own page has; none is the host's page.
    static func count(_ app: AppID, _ database: Database) throws -> Int {
        let sql = "SELECT COUNT(*) FROM maintenance_files WHERE app_id = ?"
        return try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [app.text]) ?? 0
    }

    static func all(_ app: AppID, _ database: Database) throws -> [String: [UInt8]] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT name, content FROM maintenance_files WHERE app_id = ?",
            arguments: [app.text]
        )
        return Dictionary(
            uniqueKeysWithValues: rows.map { ($0["name"] as String, Array($0["content"] as Data)) }
        )
    }

    static func replace(_ app: AppID, with files: [String: [UInt8]], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM maintenance_files WHERE app_id = ?", arguments: [app.text])
        for (name, bytes) in files {
            try database.execute(
                sql: "INSERT INTO maintenance_files (app_id, name, content) VALUES (?, ?, ?)",
                arguments: [app.text, name, Data(bytes)]
            )
        }
    }
}
