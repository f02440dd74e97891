import Core
import GRDB
import Store

enum CertsTable {
    static let migrations = [
        Migration(
            12,
            "certs",
            """
            CREATE TABLE certs (
                app_id TEXT PRIMARY KEY NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
                chain TEXT NOT NULL, key TEXT NOT NULL, added_at INTEGER NOT NULL) STRICT;
            """
        )
    ]

    static func find(_ app: AppID, _ database: Database) throws -> CertificatePair? {
        try all(of: [app], database)[app]
    }

    /// Those of several apps.
    static func all(of apps: [AppID], _ database: Database) throws -> [AppID: CertificatePair] {
        let statement = try database.cachedStatement(sql: "SELECT chain, key FROM certs WHERE app_id = ?")
        var result: [AppID: CertificatePair] = [:]
        for app in apps {
            result[app] = try Row.fetchOne(statement, arguments: [app.text]).map {
                CertificatePair(chain: $0["chain"], key: $0["key"])
            }
        }
        return result
    }

    static func set(_ app: AppID, to pair: CertificatePair, at now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO certs (app_id, chain, key, added_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
                SET chain = excluded.chain, key = excluded.key, added_at = excluded.added_at
                """,
            arguments: [app.text, pair.chain, pair.key, now.milliseconds]
        )
    }

    static func remove(_ app: AppID, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM certs WHERE app_id = ?", arguments: [app.text])
    }
}
