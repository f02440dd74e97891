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
        ),
        Migration(
            85,
            "properties of plugins",
            """
            CREATE TABLE plugin_properties (
                plugin TEXT NOT NULL,
                app_id TEXT REFERENCES apps (id) ON DELETE CASCADE,
                scope TEXT NOT NULL,
                name TEXT NOT NULL,
                value TEXT NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX plugin_properties_key ON plugin_properties (plugin, IFNULL(app_id, ''), scope, name);
            """
        ),
        Migration(
            91,
            "updates of plugins under way",
            "ALTER TABLE plugins ADD COLUMN updating INTEGER NOT NULL DEFAULT 0"
        ),
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
                INSERT INTO plugins (name, enabled, half, updating, source, committish, revision, installed_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, half = excluded.half,
                    updating = excluded.updating, source = excluded.source, committish = excluded.committish,
                    revision = excluded.revision, updated_at = excluded.updated_at
                """,
            arguments: [
                plugin.name, plugin.isEnabled, plugin.isHalf, plugin.isUpdating, plugin.source, plugin.committish,
                plugin.commit, plugin.installedAt.milliseconds, plugin.updatedAt.milliseconds,
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
            isUpdating: row["updating"],
            source: row["source"],
            committish: row["committish"],
            commit: row["revision"],
            installedAt: Timestamp(milliseconds: row["installed_at"]),
            updatedAt: Timestamp(milliseconds: row["updated_at"])
        )
    }
}

// MARK: What plugins keep

extension PluginTable {
    static func property(
        _ plugin: String,
        _ scope: PluginProperties.Scope,
        _ name: String,
        _ database: Database
    ) throws -> String? {
        try String.fetchOne(
            database,
            sql: """
                SELECT value FROM plugin_properties
                WHERE plugin = ? AND IFNULL(app_id, '') = ? AND scope = ? AND name = ?
                """,
            arguments: [plugin, scope.app?.id.text ?? "", scope.word, name]
        )
    }

    static func properties(
        _ plugin: String,
        _ scope: PluginProperties.Scope,
        _ database: Database
    ) throws -> [String: String] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT name, value FROM plugin_properties WHERE plugin = ? AND IFNULL(app_id, '') = ? AND scope = ?",
            arguments: [plugin, scope.app?.id.text ?? "", scope.word]
        )
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["name"], $0["value"]) })
    }

    static func setProperty(
        _ plugin: String,
        _ scope: PluginProperties.Scope,
        _ name: String,
        to value: String?,
        _ database: Database
    ) throws {
        try database.execute(
            sql: """
                DELETE FROM plugin_properties
                WHERE plugin = ? AND IFNULL(app_id, '') = ? AND scope = ? AND name = ?
                """,
            arguments: [plugin, scope.app?.id.text ?? "", scope.word, name]
        )
        guard let value else { return }
        try database.execute(
            sql: "INSERT INTO plugin_properties (plugin, app_id, scope, name, value) VALUES (?, ?, ?, ?, ?)",
            arguments: [plugin, scope.app?.id.text, scope.word, name, value]
        )
    }

    /// - Returns: Whether there were any.
    @discardableResult
    static func deleteProperties(
        _ plugin: String,
        _ scope: PluginProperties.Scope,
        _ database: Database
    ) throws -> Bool {
        try database.execute(
            sql: "DELETE FROM plugin_properties WHERE plugin = ? AND IFNULL(app_id, '') = ? AND scope = ?",
            arguments: [plugin, scope.app?.id.text ?? "", scope.word]
        )
        return database.changesCount > 0
    }

    /// Gives a clone what plugins keep about the app it was made from.
    static func copyProperties(from app: AppID, to copy: AppID, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO plugin_properties (plugin, app_id, scope, name, value)
                SELECT plugin, ?, scope, name, value FROM plugin_properties WHERE app_id = ?
                """,
            arguments: [copy.text, app.text]
        )
    }
}
