import Core
import FoundationEssentials
import GRDB
import Store

enum ServicesTable {
    static let migrations = [
        Migration(
            90,
            "services",
            """
            CREATE TABLE services (
                id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, image TEXT NOT NULL,
                version TEXT NOT NULL, password TEXT NOT NULL, database TEXT NOT NULL, state TEXT NOT NULL,
                is_stopped INTEGER NOT NULL, generation INTEGER NOT NULL, container TEXT, memory INTEGER, cpus INTEGER,
                options TEXT NOT NULL, environment TEXT NOT NULL, exposed TEXT NOT NULL, schedule TEXT,
                keep INTEGER NOT NULL, created_at INTEGER NOT NULL, UNIQUE (kind, name)) STRICT;
            CREATE TABLE service_links (
                service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, user TEXT NOT NULL, password TEXT NOT NULL,
                variable TEXT NOT NULL, querystring TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
                PRIMARY KEY (service_id, app_id)) STRICT;
            CREATE INDEX service_links_app ON service_links (app_id);
            CREATE TABLE service_leavers (
                service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE, user TEXT NOT NULL,
                PRIMARY KEY (service_id, user)) STRICT;
            CREATE TABLE service_backups (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE, started_at INTEGER NOT NULL,
                ended_at INTEGER, state TEXT NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL,
                checksum TEXT NOT NULL, proven_at INTEGER, items INTEGER, failure TEXT, cause TEXT NOT NULL) STRICT;
            CREATE INDEX service_backups_service ON service_backups (service_id);
            """
        )
    ]

    // MARK: Services

    static func all(_ database: Database) throws -> [Service] {
        try Row.fetchAll(database, sql: "SELECT * FROM services ORDER BY kind, name").map(service)
    }

    static func find(_ id: AppID, _ database: Database) throws -> Service? {
        try Row.fetchOne(database, sql: "SELECT * FROM services WHERE id = ?", arguments: [id.text]).map(service)
    }

    static func find(_ kind: ServiceKindName, _ name: ServiceName, _ database: Database) throws -> Service? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM services WHERE kind = ? AND name = ?",
            arguments: [kind.text, name.text]
        ).map(service)
    }

    /// Writes all of it; a row of the same id is replaced by it.
    static func save(_ service: Service, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO services VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, image = excluded.image, version = excluded.version,
                state = excluded.state, is_stopped = excluded.is_stopped, generation = excluded.generation,
                container = excluded.container, memory = excluded.memory, cpus = excluded.cpus,
                options = excluded.options, environment = excluded.environment, exposed = excluded.exposed,
                schedule = excluded.schedule, keep = excluded.keep
                """,
            arguments: [
                service.id.text, service.kind.text, service.name.text, service.image, service.version,
                service.password, service.database, service.state.rawValue, service.isStopped, service.generation,
                service.container, service.memory, service.cpus, try text(service.options),
                try text(service.environment), try text(service.exposed), service.schedule, service.keep,
                service.createdAt.milliseconds,
            ]
        )
    }

    /// Changes what `edit` changes of the row as it is now; nothing when it is gone.
    static func change(_ id: AppID, _ database: Database, _ edit: (inout Service) -> Void) throws {
        guard var service = try find(id, database) else { return }
        edit(&service)
        try save(service, database)
    }

    static func delete(_ id: AppID, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM services WHERE id = ?", arguments: [id.text])
    }

    private static func service(_ row: Row) throws -> Service {
        var service = Service(
            id: try AppID(row["id"]),
            kind: try ServiceKindName(row["kind"]),
            name: try ServiceName(row["name"]),
            image: row["image"],
            version: row["version"],
            password: row["password"],
            database: row["database"],
            createdAt: Timestamp(milliseconds: row["created_at"])
        )
        service.state = Service.State(rawValue: row["state"]) ?? .live
        service.isStopped = row["is_stopped"]
        service.generation = row["generation"]
        service.container = row["container"]
        service.memory = row["memory"]
        service.cpus = row["cpus"]
        service.options = try value(row["options"])
        service.environment = try value(row["environment"])
        service.exposed = try value(row["exposed"])
        service.schedule = row["schedule"]
        service.keep = row["keep"]
        return service
    }

    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}

// MARK: Links

extension ServicesTable {
    private static let linked =
        "SELECT service_links.*, apps.name AS app_name FROM service_links JOIN apps ON apps.id = app_id"

    static func links(of service: AppID, _ database: Database) throws -> [ServiceLink] {
        try Row.fetchAll(
            database,
            sql: "\(linked) WHERE service_id = ? ORDER BY apps.name",
            arguments: [service.text]
        ).map(link)
    }

    static func links(ofApp app: AppID, _ database: Database) throws -> [ServiceLink] {
        try Row.fetchAll(
            database,
            sql: "\(linked) WHERE app_id = ? ORDER BY service_links.created_at, service_id",
            arguments: [app.text]
        ).map(link)
    }

    static func save(_ link: ServiceLink, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO service_links VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                link.service.text, link.app.text, link.user, link.password, link.variable.text, link.querystring,
                link.state.rawValue, link.createdAt.milliseconds,
            ]
        )
    }

    /// From now on its user has no place; whoever can reach the server drops it.
    static func end(_ link: ServiceLink, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM service_links WHERE service_id = ? AND app_id = ?",
            arguments: [link.service.text, link.app.text]
        )
        try database.execute(
            sql: "INSERT OR IGNORE INTO service_leavers (service_id, user) VALUES (?, ?)",
            arguments: [link.service.text, link.user]
        )
    }

    /// Services that may still know users who are to be gone.
    static func leavers(_ database: Database) throws -> Set<AppID> {
        let all = try String.fetchAll(database, sql: "SELECT DISTINCT service_id FROM service_leavers")
        return Set(try all.map { try AppID($0) })
    }

    static func leavers(of service: AppID, _ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: "SELECT user FROM service_leavers WHERE service_id = ? ORDER BY user",
            arguments: [service.text]
        )
    }

    static func forget(_ user: String, of service: AppID, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM service_leavers WHERE service_id = ? AND user = ?",
            arguments: [service.text, user]
        )
    }

    private static func link(_ row: Row) throws -> ServiceLink {
        ServiceLink(
            service: try AppID(row["service_id"]),
            app: try AppID(row["app_id"]),
            appName: row["app_name"],
            user: row["user"],
            password: row["password"],
            variable: try ConfigKey(row["variable"]),
            querystring: row["querystring"],
            state: ServiceLink.State(rawValue: row["state"]) ?? .making,
            createdAt: Timestamp(milliseconds: row["created_at"])
        )
    }
}

// MARK: Backups

extension ServicesTable {
    /// The newest first.
    static func backups(of service: AppID, _ database: Database) throws -> [ServiceBackup] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM service_backups WHERE service_id = ? ORDER BY id DESC",
            arguments: [service.text]
        ).map(backup)
    }

    /// - Returns: Its number.
    static func insert(_ backup: ServiceBackup, _ database: Database) throws -> Int64 {
        try database.execute(
            sql: """
                INSERT INTO service_backups (service_id, started_at, state, file, bytes, checksum, cause)
                VALUES (?, ?, ?, ?, 0, '', ?)
                """,
            arguments: [
                backup.service.text, backup.startedAt.milliseconds, backup.state.rawValue, backup.file, backup.cause,
            ]
        )
        return database.lastInsertedRowID
    }

    static func update(_ backup: ServiceBackup, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE service_backups SET ended_at = ?, state = ?, bytes = ?, checksum = ?, proven_at = ?, items = ?,
                failure = ? WHERE id = ?
                """,
            arguments: [
                backup.endedAt?.milliseconds, backup.state.rawValue, backup.bytes, backup.checksum,
                backup.provenAt?.milliseconds, backup.items, backup.failure, backup.id,
            ]
        )
    }

    static func deleteBackup(_ id: Int64, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM service_backups WHERE id = ?", arguments: [id])
    }

    private static func backup(_ row: Row) throws -> ServiceBackup {
        let (ended, proven): (Int64?, Int64?) = (row["ended_at"], row["proven_at"])
        var backup = ServiceBackup(
            id: row["id"],
            service: try AppID(row["service_id"]),
            startedAt: Timestamp(milliseconds: row["started_at"]),
            state: ServiceBackup.State(rawValue: row["state"]) ?? .failed,
            file: row["file"],
            cause: row["cause"]
        )
        backup.endedAt = ended.map(Timestamp.init(milliseconds:))
        backup.bytes = row["bytes"]
        backup.checksum = row["checksum"]
        backup.provenAt = proven.map(Timestamp.init(milliseconds:))
        backup.items = row["items"]
        backup.failure = row["failure"]
        return backup
    }
}
