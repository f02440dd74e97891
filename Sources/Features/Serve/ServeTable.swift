import Core
import GRDB
import Store

enum ServeTable {
    static let migrations = [
        Migration(
            16,
            "serve",
            """
            CREATE TABLE back_offs (
                instance TEXT PRIMARY KEY NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
                deaths INTEGER NOT NULL, restarts INTEGER NOT NULL, waits_until INTEGER, runs_since INTEGER,
                CHECK ((waits_until IS NULL) <> (runs_since IS NULL))) STRICT;
            """
        )
    ]

    static func find(_ instance: String, _ database: Database) throws -> BackOff? {
        try Row.fetchOne(database, sql: "SELECT * FROM back_offs WHERE instance = ?", arguments: [instance])
            .map(backOff)
    }

    static func all(_ database: Database) throws -> [String: BackOff] {
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM back_offs")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["instance"], backOff($0)) })
    }

    /// Writes down how it is with an instance; nil is nothing to say any more.
    static func save(_ backOff: BackOff?, of instance: String, _ database: Database) throws {
        guard let backOff else {
            return try database.execute(sql: "DELETE FROM back_offs WHERE instance = ?", arguments: [instance])
        }
        var (until, since): (Int64?, Int64?)
        switch backOff.phase {
        case .waiting(let moment): until = moment.milliseconds
        case .trying(let moment): since = moment.milliseconds
        }
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO back_offs (instance, deaths, restarts, waits_until, runs_since)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [instance, backOff.deaths, backOff.restarts, until, since]
        )
    }

    private static func backOff(_ row: Row) -> BackOff {
        let until: Int64? = row["waits_until"]
        let since: Int64? = row["runs_since"]
        let phase: BackOff.Phase =
            if let until {
                .waiting(until: Timestamp(milliseconds: until))
            } else {
                .trying(since: Timestamp(milliseconds: since ?? 0))
            }
        return BackOff(deaths: row["deaths"], restarts: row["restarts"], phase: phase)
    }
}
