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
        try String.fetchOne(database, sql: "SELECT value FROM host WHERE key = ?", arguments: ["at:\(name)"])
            .flatMap(Int64.init).map(Timestamp.init(milliseconds:))
    }

    static func setMoment(_ name: String, to now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO host (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            arguments: ["at:\(name)", "\(now.milliseconds)"]
        )
    }

    static func record(_ event: Event, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO events (at, app_id, app_name, caller, name, detail) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                event.at.milliseconds, event.app?.id.text, event.app?.name.text, event.caller, event.name, event.detail,
            ]
        )
    }
}

/// Something that happened, for people who ask later; never holds a secret value.
struct Event: Sendable {
    var at: Timestamp
    var app: App?
    var caller: String
    var name: String
    var detail: String
}
