import Core
import GRDB
import Store

enum ConfigTable {
    static let migrations = [
        Migration(
            7,
            "config",
            """
            CREATE TABLE config (
                app_id TEXT REFERENCES apps (id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL) STRICT;
            CREATE UNIQUE INDEX config_key ON config (IFNULL(app_id, ''), key);
            """
        )
    ]

    static func all(_ app: AppID?, _ database: Database) throws -> [ConfigKey: String] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT key, value FROM config WHERE IFNULL(app_id, '') = ?",
            arguments: [app?.text ?? ""]
        )
        return Dictionary(uniqueKeysWithValues: try rows.map { (try ConfigKey($0["key"]), $0["value"]) })
    }

    static func replace(_ app: AppID?, with values: [ConfigKey: String], _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM config WHERE IFNULL(app_id, '') = ?",
            arguments: [app?.text ?? ""]
        )
        for (key, value) in values {
            try database.execute(
                sql: "INSERT INTO config (app_id, key, value) VALUES (?, ?, ?)",
                arguments: [app?.text, key.text, value]
            )
        }
    }
}
