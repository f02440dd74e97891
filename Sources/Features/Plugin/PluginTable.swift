import Core
import GRDB
import Store

enum PluginTable {
    static let migrations = [
        Migration(
            80,
            "plugins",
            """
            CREATE TABLE plugins (
                name TEXT PRIMARY KEY,
                enabled INTEGER NOT NULL,
                half INTEGER NOT NULL DEFAULT 0,
                source TEXT,
                committish TEXT,
                revision TEXT,
                installed_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL
            ) STRICT
            """
        )
    ]

    static func states(_ database: Database) throws -> PluginStates {
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM plugins ORDER BY name").map { plugin($0) }
        return PluginStates(rows: Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0) }))
    }

    static func find(_ name: String, _ database: Database) throws -> InstalledPlugin? {
        try Row.fetchOne(database, sql: "SELECT * FROM plugins WHERE name = ?", arguments: [name]).map { plugin($0) }
    }

    static func save(_ plugin: InstalledPlugin, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO plugins (name, enabled, half, source, committish, revision, installed_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, half = excluded.half,
                    source = excluded.source, committish = excluded.committish, revision = excluded.revision,
                    updated_at = excluded.updated_at
                """,
            arguments: [
                plugin.name, plugin.isEnabled, plugin.isHalf, plugin.source, plugin.committish, plugin.commit,
                plugin.installedAt.milliseconds, plugin.updatedAt.milliseconds,
            ]
        )
    }

    static func delete(_ name: String, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM plugins WHERE name = ?", arguments: [name])
    }

    private static func plugin(_ row: Row) -> InstalledPlugin {
        InstalledPlugin(
            name: row["name"],
            isEnabled: row["enabled"],
            isHalf: row["half"],
            source: row["source"],
            committish: row["committish"],
            commit: row["revision"],
            installedAt: Timestamp(milliseconds: row["installed_at"]),
            updatedAt: Timestamp(milliseconds: row["updated_at"])
        )
    }
}
