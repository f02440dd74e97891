import Core
import GRDB
import Store

enum AppsTable {
    static let migrations = [
        Migration(
            2,
            "apps",
            """
            CREATE TABLE apps (
                id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
                current INTEGER, lock TEXT, is_stopped INTEGER NOT NULL DEFAULT 0) STRICT;
            CREATE TABLE former_names (
                name TEXT PRIMARY KEY NOT NULL, app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE) STRICT;
            """
        )
    ]

    static func find(_ name: AppName, _ database: Database) throws -> App? {
        try Row.fetchOne(database, sql: "SELECT * FROM apps WHERE name = ?", arguments: [name.text]).map(app)
    }

    /// The app that once had this name and gave it up by a rename.
    static func findFormer(_ name: AppName, _ database: Database) throws -> App? {
        try Row.fetchOne(
            database,
            sql: "SELECT apps.* FROM former_names JOIN apps ON apps.id = app_id WHERE former_names.name = ?",
            arguments: [name.text]
        ).map(app)
    }

    static func find(_ id: AppID, _ database: Database) throws -> App? {
        try Row.fetchOne(database, sql: "SELECT * FROM apps WHERE id = ?", arguments: [id.text]).map(app)
    }

    static func all(_ database: Database) throws -> [App] {
        try Row.fetchAll(database, sql: "SELECT * FROM apps ORDER BY name").map(app)
    }

    static func names(_ database: Database) throws -> [String] {
        try String.fetchAll(database, sql: "SELECT name FROM apps ORDER BY name")
    }

    static func insert(_ app: App, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM former_names WHERE name = ?", arguments: [app.name.text])
        try database.execute(
            sql: "INSERT INTO apps (id, name, created_at) VALUES (?, ?, ?)",
            arguments: [app.id.text, app.name.text, app.createdAt.milliseconds]
        )
    }

    static func delete(_ id: AppID, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM apps WHERE id = ?", arguments: [id.text])
    }

    static func rename(_ app: App, to name: AppName, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM former_names WHERE name = ?", arguments: [name.text])
        try database.execute(
            sql: "UPDATE apps SET name = ? WHERE id = ?",
            arguments: [name.text, app.id.text]
        )
        try database.execute(
            sql: "INSERT OR REPLACE INTO former_names (name, app_id) VALUES (?, ?)",
            arguments: [app.name.text, app.id.text]
        )
    }

    static func setLock(_ reason: String?, on id: AppID, _ database: Database) throws {
        try database.execute(sql: "UPDATE apps SET lock = ? WHERE id = ?", arguments: [reason, id.text])
    }

    static func setCurrent(_ number: Int?, of id: AppID, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE apps SET current = ?, is_stopped = 0 WHERE id = ?",
            arguments: [number, id.text]
        )
    }

    static func setStopped(_ isStopped: Bool, _ id: AppID, _ database: Database) throws {
        try database.execute(sql: "UPDATE apps SET is_stopped = ? WHERE id = ?", arguments: [isStopped, id.text])
    }

    private static func app(_ row: Row) throws -> App {
        App(
            id: try AppID(row["id"]),
            name: try AppName(row["name"]),
            createdAt: Timestamp(milliseconds: row["created_at"]),
            current: row["current"],
            lock: row["lock"],
            isStopped: row["is_stopped"]
        )
    }
}
