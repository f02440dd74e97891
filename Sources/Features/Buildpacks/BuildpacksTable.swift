import Core
import GRDB
import Store

enum BuildpacksTable {
    static let migrations = [
        Migration(
            63,
            "buildpacks",
            """
            CREATE TABLE buildpacks (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, place INTEGER NOT NULL,
                url TEXT NOT NULL, PRIMARY KEY (app_id, place), UNIQUE (app_id, url)) STRICT;
            """
        )
    ]

    static func all(of app: AppID, _ database: Database) throws -> [String] {
        try String.fetchAll(
            database.cachedStatement(sql: "SELECT url FROM buildpacks WHERE app_id = ? ORDER BY place"),
            arguments: [app.text]
        )
    }

    static func replace(_ app: AppID, with list: [String], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM buildpacks WHERE app_id = ?", arguments: [app.text])
        for (place, url) in list.enumerated() {
            try database.execute(
                sql: "INSERT INTO buildpacks (app_id, place, url) VALUES (?, ?, ?)",
                arguments: [app.text, place + 1, url]
            )
        }
    }
}
