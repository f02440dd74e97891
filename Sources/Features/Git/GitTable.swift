import Core
import GRDB
import Store

enum GitTable {
    static let migrations = [
        Migration(
            72,
            "logins of git hosts",
            """
            CREATE TABLE git_logins (
                host TEXT PRIMARY KEY NOT NULL, username TEXT NOT NULL, password TEXT NOT NULL) STRICT;
            """
        )
    ]

    static func logins(_ database: Database) throws -> [GitLogin] {
        try Row.fetchAll(database, sql: "SELECT * FROM git_logins ORDER BY host").map(login)
    }

    static func login(_ host: GitHost, _ database: Database) throws -> GitLogin? {
        try Row.fetchOne(database, sql: "SELECT * FROM git_logins WHERE host = ?", arguments: [host.name]).map(login)
    }

    static func save(_ login: GitLogin, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO git_logins (host, username, password) VALUES (?, ?, ?)",
            arguments: [login.host, login.username, login.password]
        )
    }

    /// - Returns: False when there was none.
    static func delete(_ host: GitHost, _ database: Database) throws -> Bool {
        try database.execute(sql: "DELETE FROM git_logins WHERE host = ?", arguments: [host.name])
        return database.changesCount > 0
    }

    private static func login(_ row: Row) -> GitLogin {
        GitLogin(host: row["host"], username: row["username"], password: row["password"])
    }
}
