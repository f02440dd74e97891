import Core
import FoundationEssentials
import GRDB
import Store

enum OperationsTable {
    static let migrations = [
        Migration(
            4,
            "operations",
            """
            CREATE TABLE fences (app_id TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL) STRICT;
            CREATE TABLE operations (
                id INTEGER PRIMARY KEY AUTOINCREMENT, app_id TEXT, kind TEXT NOT NULL, status TEXT NOT NULL,
                caller TEXT NOT NULL, summary TEXT NOT NULL, fence INTEGER NOT NULL, started_at INTEGER NOT NULL,
                ended_at INTEGER, heartbeat INTEGER NOT NULL, process INTEGER NOT NULL, process_start TEXT NOT NULL,
                boot TEXT NOT NULL, is_cancelled INTEGER NOT NULL DEFAULT 0, notes TEXT NOT NULL DEFAULT '{}',
                token TEXT, failure TEXT) STRICT;
            CREATE INDEX operations_running ON operations (app_id) WHERE status = 'running';
            CREATE TABLE steps (
                operation INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE, name TEXT NOT NULL,
                begun_at INTEGER NOT NULL, done_at INTEGER, PRIMARY KEY (operation, name)) STRICT;
            CREATE TABLE queue (
                token TEXT PRIMARY KEY NOT NULL, app_id TEXT NOT NULL, caller TEXT NOT NULL, summary TEXT NOT NULL,
                arrived_at INTEGER NOT NULL, number INTEGER NOT NULL, is_cancelled INTEGER NOT NULL DEFAULT 0,
                superseded_by TEXT) STRICT;
            """
        )
    ]

    /// Raises the app's fence and opens an operation behind it, in one transaction.
    static func begin(_ new: NewOperation, owner: Owner, at now: Timestamp, _ database: Database) throws -> (Int64, Int)
    {
        let key = new.app?.text ?? ""
        try database.execute(
            sql: "INSERT INTO fences VALUES (?, 1) ON CONFLICT DO UPDATE SET number = number + 1",
            arguments: [key]
        )
        let fence = try Int.fetchOne(database, sql: "SELECT number FROM fences WHERE app_id = ?", arguments: [key]) ?? 0
        try database.execute(
            sql: """
                INSERT INTO operations
                (app_id, kind, status, caller, summary, fence, started_at, heartbeat, process, process_start, boot, token)
                VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                new.app?.text, new.kind, new.caller, new.summary, fence, now.milliseconds, now.milliseconds,
                owner.process, owner.processStart, owner.boot, new.token,
            ]
        )
        return (database.lastInsertedRowID, fence)
    }

    /// Makes `owner` the owner of an operation begun by another, behind a higher fence.
    static func adopt(_ id: Int64, app: AppID?, by owner: Owner, _ database: Database) throws -> Int {
        let key = app?.text ?? ""
        try database.execute(sql: "UPDATE fences SET number = number + 1 WHERE app_id = ?", arguments: [key])
        let fence = try Int.fetchOne(database, sql: "SELECT number FROM fences WHERE app_id = ?", arguments: [key]) ?? 0
        try database.execute(
            sql: "UPDATE operations SET fence = ?, process = ?, process_start = ?, boot = ? WHERE id = ?",
            arguments: [fence, owner.process, owner.processStart, owner.boot, id]
        )
        return fence
    }

    /// Takes the owner off an operation that runs, unless a later one has come.
    static func leave(_ id: Int64, fence: Int, _ database: Database) throws {
        try database.execute(
            sql:
                "UPDATE operations SET process = 0, process_start = '' WHERE id = ? AND fence = ? AND status = 'running'",
            arguments: [id, fence]
        )
    }

    /// - Throws: ``Failure`` with code ``FailureCode/lostLock`` when a later owner has raised the fence.
    static func checkFence(_ app: AppID?, _ fence: Int, _ database: Database) throws {
        let present = try Int.fetchOne(
            database,
            sql: "SELECT number FROM fences WHERE app_id = ?",
            arguments: [app?.text ?? ""]
        )
        guard present == fence else {
            throw Failure(
                .lostLock,
                "another process has taken over this operation",
                why: "this one no longer holds the lock of the app",
                fix: "slipway ps:report shows what is so now"
            )
        }
    }

    /// The number that whoever writes for an app must know; nil before its first operation.
    static func fence(of app: AppID, _ database: Database) throws -> Int? {
        try Int.fetchOne(database, sql: "SELECT number FROM fences WHERE app_id = ?", arguments: [app.text])
    }

    static func running(_ app: AppID?, _ database: Database) throws -> [Operation] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM operations WHERE status = 'running' AND IFNULL(app_id, '') = ? ORDER BY id",
            arguments: [app?.text ?? ""]
        ).map { try operation($0, database) }
    }

    static func allRunning(_ database: Database) throws -> [Operation] {
        try Row.fetchAll(database, sql: "SELECT * FROM operations WHERE status = 'running' ORDER BY id").map {
            try operation($0, database)
        }
    }

    /// Of one app or of all: what runs first, then the latest.
    static func recent(_ app: AppID?, limit: Int, _ database: Database) throws -> [Operation] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM operations WHERE ?1 IS NULL OR app_id = ?1 OR json_extract(notes, '$.app') = ?1
                ORDER BY status = 'running' DESC, id DESC LIMIT ?2
                """,
            arguments: [app?.text, limit]
        ).map { try operation($0, database) }
    }

    /// Of one app: what runs first, then the latest, none that began and ended before a moment.
    static func since(_ moment: Timestamp?, of app: AppID, limit: Int, _ database: Database) throws -> [Operation] {
        let sql = """
            SELECT * FROM operations WHERE app_id = ? AND (status = 'running' OR started_at >= ?)
            ORDER BY status = 'running' DESC, id DESC LIMIT ?
            """
        return try Row.fetchAll(
            database.cachedStatement(sql: sql),
            arguments: [app.text, moment?.milliseconds ?? 0, limit]
        ).map { try operation($0, database) }
    }

    static func find(_ id: Int64, _ database: Database) throws -> Operation? {
        try Row.fetchOne(database, sql: "SELECT * FROM operations WHERE id = ?", arguments: [id]).map {
            try operation($0, database)
        }
    }

    static func beginStep(_ name: String, of id: Int64, at now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO steps (operation, name, begun_at) VALUES (?, ?, ?)",
            arguments: [id, name, now.milliseconds]
        )
        try database.execute(
            sql: "UPDATE operations SET heartbeat = ? WHERE id = ?",
            arguments: [now.milliseconds, id]
        )
    }

    static func endStep(_ name: String, of id: Int64, at now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE steps SET done_at = ? WHERE operation = ? AND name = ?",
            arguments: [now.milliseconds, id, name]
        )
    }

    static func note(_ notes: [String: String], of id: Int64, _ database: Database) throws {
        guard let old = try find(id, database)?.notes else { return }
        let merged = old.merging(notes) { $1 }
        try database.execute(
            sql: "UPDATE operations SET notes = ? WHERE id = ?",
            arguments: [String(decoding: try JSONEncoder().encode(merged), as: UTF8.self), id]
        )
    }

    static func end(
        _ id: Int64,
        _ status: Operation.Status,
        failure: String?,
        at now: Timestamp,
        _ database: Database
    ) throws {
        try database.execute(
            sql: "UPDATE operations SET status = ?, ended_at = ?, failure = ? WHERE id = ?",
            arguments: [status.rawValue, now.milliseconds, failure, id]
        )
    }

    static func isCancelled(_ id: Int64, _ database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT is_cancelled FROM operations WHERE id = ?", arguments: [id]) ?? false
    }

    static func cancel(_ id: Int64, _ database: Database) throws {
        try database.execute(sql: "UPDATE operations SET is_cancelled = 1 WHERE id = ?", arguments: [id])
    }

    static func cancel(token: String, _ database: Database) throws {
        try database.execute(sql: "UPDATE queue SET is_cancelled = 1 WHERE token = ?", arguments: [token])
        try database.execute(
            sql: "UPDATE operations SET is_cancelled = 1 WHERE token = ? AND status = 'running'",
            arguments: [token]
        )
    }

    private static func operation(_ row: Row, _ database: Database) throws -> Operation {
        let id: Int64 = row["id"]
        let steps = try Row.fetchAll(
            database,
            sql: "SELECT name, done_at FROM steps WHERE operation = ? ORDER BY begun_at, rowid",
            arguments: [id]
        )
        let app: String? = row["app_id"]
        let notes: String = row["notes"]
        let endedAt: Int64? = row["ended_at"]
        return Operation(
            id: id,
            app: try app.map { try AppID($0) },
            kind: row["kind"],
            status: Operation.Status(rawValue: row["status"]) ?? .running,
            caller: row["caller"],
            summary: row["summary"],
            startedAt: Timestamp(milliseconds: row["started_at"]),
            owner: Owner(process: row["process"], processStart: row["process_start"], boot: row["boot"]),
            isCancelled: row["is_cancelled"],
            notes: try JSONDecoder().decode([String: String].self, from: Data(notes.utf8)),
            steps: steps.map { Operation.StepRecord(name: $0["name"], isDone: $0["done_at"] != nil) },
            endedAt: endedAt.map { Timestamp(milliseconds: $0) },
            failure: row["failure"]
        )
    }
}

extension OperationsTable {
    /// What a waiting push finds out about itself.
    enum Waiting: Sendable, Equatable {
        case wanted, cancelled
        case superseded(by: String)
    }

    /// Adds a waiting push; those of the same app that already wait are superseded by it.
    static func enqueue(
        _ token: String,
        _ app: AppID,
        caller: String,
        summary: String,
        at now: Timestamp,
        _ database: Database
    ) throws {
        try database.execute(
            sql: "UPDATE queue SET superseded_by = ? WHERE app_id = ? AND superseded_by IS NULL",
            arguments: ["\(summary) by \(caller)", app.text]
        )
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO queue (token, app_id, caller, summary, arrived_at, number)
                VALUES (?, ?, ?, ?, ?, (SELECT IFNULL(MAX(number), 0) + 1 FROM queue))
                """,
            arguments: [token, app.text, caller, summary, now.milliseconds]
        )
    }

    static func waiting(_ token: String, _ database: Database) throws -> Waiting {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM queue WHERE token = ?", arguments: [token])
        else {
            return .wanted
        }
        if row["is_cancelled"] { return .cancelled }
        let newer: String? = row["superseded_by"]
        return newer.map { .superseded(by: $0) } ?? .wanted
    }

    static func dequeue(_ token: String, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM queue WHERE token = ?", arguments: [token])
    }
}

/// What is known of an operation before it begins.
struct NewOperation: Sendable {
    var app: AppID?
    var kind: String
    var caller: String
    var summary: String
    /// The push it belongs to, by which a lost client cancels it.
    var token: String?
}
