import FoundationEssentials
import GRDB
import SystemPackage

/// What the database of a sandbox says, read by none of the product's own code.
struct Ledger: Sendable {
    struct App: Sendable {
        let id: String
        let name: String
        let current: Int?
        let isStopped: Bool
    }

    struct Instance: Sendable {
        let id: String
        let app: String
        let release: Int
        let type: String
        let ordinal: Int
        let address: String
        let handle: String?
        let state: String

        var name: String { "\(type).\(ordinal)" }
    }

    struct Release: Sendable {
        let number: Int
        let status: String
        let image: String?
        let revision: String?
        let basis: Int?
        /// The app was destroyed since, and brought back without images.
        let isOfBefore: Bool
        /// The types of its Procfile that run all the time; `web` alone without one.
        let types: [String]

        var isGood: Bool { status == "live" || status == "superseded" }
    }

    struct Running: Sendable {
        let id: Int64
        let app: String?
        let kind: String
        let process: Int32
        let start: String
    }

    /// What SQLite itself finds wrong with the file.
    let damage: [String]
    /// Those that are there; of a destroyed one only records are left, and nothing else may be.
    let apps: [App]
    let instances: [Instance]
    /// The engine's names of containers of services, and whether each is to run.
    let services: [(container: String, isStopped: Bool)]
    /// Backups of services that have come to no end: the file of each, and its service.
    let backups: [(file: String, service: String)]
    /// By app, newest first.
    let releases: [String: [Release]]
    /// What was asked for, by app and type.
    let formation: [String: [String: Int]]
    let running: [Running]

    init(_ sandbox: Sandbox) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        let path = sandbox.state.appending("slipway.db").string
        self = try DatabaseQueue(path: path, configuration: configuration).read { try Ledger($0) }
    }

    private init(_ database: Database) throws {
        let integrity = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { "foreign key: \($0)" }
        damage = integrity + orphans
        apps = try Row.fetchAll(database, sql: "SELECT * FROM apps WHERE archive IS NULL ORDER BY name").map {
            App(id: $0["id"], name: $0["name"], current: $0["current"], isStopped: $0["is_stopped"])
        }
        instances = try Row.fetchAll(database, sql: "SELECT * FROM instances ORDER BY app_id, type, ordinal").map {
            Instance(
                id: $0["id"],
                app: $0["app_id"],
                release: $0["release"],
                type: $0["type"],
                ordinal: $0["ordinal"],
                address: $0["address"],
                handle: $0["handle"],
                state: $0["state"]
            )
        }
        services = try Row.fetchAll(database, sql: "SELECT * FROM services WHERE container IS NOT NULL").map {
            ($0["container"], $0["is_stopped"])
        }
        let unended = "SELECT * FROM service_backups WHERE state = 'running'"
        backups = try Row.fetchAll(database, sql: unended).map { ($0["file"], $0["service_id"]) }
        var asked: [String: [String: Int]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM formation") {
            asked[row["app_id"], default: [:]][row["type"]] = row["quantity"]
        }
        formation = asked
        running = try Row.fetchAll(database, sql: "SELECT * FROM operations WHERE status = 'running'").map {
            Running(
                id: $0["id"],
                app: $0["app_id"],
                kind: $0["kind"],
                process: $0["process"],
                start: $0["process_start"]
            )
        }
        releases = try Self.releases(database)
    }

    private static func releases(_ database: Database) throws -> [String: [Release]] {
        let sql = """
            SELECT *, json_extract(facts, '$.procfile.commands') AS commands, created_at < IFNULL((
                SELECT MAX(at) FROM events WHERE events.app_id = releases.app_id AND name = 'apps:restore'), 0) AS before
            FROM releases ORDER BY number DESC
            """
        var result: [String: [Release]] = [:]
        for row in try Row.fetchAll(database, sql: sql) {
            let text: String = row["commands"] ?? "{}"
            let commands = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
            let types = commands.keys.filter { $0 != "release" }.sorted()
            let release = Release(
                number: row["number"],
                status: row["status"],
                image: row["image"],
                revision: row["revision"],
                basis: row["basis"],
                isOfBefore: row["before"],
                types: types.isEmpty ? ["web"] : types
            )
            result[row["app_id"], default: []].append(release)
        }
        return result
    }

    /// The slots an app is to fill: `web.1`, `web.2`, ...
    func wanted(_ app: App) -> [String] {
        guard let release = current(app) else { return [] }
        let asked = formation[app.id] ?? [:]
        return release.types.flatMap { type in
            (0..<(asked[type] ?? (type == "web" ? 1 : 0))).map { "\(type).\($0 + 1)" }
        }.sorted()
    }

    func current(_ app: App) -> Release? { releases[app.id]?.first { $0.number == app.current } }

    func instances(of app: App) -> [Instance] { instances.filter { $0.app == app.id } }
}

extension Sandbox {
    /// The id of an app that is there, whatever it is called by now; nil when there is none of this name.
    package func identity(of app: String) throws -> String? { try Ledger(self).apps.first { $0.name == app }?.id }

    /// The name an app has by now; nil when it is gone.
    package func name(ofIdentity id: String) throws -> String? { try Ledger(self).apps.first { $0.id == id }?.name }

    /// How many processes of a type an app was asked to have; 1 where nobody asked.
    package func quantity(of type: String, _ app: String) throws -> Int {
        let ledger = try Ledger(self)
        let id = ledger.apps.first { $0.name == app }?.id
        return id.flatMap { ledger.formation[$0]?[type] } ?? 1
    }

    /// Whether a release of an app was live or is.
    package func wasLive(_ number: Int, ofIdentity id: String) throws -> Bool {
        try Ledger(self).releases[id]?.contains { $0.number == number && $0.isGood } ?? false
    }

    /// Sets back the moment at which somebody last looked for tasks that are due, and the age of what an app runs.
    package func pretendNobodyWasThere(minutes: Int, _ app: String) throws {
        let queue = try DatabaseQueue(path: state.appending("slipway.db").string)
        let past = Int64(Date.now.timeIntervalSince1970 * 1000) - Int64(minutes) * 60_000
        try queue.write { database in
            try database.execute(
                sql:
                    "INSERT INTO host (key, value) VALUES ('at:cron', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                arguments: ["\(past)"]
            )
            try database.execute(
                sql: "UPDATE releases SET live_at = ? WHERE app_id = (SELECT id FROM apps WHERE name = ?)",
                arguments: [past - 600_000, app]
            )
        }
    }

    /// Forgets which start of the machine was told, as after another one.
    package func pretendTheMachineStarted() throws {
        let queue = try DatabaseQueue(path: state.appending("slipway.db").string)
        try queue.write { try $0.execute(sql: "DELETE FROM host WHERE key = 'text:boot'") }
    }

    /// Has the product look for the engine elsewhere, as after somebody moved its socket.
    package func setEngineSocket(_ path: String) throws {
        let queue = try DatabaseQueue(path: state.appending("slipway.db").string)
        try queue.write {
            try $0.execute(
                sql: "UPDATE host SET value = json_set(value, '$.engineSocket', ?) WHERE key = 'settings'",
                arguments: [path]
            )
        }
    }
}
