import Core
import GRDB
import Store

enum PsTable {
    static let migrations = [
        Migration(
            6,
            "ps",
            """
            CREATE TABLE formation (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, type TEXT NOT NULL,
                quantity INTEGER NOT NULL CHECK (quantity >= 0), PRIMARY KEY (app_id, type)) STRICT;
            CREATE TABLE instances (
                id TEXT PRIMARY KEY NOT NULL, app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, release INTEGER NOT NULL,
                type TEXT NOT NULL, ordinal INTEGER NOT NULL, address TEXT NOT NULL UNIQUE, handle TEXT,
                state TEXT NOT NULL, operation INTEGER NOT NULL, deadline INTEGER) STRICT;
            CREATE INDEX instances_app ON instances (app_id);
            CREATE TABLE freed_addresses (address TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL) STRICT;
            """
        ),
        Migration(18, "generations of addresses", "ALTER TABLE freed_addresses ADD COLUMN generation INTEGER;"),
    ]

    static func formation(of app: AppID, _ database: Database) throws -> [ProcessType: Int] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT type, quantity FROM formation WHERE app_id = ?",
            arguments: [app.text]
        )
        return Dictionary(uniqueKeysWithValues: try rows.map { (try ProcessType($0["type"]), $0["quantity"]) })
    }

    static func scale(_ app: AppID, _ type: ProcessType, to quantity: Int, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO formation (app_id, type, quantity) VALUES (?, ?, ?)",
            arguments: [app.text, type.text, quantity]
        )
    }

    static func instances(of app: AppID, _ database: Database) throws -> [Instance] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM instances WHERE app_id = ? ORDER BY type, ordinal, release"),
            arguments: [app.text]
        ).map(instance)
    }

    static func allInstances(_ database: Database) throws -> [Instance] {
        try Row.fetchAll(database, sql: "SELECT * FROM instances ORDER BY app_id, type, ordinal").map(instance)
    }

    static func find(_ id: String, _ database: Database) throws -> Instance? {
        try Row.fetchOne(database, sql: "SELECT * FROM instances WHERE id = ?", arguments: [id]).map(instance)
    }

    static func insert(_ instance: Instance, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO instances (id, app_id, release, type, ordinal, address, state, operation)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                instance.id, instance.app.text, instance.release, instance.type.text, instance.ordinal,
                instance.address, instance.state.rawValue, instance.operation,
            ]
        )
        try database.execute(sql: "DELETE FROM freed_addresses WHERE address = ?", arguments: [instance.address])
    }

    static func setHandle(_ handle: String, of id: String, _ database: Database) throws {
        try database.execute(sql: "UPDATE instances SET handle = ? WHERE id = ?", arguments: [handle, id])
    }

    static func setState(
        _ state: Instance.State,
        deadline: Timestamp? = nil,
        of ids: [String],
        _ database: Database
    ) throws {
        for id in ids {
            try database.execute(
                sql: "UPDATE instances SET state = ?, deadline = ? WHERE id = ?",
                arguments: [state.rawValue, deadline?.milliseconds, id]
            )
        }
    }

    /// Forgets an instance; its address rests before it is given again.
    static func delete(_ id: String, freed: FreedAddress, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO freed_addresses (address, at, generation)
                SELECT address, ?, ? FROM instances WHERE id = ?
                """,
            arguments: [freed.at.milliseconds, freed.generation, id]
        )
        try database.execute(sql: "DELETE FROM instances WHERE id = ?", arguments: [id])
    }

    static func addressesInUse(_ database: Database) throws -> Set<String> {
        Set(try String.fetchAll(database, sql: "SELECT address FROM instances"))
    }

    static func freedAddresses(_ database: Database) throws -> [String: FreedAddress] {
        let rows = try Row.fetchAll(database, sql: "SELECT address, at, generation FROM freed_addresses")
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                ($0["address"], FreedAddress(at: Timestamp(milliseconds: $0["at"]), generation: $0["generation"]))
            }
        )
    }

    private static func instance(_ row: Row) throws -> Instance {
        let deadline: Int64? = row["deadline"]
        return Instance(
            id: row["id"],
            app: try AppID(row["app_id"]),
            release: row["release"],
            type: try ProcessType(row["type"]),
            ordinal: row["ordinal"],
            address: row["address"],
            handle: row["handle"],
            state: Instance.State(rawValue: row["state"]) ?? .starting,
            operation: row["operation"],
            deadline: deadline.map { Timestamp(milliseconds: $0) }
        )
    }
}
