import Core
import FoundationEssentials
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
        ),
        Migration(
            19,
            "archives",
            """
            ALTER TABLE apps ADD COLUMN archive TEXT;
            CREATE TABLE gone_apps (id TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL) STRICT;
            """
        ),
    ]

    /// An app that is there, not an archived one.
    static func find(_ name: AppName, _ database: Database) throws -> App? {
        try Row.fetchOne(database, sql: "SELECT * FROM apps WHERE name = ?", arguments: [name.text])
            .map(app)
    }

    /// The app that once had this name and gave it up by a rename.
    static func findFormer(_ name: AppName, _ database: Database) throws -> App? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT apps.* FROM former_names JOIN apps ON apps.id = app_id
                WHERE former_names.name = ? AND archive IS NULL
                """,
            arguments: [name.text]
        ).map(app)
    }

    /// An app that was destroyed while somebody waited for something else is none.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/noSuchApp``.
    static func demandPresent(_ app: App, _ database: Database) throws {
        guard let present = try find(app.id, database), present.archive == nil else {
            throw Failure.noSuchApp(app.name.text)
        }
    }

    /// Also an archived one.
    static func find(_ id: AppID, _ database: Database) throws -> App? {
        try Row.fetchOne(database, sql: "SELECT * FROM apps WHERE id = ?", arguments: [id.text]).map(app)
    }

    static func all(_ database: Database) throws -> [App] {
        try Row.fetchAll(database, sql: "SELECT * FROM apps WHERE archive IS NULL ORDER BY name").map(app)
    }

    static func names(_ database: Database) throws -> [String] {
        try String.fetchAll(database, sql: "SELECT name FROM apps WHERE archive IS NULL ORDER BY name")
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

    /// Takes a lock away that has this reason; another one is somebody else's.
    static func unlock(_ id: AppID, heldFor reason: String, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE apps SET lock = NULL WHERE id = ? AND lock = ?",
            arguments: [id.text, reason]
        )
    }

    static func setStopped(_ isStopped: Bool, _ id: AppID, _ database: Database) throws {
        try database.execute(sql: "UPDATE apps SET is_stopped = ? WHERE id = ?", arguments: [isStopped, id.text])
    }

    private static func app(_ row: Row) throws -> App {
        let text: String? = row["archive"]
        let archive = try text.map { try JSONDecoder().decode(Archive.self, from: Data($0.utf8)) }
        return App(
            id: try AppID(row["id"]),
            name: try archive?.name ?? AppName(row["name"]),
            createdAt: Timestamp(milliseconds: row["created_at"]),
            current: row["current"],
            lock: row["lock"],
            isStopped: row["is_stopped"],
            archive: archive
        )
    }
}

extension AppsTable {
    /// Those that are there and the archived ones.
    static func everything(_ database: Database) throws -> [App] {
        try Row.fetchAll(database, sql: "SELECT * FROM apps ORDER BY id").map(app)
    }

    /// Archived apps, the one destroyed last first.
    static func archives(_ database: Database) throws -> [App] {
        try Row.fetchAll(database, sql: "SELECT * FROM apps WHERE archive IS NOT NULL").map(app)
            .sorted {
                ($0.archive?.since.milliseconds ?? 0, $0.id.text) > ($1.archive?.since.milliseconds ?? 0, $1.id.text)
            }
    }

    /// Frees the name: what stands in its place can be typed by nobody.
    static func archive(_ id: AppID, _ archive: Archive, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE apps SET name = ?, archive = ?, current = NULL, is_stopped = 0 WHERE id = ?",
            arguments: ["~\(id)", String(decoding: try JSONEncoder().encode(archive), as: UTF8.self), id.text]
        )
    }

    static func restore(_ id: AppID, as name: AppName, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM former_names WHERE name = ?", arguments: [name.text])
        try database.execute(
            sql: "UPDATE apps SET name = ?, archive = NULL WHERE id = ?",
            arguments: [name.text, id.text]
        )
    }

    /// Writes down that all data of an app may go, should any of it turn up.
    static func bury(_ id: AppID, at now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO gone_apps (id, at) VALUES (?, ?)",
            arguments: [id.text, now.milliseconds]
        )
    }

    /// Ids of apps that were destroyed with all their data.
    static func gone(_ database: Database) throws -> Set<String> {
        try String.fetchSet(database, sql: "SELECT id FROM gone_apps")
    }
}
