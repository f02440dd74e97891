import Core
import GRDB
import Store

enum CronTable {
    static let migrations = [
        Migration(
            60,
            "cron",
            """
            CREATE TABLE cron_switches (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, task TEXT NOT NULL,
                maintenance INTEGER NOT NULL, PRIMARY KEY (app_id, task)) STRICT;
            CREATE TABLE cron_runs (
                id INTEGER PRIMARY KEY, app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
                task TEXT NOT NULL, command TEXT NOT NULL, minute INTEGER, state TEXT NOT NULL, release INTEGER,
                container TEXT, started_at INTEGER NOT NULL, ended_at INTEGER, exit_code INTEGER, reason TEXT,
                times INTEGER NOT NULL DEFAULT 1, caller TEXT NOT NULL) STRICT;
            CREATE UNIQUE INDEX cron_runs_once ON cron_runs (app_id, task, minute);
            """
        )
    ]

    /// Tasks that a person has suspended or resumed, by their keys.
    static func switches(of app: AppID, _ database: Database) throws -> [String: Bool] {
        let rows = try Row.fetchAll(
            database.cachedStatement(sql: "SELECT task, maintenance FROM cron_switches WHERE app_id = ?"),
            arguments: [app.text]
        )
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["task"], $0["maintenance"]) })
    }

    static func setSwitch(_ task: String, of app: AppID, to value: Bool?, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM cron_switches WHERE app_id = ? AND task = ?",
            arguments: [app.text, task]
        )
        guard let value else { return }
        try database.execute(
            sql: "INSERT INTO cron_switches (app_id, task, maintenance) VALUES (?, ?, ?)",
            arguments: [app.text, task, value]
        )
    }

    /// Writes a run down; nil when somebody has the same minute of the same task already.
    static func insert(_ run: CronRun, _ database: Database) throws -> CronRun? {
        try database.execute(
            sql: """
                INSERT INTO cron_runs (app_id, task, command, minute, state, release, container, started_at, ended_at,
                exit_code, reason, times, caller) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
            arguments: [
                run.app.text, run.task, run.command, run.minute, run.state.rawValue, run.release, run.container,
                run.startedAt.milliseconds, run.endedAt?.milliseconds, run.exitCode, run.reason, run.times, run.caller,
            ]
        )
        guard database.changesCount == 1 else { return nil }
        var copy = run
        copy.id = database.lastInsertedRowID
        return copy
    }

    private static func update(_ run: CronRun, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE cron_runs SET state = ?, release = ?, container = ?, ended_at = ?, exit_code = ?, reason = ?
                WHERE id = ?
                """,
            arguments: [
                run.state.rawValue, run.release, run.container, run.endedAt?.milliseconds, run.exitCode, run.reason,
                run.id,
            ]
        )
    }

    /// Writes down how a run goes on or ended; false when somebody else has written down its end.
    static func write(_ run: CronRun, _ database: Database) throws -> Bool {
        guard let present = try find(run.id, database), [.claimed, .running].contains(present.state) else {
            return false
        }
        try update(run, database)
        return true
    }

    /// Those that have not come to their end, of one app or of all.
    static func open(_ app: AppID?, _ database: Database) throws -> [CronRun] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM cron_runs WHERE state IN ('claimed', 'running') AND (? IS NULL OR app_id = ?) ORDER BY id
                """,
            arguments: [app?.text, app?.text]
        ).map(run)
    }

    /// The latest first; of one task when it is named.
    static func recent(_ app: AppID, _ task: String?, limit: Int, _ database: Database) throws -> [CronRun] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM cron_runs WHERE app_id = ? AND (? IS NULL OR task = ?) ORDER BY id DESC LIMIT ?
                """,
            arguments: [app.text, task, task, limit]
        ).map(run)
    }

    static func find(_ id: Int64, _ database: Database) throws -> CronRun? {
        try Row.fetchOne(database, sql: "SELECT * FROM cron_runs WHERE id = ?", arguments: [id]).map(run)
    }

    /// The last run of every task.
    static func last(of app: AppID, _ database: Database) throws -> [String: CronRun] {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql:
                    "SELECT * FROM cron_runs WHERE id IN (SELECT MAX(id) FROM cron_runs WHERE app_id = ? GROUP BY task)"
            ),
            arguments: [app.text]
        )
        return Dictionary(uniqueKeysWithValues: try rows.map(run).map { ($0.task, $0) })
    }

    /// How many are kept in a state, each counted as often as it stands for.
    static func count(_ state: CronRun.State, of app: AppID, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT SUM(times) FROM cron_runs WHERE app_id = ? AND state = ?"),
            arguments: [app.text, state.rawValue]
        ) ?? 0
    }

    /// Forgets all but the latest of every task.
    ///
    /// - Returns: Ids of those that are forgotten.
    static func forget(keeping count: Int, of app: AppID, _ database: Database) throws -> [Int64] {
        try Int64.fetchAll(
            database,
            sql: """
                DELETE FROM cron_runs WHERE state NOT IN ('claimed', 'running') AND id IN (
                    SELECT id FROM (
                        SELECT id, ROW_NUMBER() OVER (PARTITION BY task ORDER BY id DESC) AS place
                        FROM cron_runs WHERE app_id = ?) WHERE place > ?)
                RETURNING id
                """,
            arguments: [app.text, count]
        )
    }

    private static func run(_ row: Row) throws -> CronRun {
        let endedAt: Int64? = row["ended_at"]
        return CronRun(
            id: row["id"],
            app: try AppID(row["app_id"]),
            task: row["task"],
            command: row["command"],
            minute: row["minute"],
            state: CronRun.State(rawValue: row["state"]) ?? .failed,
            release: row["release"],
            container: row["container"],
            startedAt: Timestamp(milliseconds: row["started_at"]),
            endedAt: endedAt.map { Timestamp(milliseconds: $0) },
            exitCode: row["exit_code"],
            reason: row["reason"],
            times: row["times"],
            caller: row["caller"]
        )
    }
}
