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
        ),
        Migration(
            42,
            "further resources",
            "ALTER TABLE resources ADD COLUMN gpus INTEGER; ALTER TABLE resources ADD COLUMN noted TEXT;"
        ),
    ]

    static func all(of app: AppID, _ database: Database) throws -> [String: WorkloadLimits] {
        let rows = try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM resources WHERE app_id = ?"),
            arguments: [app.text]
        )
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                var limits = WorkloadLimits()
                limits.memory = row["memory"]
                limits.memorySwap = row["memory_swap"]
                limits.memoryReservation = row["memory_reservation"]
                limits.nanoCPUs = row["nano_cpus"]
                limits.gpus = row["gpus"]
                let noted: String? = row["noted"]
                limits.noted = pairs(noted ?? "").nilWhenEmpty
                return (row["type"], limits)
            }
        )
    }

    static func replace(_ app: AppID, with all: [String: WorkloadLimits], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM resources WHERE app_id = ?", arguments: [app.text])
        for (type, limits) in all {
            try database.execute(
                sql: """
                    INSERT INTO resources
                    (app_id, type, memory, memory_swap, memory_reservation, nano_cpus, gpus, noted)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    app.text, type, limits.memory, limits.memorySwap, limits.memoryReservation, limits.nanoCPUs,
                    limits.gpus, text(limits.noted),
                ]
            )
        }
    }

    /// `limit.network=20m reserve.cpu=1`: neither side ever holds a blank.
    private static func text(_ noted: [String: String]?) -> String? {
        noted.map { $0.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ") }
    }

    private static func pairs(_ text: String) -> [String: String] {
        var all: [String: String] = [:]
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { all[parts[0]] = parts[1] }
        }
        return all
    }
}
