import Core
import GRDB
import Scheduling
import Store

enum ResourceTable {
    static let migrations = [
        Migration(
            14,
            "resource",
            """
            CREATE TABLE resources (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, type TEXT NOT NULL, memory INTEGER,
                memory_swap INTEGER, memory_reservation INTEGER, nano_cpus INTEGER, PRIMARY KEY (app_id, type)) STRICT;
            """
        )
    ]

    static func all(of app: AppID, _ database: Database) throws -> [String: WorkloadLimits] {
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM resources WHERE app_id = ?", arguments: [app.text])
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                var limits = WorkloadLimits()
                limits.memory = row["memory"]
                limits.memorySwap = row["memory_swap"]
                limits.memoryReservation = row["memory_reservation"]
                limits.nanoCPUs = row["nano_cpus"]
                return (row["type"], limits)
            }
        )
    }

    static func replace(_ app: AppID, with all: [String: WorkloadLimits], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM resources WHERE app_id = ?", arguments: [app.text])
        for (type, limits) in all {
            try database.execute(
                sql: """
                    INSERT INTO resources (app_id, type, memory, memory_swap, memory_reservation, nano_cpus)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    app.text, type, limits.memory, limits.memorySwap, limits.memoryReservation, limits.nanoCPUs,
                ]
            )
        }
    }
}
