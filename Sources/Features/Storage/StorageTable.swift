import Core
import GRDB
import Scheduling
import Store

enum StorageTable {
    static let migrations = [
        Migration(
            13,
            "storage",
            """
            CREATE TABLE mounts (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, source TEXT NOT NULL,
                target TEXT NOT NULL, is_read_only INTEGER NOT NULL, PRIMARY KEY (app_id, target)) STRICT;
            """
        ),
        Migration(22, "single writers", "ALTER TABLE mounts ADD COLUMN is_single_writer INTEGER NOT NULL DEFAULT 0;"),
    ]

    static func all(of app: AppID, _ database: Database) throws -> [WorkloadMount] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM mounts WHERE app_id = ? ORDER BY target",
            arguments: [app.text]
        ).map {
            WorkloadMount(
                source: $0["source"],
                target: $0["target"],
                isReadOnly: $0["is_read_only"],
                isSingleWriter: $0["is_single_writer"]
            )
        }
    }

    static func replace(_ app: AppID, with mounts: [WorkloadMount], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM mounts WHERE app_id = ?", arguments: [app.text])
        for mount in mounts {
            try database.execute(
                sql: """
                    INSERT INTO mounts (app_id, source, target, is_read_only, is_single_writer) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [app.text, mount.source, mount.target, mount.isReadOnly, mount.isSingleWriter]
            )
        }
    }
}
