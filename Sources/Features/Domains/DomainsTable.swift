import Core
import GRDB
import Store

enum DomainsTable {
    static let migrations = [
        Migration(
            9,
            "domains",
            """
            CREATE TABLE domains (
                name TEXT PRIMARY KEY NOT NULL, app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
                position INTEGER NOT NULL) STRICT;
            CREATE TABLE global_domains (name TEXT PRIMARY KEY NOT NULL, position INTEGER NOT NULL) STRICT;
            CREATE TABLE domain_modes (
                app_id TEXT PRIMARY KEY NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
                is_enabled INTEGER NOT NULL DEFAULT 1, is_own INTEGER NOT NULL DEFAULT 0) STRICT;
            """
        )
    ]

    static func own(_ app: AppID, _ database: Database) throws -> [DomainName] {
        try String.fetchAll(
            database.cachedStatement(sql: "SELECT name FROM domains WHERE app_id = ? ORDER BY position, name"),
            arguments: [app.text]
        ).map { try DomainName($0) }
    }

    static func owner(of name: DomainName, _ database: Database) throws -> String? {
        try String.fetchOne(
            database.cachedStatement(
                sql: "SELECT apps.name FROM domains JOIN apps ON apps.id = app_id WHERE domains.name = ?"
            ),
            arguments: [name.text]
        )
    }

    static func global(_ database: Database) throws -> [DomainName] {
        try String.fetchAll(database.cachedStatement(sql: "SELECT name FROM global_domains ORDER BY position, name"))
            .map {
                try DomainName($0)
            }
    }

    /// Whether names are used at all, and whether the list is the app's own (else it follows the global domains).
    static func mode(_ app: AppID, _ database: Database) throws -> (isEnabled: Bool, isOwn: Bool) {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT is_enabled, is_own FROM domain_modes WHERE app_id = ?"),
            arguments: [app.text]
        )
        return (row?["is_enabled"] ?? true, row?["is_own"] ?? false)
    }

    static func setMode(_ app: AppID, isEnabled: Bool, isOwn: Bool, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO domain_modes (app_id, is_enabled, is_own) VALUES (?, ?, ?)",
            arguments: [app.text, isEnabled, isOwn]
        )
    }

    static func replace(_ app: AppID, with names: [DomainName], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM domains WHERE app_id = ?", arguments: [app.text])
        for (position, name) in names.enumerated() {
            try database.execute(
                sql: "INSERT INTO domains (name, app_id, position) VALUES (?, ?, ?)",
                arguments: [name.text, app.text, position]
            )
        }
    }

    static func replaceGlobal(with names: [DomainName], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM global_domains")
        for (position, name) in names.enumerated() {
            try database.execute(
                sql: "INSERT INTO global_domains (name, position) VALUES (?, ?)",
                arguments: [name.text, position]
            )
        }
    }
}
