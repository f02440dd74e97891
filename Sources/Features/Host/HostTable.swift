import Core
import FoundationEssentials
import GRDB
import Store

enum HostTable {
    static let migrations = [
        Migration(
            1,
            "host",
            """
            CREATE TABLE host (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
            CREATE TABLE events (
                id INTEGER PRIMARY KEY, at INTEGER NOT NULL, app_id TEXT, app_name TEXT, caller TEXT NOT NULL,
                name TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
            CREATE INDEX events_app ON events (app_id, id);
            """
        )
    ]

    static func settings(_ database: Database) throws -> HostSettings? {
        guard let text = try String.fetchOne(database, sql: "SELECT value FROM host WHERE key = 'settings'") else {
            return nil
        }
        return try JSONDecoder().decode(HostSettings.self, from: Data(text.utf8))
    }

    static func save(_ settings: HostSettings, _ database: Database) throws {
        let text = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
        try database.execute(
            sql:
                "INSERT INTO host (key, value) VALUES ('settings', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            arguments: [text]
        )
    }

    /// When something was last done for the whole host.
    static func moment(_ name: String, _ database: Database) throws -> Timestamp? {
        try value("at:\(name)", database).flatMap(Int64.init).map(Timestamp.init(milliseconds:))
    }

    static func setMoment(_ name: String, to now: Timestamp, _ database: Database) throws {
        try setValue("at:\(name)", to: "\(now.milliseconds)", database)
    }

    /// A fact of the whole host that is text.
    static func text(_ name: String, _ database: Database) throws -> String? { try value("text:\(name)", database) }

    static func setText(_ name: String, to text: String, _ database: Database) throws {
        try setValue("text:\(name)", to: text, database)
    }

    private static func value(_ key: String, _ database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT value FROM host WHERE key = ?", arguments: [key])
    }

    private static func setValue(_ key: String, to value: String, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO host (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            arguments: [key, value]
        )
    }

    /// What an administrator turns on or off for the whole host.
    enum Switch: String {
        case trace
        case events

        /// Before anybody has touched it.
        var isOnAtFirst: Bool { self == .events }
    }

    static func isOn(_ what: Switch, _ database: Database) throws -> Bool {
        try value("switch:\(what.rawValue)", database).map { $0 == "on" } ?? what.isOnAtFirst
    }

    static func turn(_ what: Switch, on isOn: Bool, _ database: Database) throws {
        try setValue("switch:\(what.rawValue)", to: isOn ? "on" : "off", database)
    }

    /// Writes down what happened, unless events are off; turning them off or on is written in any case.
    static func record(_ event: Event, _ database: Database) throws {
        guard try event.name.hasPrefix("events:") || isOn(.events, database) else { return }
        try database.execute(
            sql: "INSERT INTO events (at, app_id, app_name, caller, name, detail) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                event.at.milliseconds, event.app?.id.text, event.app?.name.text, event.caller, event.name, event.detail,
            ]
        )
    }

    /// Written events, the newest last.
    ///
    /// At most `limit` of those with a number above `after`, of one app or, for nil, of all and of the host.
    static func events(of app: AppID?, after: Int64, limit: Int, _ database: Database) throws -> [WrittenEvent] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM events WHERE id > ?1 AND (?2 IS NULL OR app_id = ?2) ORDER BY id DESC LIMIT ?3
                """,
            arguments: [after, app?.text, limit]
        ).reversed().map { row in
            WrittenEvent(
                id: row["id"],
                at: Timestamp(milliseconds: row["at"]),
                app: row["app_name"],
                caller: row["caller"],
                name: row["name"],
                detail: row["detail"]
            )
        }
    }

    /// The kinds of events that were ever written.
    static func eventNames(_ database: Database) throws -> [String] {
        try String.fetchAll(database, sql: "SELECT DISTINCT name FROM events ORDER BY name")
    }
}
