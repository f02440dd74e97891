import Core
import GRDB
import Store

enum SshKeysTable {
    static let migrations = [
        Migration(
            11,
            "ssh-keys",
            """
            CREATE TABLE ssh_keys (
                id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, text TEXT NOT NULL,
                fingerprint TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL) STRICT;
            """
        )
    ]

    static func all(_ database: Database) throws -> [SshKey] {
        try Row.fetchAll(database, sql: "SELECT * FROM ssh_keys ORDER BY name").map(key)
    }

    static func find(_ id: Int64, _ database: Database) throws -> SshKey? {
        try Row.fetchOne(database, sql: "SELECT * FROM ssh_keys WHERE id = ?", arguments: [id]).map(key)
    }

    static func insert(_ name: String, _ key: PublicKey, at now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO ssh_keys (name, text, fingerprint, created_at) VALUES (?, ?, ?, ?)",
            arguments: [name, key.text, key.fingerprint, now.milliseconds]
        )
    }

    static func delete(_ id: Int64, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM ssh_keys WHERE id = ?", arguments: [id])
    }

    private static func key(_ row: Row) -> SshKey {
        SshKey(id: row["id"], name: row["name"], text: row["text"], fingerprint: row["fingerprint"])
    }
}
