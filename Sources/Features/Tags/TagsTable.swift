import Core
import GRDB
import Store

enum TagsTable {
    static let migrations = [
        Migration(
            30,
            "tags",
            """
            CREATE TABLE tags (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, name TEXT NOT NULL,
                release INTEGER NOT NULL, created_at INTEGER NOT NULL, pins INTEGER NOT NULL,
                PRIMARY KEY (app_id, name)) STRICT;
            """
        )
    ]

    static func all(of app: AppID, _ database: Database) throws -> [Tag] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM tags WHERE app_id = ? ORDER BY release DESC, name",
            arguments: [app.text]
        ).map { row in
            Tag(
                name: row["name"],
                release: row["release"],
                createdAt: Timestamp(milliseconds: row["created_at"]),
                pins: row["pins"]
            )
        }
    }

    static func insert(_ tag: Tag, of app: AppID, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO tags (app_id, name, release, created_at, pins) VALUES (?, ?, ?, ?, ?)",
            arguments: [app.text, tag.name, tag.release, tag.createdAt.milliseconds, tag.pins]
        )
    }

    static func delete(_ name: String, of app: AppID, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM tags WHERE app_id = ? AND name = ?", arguments: [app.text, name])
    }

    /// Hands the pin of a tag on to another one of the same release.
    static func inherit(_ release: Int, of app: AppID, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE tags SET pins = 1 WHERE app_id = ? AND release = ?",
            arguments: [app.text, release]
        )
    }
}
