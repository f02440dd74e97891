import GRDB
import Store

enum DoctorTable {
    /// SQLite's own complaints; none when all is well.
    static func complaints(_ database: Database) throws -> [String] {
        let found = try String.fetchAll(database, sql: "PRAGMA quick_check").filter { $0 != "ok" }
        let strays = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row in
            let table: String = row["table"]
            return "a row of \(table) refers to nothing"
        }
        return found + strays
    }
}
