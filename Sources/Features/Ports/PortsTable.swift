import Core
import GRDB
import Store

enum PortsTable {
    static let migrations = [
        Migration(
            10,
            "ports",
            """
            CREATE TABLE ports (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, scheme TEXT NOT NULL,
                host INTEGER NOT NULL, container INTEGER NOT NULL, PRIMARY KEY (app_id, scheme, host)) STRICT;
            """
        )
    ]

    static func all(of app: AppID, _ database: Database) throws -> [PortMapping] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM ports WHERE app_id = ? ORDER BY scheme, host"),
            arguments: [app.text]
        ).map {
            PortMapping(
                scheme: $0["scheme"],
                host: try Port($0["host"] as Int),
                container: try Port($0["container"] as Int)
            )
        }
    }

    static func replace(_ app: AppID, with mappings: [PortMapping], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM ports WHERE app_id = ?", arguments: [app.text])
        for mapping in mappings {
            try database.execute(
                sql: "INSERT INTO ports (app_id, scheme, host, container) VALUES (?, ?, ?, ?)",
                arguments: [app.text, mapping.scheme, Int(mapping.host.number), Int(mapping.container.number)]
            )
        }
    }
}
