import Core
import GRDB
import Store

enum BuildsTable {
    static let migrations = [
        Migration(
            8,
            "builds",
            """
            CREATE TABLE builds (
                id TEXT PRIMARY KEY NOT NULL, app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
                release INTEGER NOT NULL, status TEXT NOT NULL, source TEXT NOT NULL, revision TEXT,
                caller TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, image TEXT) STRICT;
            CREATE INDEX builds_app ON builds (app_id, started_at);
            """
        ),
        Migration(62, "builders", "ALTER TABLE builds ADD COLUMN builder TEXT;"),
    ]

    static func insert(_ build: Build, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO builds (id, app_id, release, status, source, revision, caller, started_at, builder)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                build.id, build.app.text, build.release, build.status.rawValue, build.source, build.revision?.text,
                build.caller, build.startedAt.milliseconds, build.builder,
            ]
        )
    }

    static func end(
        _ id: String,
        _ status: Build.Status,
        image: String?,
        at now: Timestamp,
        _ database: Database
    ) throws {
        try database.execute(
            sql: "UPDATE builds SET status = ?, image = ?, ended_at = ? WHERE id = ? AND status = 'running'",
            arguments: [status.rawValue, image, now.milliseconds, id]
        )
    }

    static func find(_ id: String, of app: AppID, _ database: Database) throws -> Build? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM builds WHERE app_id = ? AND id = ?",
            arguments: [app.text, id]
        ).map(build)
    }

    static func delete(_ id: String, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM builds WHERE id = ?", arguments: [id])
    }

    /// Ids of all images that were built, also of those a predeploy script has changed afterwards.
    static func images(_ database: Database) throws -> [String: Set<String>] {
        let sql = "SELECT DISTINCT app_id, image FROM builds WHERE image IS NOT NULL"
        return try Row.fetchAll(database, sql: sql).reduce(into: [:]) {
            $0[$1["app_id"], default: []].insert($1["image"])
        }
    }

    static func all(of app: AppID, _ database: Database) throws -> [Build] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM builds WHERE app_id = ? ORDER BY started_at DESC, id DESC"),
            arguments: [app.text]
        ).map(build)
    }

    /// Those of every app that made an image, the newest release first.
    static func succeeded(_ database: Database) throws -> [Build] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM builds WHERE status = 'succeeded' ORDER BY app_id, release DESC, started_at DESC"
        ).map(build)
    }

    private static func build(_ row: Row) throws -> Build {
        let (revision, ended): (String?, Int64?) = (row["revision"], row["ended_at"])
        return Build(
            id: row["id"],
            app: try AppID(row["app_id"]),
            release: row["release"],
            status: Build.Status(rawValue: row["status"]) ?? .failed,
            source: row["source"],
            revision: try revision.map { try Revision($0) },
            caller: row["caller"],
            startedAt: Timestamp(milliseconds: row["started_at"]),
            endedAt: ended.map { Timestamp(milliseconds: $0) },
            image: row["image"],
            builder: row["builder"]
        )
    }
}

extension BuildsTable {
    /// What the newest image of each app was made from: the way it came, and the commit where there is one.
    static func newestSources(_ database: Database) throws -> [AppID: (source: String, detail: String)] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT app_id, source, IFNULL(revision, '') AS revision, MAX(started_at) FROM builds
                WHERE status = 'succeeded' GROUP BY app_id
                """
        )
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try AppID($0["app_id"]), ($0["source"], $0["revision"])) }
        )
    }
}

extension BuildsTable {
    /// The newest entry of an app's list, of which no older one has to be read.
    static func latest(of app: AppID, _ database: Database) throws -> BuildRecord? {
        let builds = try all(of: app, database)
        let operations = try OperationsTable.since(builds.first?.startedAt, of: app, limit: 1000, database)
        return BuildRecord.list(builds, operations).first
    }

    /// Which builder the newest build had that got so far.
    static func builder(of app: AppID, _ database: Database) throws -> String? {
        let sql = """
            SELECT builder FROM builds WHERE app_id = ? AND builder IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1
            """
        return try String.fetchOne(database.cachedStatement(sql: sql), arguments: [app.text])
    }
}
