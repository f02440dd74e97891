import Core
import FoundationEssentials
import GRDB
import Store

enum ReleasesTable {
    static let migrations = [
        Migration(
            5,
            "releases",
            """
            CREATE TABLE releases (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, number INTEGER NOT NULL,
                status TEXT NOT NULL, image TEXT, build TEXT, revision TEXT, facts TEXT NOT NULL,
                settings TEXT NOT NULL, reason TEXT NOT NULL, caller TEXT NOT NULL, basis INTEGER,
                created_at INTEGER NOT NULL, live_at INTEGER, failure TEXT,
                PRIMARY KEY (app_id, number)) STRICT;
            """
        ),
        Migration(
            15,
            "releases pinned, blocked, digest",
            """
            ALTER TABLE releases ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE releases ADD COLUMN blocked TEXT;
            ALTER TABLE releases ADD COLUMN digest TEXT;
            """
        ),
    ]

    static func nextNumber(of app: AppID, _ database: Database) throws -> Int {
        try 1
            + (Int.fetchOne(
                database,
                sql: "SELECT MAX(number) FROM releases WHERE app_id = ?",
                arguments: [app.text]
            ) ?? 0)
    }

    static func insert(_ release: Release, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO releases (app_id, number, status, image, build, revision, facts, settings, reason, caller,
                basis, created_at, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                release.app.text, release.number, release.status.rawValue, release.image, release.build,
                release.revision?.text, try encoded(release.facts), try encoded(release.settings), release.reason,
                release.caller, release.basis, release.createdAt.milliseconds, release.digest,
            ]
        )
    }

    /// Writes down what a build found out; only while the release is pending.
    static func complete(_ release: Release, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE releases SET image = ?, digest = ?, build = ?, facts = ?, settings = ?
                WHERE app_id = ? AND number = ? AND status = 'pending'
                """,
            arguments: [
                release.image, release.digest, release.build, try encoded(release.facts),
                try encoded(release.settings), release.app.text, release.number,
            ]
        )
    }

    static func makeLive(_ number: Int, of app: AppID, at now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE releases SET status = 'superseded' WHERE app_id = ? AND status = 'live' AND number <> ?",
            arguments: [app.text, number]
        )
        try database.execute(
            sql: "UPDATE releases SET status = 'live', live_at = IFNULL(live_at, ?) WHERE app_id = ? AND number = ?",
            arguments: [now.milliseconds, app.text, number]
        )
    }

    static func fail(_ number: Int, of app: AppID, because reason: String, _ database: Database) throws {
        try database.execute(
            sql:
                "UPDATE releases SET status = 'failed', failure = ? WHERE app_id = ? AND number = ? AND status = 'pending'",
            arguments: [reason, app.text, number]
        )
    }

    static func current(of app: AppID, _ database: Database) throws -> Release? {
        guard let number = try AppsTable.find(app, database)?.current else { return nil }
        return try find(number, of: app, database)
    }

    /// Ends what was built before and never started; the caller holds the app's lock, so nobody is at work on it.
    static func overtake(by release: Release, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE releases SET status = 'failed', failure = ? WHERE app_id = ? AND number < ? AND status = 'pending'
                """,
            arguments: ["it was never started: \(release.name) took its place", release.app.text, release.number]
        )
    }

    static func find(_ number: Int, of app: AppID, _ database: Database) throws -> Release? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM releases WHERE app_id = ? AND number = ?"),
            arguments: [app.text, number]
        ).map(release)
    }

    static func all(of app: AppID, _ database: Database) throws -> [Release] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM releases WHERE app_id = ? ORDER BY number DESC",
            arguments: [app.text]
        ).map(release)
    }

    /// Nothing of the app serves any more, and its images are gone on purpose; its records stay.
    static func retire(_ app: AppID, _ database: Database) throws {
        let last = try nextNumber(of: app, database) - 1
        try PropertiesTable.set("releases", Releases.retired, app, to: "\(last)", database)
        try database.execute(
            sql: "UPDATE releases SET status = 'superseded' WHERE app_id = ? AND status = 'live'",
            arguments: [app.text]
        )
    }

    /// Numbers of the releases whose image stays until somebody unpins them.
    static func pinned(of app: AppID, _ database: Database) throws -> Set<Int> {
        try Int.fetchSet(
            database,
            sql: "SELECT number FROM releases WHERE app_id = ? AND pinned = 1",
            arguments: [app.text]
        )
    }

    static func setPinned(_ pinned: Bool, _ number: Int, of app: AppID, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE releases SET pinned = ? WHERE app_id = ? AND number = ?",
            arguments: [pinned, app.text, number]
        )
    }

    /// Nil takes the block away.
    static func setBlocked(_ reason: String?, _ number: Int, of app: AppID, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE releases SET blocked = ? WHERE app_id = ? AND number = ?",
            arguments: [reason, app.text, number]
        )
    }

    /// Of one app or of every one, the newest first.
    static func outlines(of app: AppID? = nil, _ database: Database) throws -> [ReleaseOutline] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT app_id, number, status, image, revision, basis, pinned,
                    blocked IS NOT NULL AS is_blocked FROM releases
                WHERE ?1 IS NULL OR app_id = ?1 ORDER BY app_id, number DESC
                """,
            arguments: [app?.text]
        ).map { row in
            let revision: String? = row["revision"]
            return ReleaseOutline(
                app: try AppID(row["app_id"]),
                number: row["number"],
                status: Release.Status(rawValue: row["status"]) ?? .failed,
                image: row["image"],
                revision: try revision.map { try Revision($0) },
                basis: row["basis"],
                isPinned: row["pinned"],
                isBlocked: row["is_blocked"]
            )
        }
    }

    private static func release(_ row: Row) throws -> Release {
        let liveAt: Int64? = row["live_at"]
        let revision: String? = row["revision"]
        return Release(
            app: try AppID(row["app_id"]),
            number: row["number"],
            status: Release.Status(rawValue: row["status"]) ?? .failed,
            image: row["image"],
            build: row["build"],
            revision: try revision.map { try Revision($0) },
            facts: try decoded(row["facts"]),
            settings: try decoded(row["settings"]),
            reason: row["reason"],
            caller: row["caller"],
            basis: row["basis"],
            createdAt: Timestamp(milliseconds: row["created_at"]),
            liveAt: liveAt.map { Timestamp(milliseconds: $0) },
            failure: row["failure"],
            digest: row["digest"],
            isPinned: row["pinned"],
            blocked: row["blocked"]
        )
    }

    private static func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func decoded<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
