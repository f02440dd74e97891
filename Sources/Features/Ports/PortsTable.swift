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
        ),
        Migration(
            73,
            "own ports",
            """
            CREATE TABLE own_ports (
                app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id) ON DELETE CASCADE,
                port INTEGER NOT NULL UNIQUE) STRICT;
            """
        ),
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

extension PortsTable {
    /// The port that an app alone has.
    static func own(_ app: AppID, _ database: Database) throws -> Port? {
        try Int.fetchOne(database, sql: "SELECT port FROM own_ports WHERE app_id = ?", arguments: [app.text]).map {
            try Port($0)
        }
    }

    static func keep(_ port: Port, for app: AppID, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO own_ports (app_id, port) VALUES (?, ?)",
            arguments: [app.text, Int(port.number)]
        )
    }

    /// The app that alone has a port.
    static func owner(of port: Port, _ database: Database) throws -> AppID? {
        try String.fetchOne(
            database,
            sql: "SELECT app_id FROM own_ports WHERE port = ?",
            arguments: [Int(port.number)]
        ).map { try AppID($0) }
    }

    /// Ports of the host that some app has by itself or has mapped.
    static func taken(_ database: Database) throws -> Set<Int> {
        try Int.fetchSet(database, sql: "SELECT port FROM own_ports UNION SELECT host FROM ports")
    }
}
