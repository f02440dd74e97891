import Core
import Engine
import GRDB
import Store

enum RegistryTable {
    static let migrations = [
        Migration(
            71,
            "registries",
            """
            CREATE TABLE registry_logins (
                app_id TEXT REFERENCES apps (id) ON DELETE CASCADE, server TEXT NOT NULL, username TEXT NOT NULL,
                password TEXT NOT NULL) STRICT;
            CREATE UNIQUE INDEX registry_logins_key ON registry_logins (IFNULL(app_id, ''), server);
            CREATE TABLE registry_pushes (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, image TEXT NOT NULL,
                reference TEXT NOT NULL, PRIMARY KEY (app_id, image)) STRICT;
            CREATE TABLE registry_versions (
                app_id TEXT PRIMARY KEY NOT NULL REFERENCES apps (id) ON DELETE CASCADE, version INTEGER NOT NULL) STRICT;
            """
        )
    ]

    // MARK: Logins

    static func login(_ server: RegistryServer, of app: AppID?, _ database: Database) throws -> RegistryAuth? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM registry_logins WHERE server = ? AND IFNULL(app_id, '') = ?",
            arguments: [server.text, app?.text ?? ""]
        ).map(auth)
    }

    /// Those that hold for an app: its own, and the host's for servers that it has none for.
    static func logins(of app: AppID?, _ database: Database) throws -> [String: RegistryAuth] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM registry_logins WHERE app_id IS NULL OR app_id = ? ORDER BY app_id IS NOT NULL
                """,
            arguments: [app?.text ?? ""]
        )
        return Dictionary(try rows.map { ($0["server"] as String, try auth($0)) }) { $1 }
    }

    static func save(_ auth: RegistryAuth, for server: RegistryServer, of app: AppID?, _ database: Database) throws {
        _ = try delete(server, of: app, database)
        try database.execute(
            sql: "INSERT INTO registry_logins (app_id, server, username, password) VALUES (?, ?, ?, ?)",
            arguments: [app?.text, server.text, auth.username, auth.password]
        )
    }

    /// - Returns: False when there was none.
    static func delete(_ server: RegistryServer, of app: AppID?, _ database: Database) throws -> Bool {
        try database.execute(
            sql: "DELETE FROM registry_logins WHERE server = ? AND IFNULL(app_id, '') = ?",
            arguments: [server.text, app?.text ?? ""]
        )
        return database.changesCount > 0
    }

    private static func auth(_ row: Row) throws -> RegistryAuth {
        let server = try RegistryServer(row["server"])
        return RegistryAuth(username: row["username"], password: row["password"], server: server.address)
    }

    // MARK: What was pushed

    /// `repository@sha256:...` of an image by its id; nil when it never was pushed.
    static func push(of image: String, _ app: AppID, _ database: Database) throws -> String? {
        try String.fetchOne(
            database,
            sql: "SELECT reference FROM registry_pushes WHERE app_id = ? AND image = ?",
            arguments: [app.text, image]
        )
    }

    static func version(of app: AppID, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT version FROM registry_versions WHERE app_id = ?"),
            arguments: [app.text]
        ) ?? 0
    }

    static func recordPush(
        of image: String,
        as reference: String?,
        version: Int,
        _ app: AppID,
        _ database: Database
    ) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO registry_versions (app_id, version) VALUES (?, ?)",
            arguments: [app.text, version]
        )
        guard let reference else { return }
        try database.execute(
            sql: "INSERT OR REPLACE INTO registry_pushes (app_id, image, reference) VALUES (?, ?, ?)",
            arguments: [app.text, image, reference]
        )
    }
}
