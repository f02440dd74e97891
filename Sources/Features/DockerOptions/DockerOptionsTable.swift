import Core
import GRDB
import Store

enum DockerOptionsTable {
    static let migrations = [
        Migration(
            40,
            "docker options",
            """
            CREATE TABLE docker_options (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, phase TEXT NOT NULL,
                process TEXT NOT NULL, text TEXT NOT NULL, name TEXT NOT NULL, value TEXT,
                PRIMARY KEY (app_id, phase, process, text)) STRICT;
            """
        )
    ]

    static func all(of app: AppID, _ database: Database) throws -> [DockerOption] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT * FROM docker_options WHERE app_id = ? ORDER BY phase, process, text"
            ),
            arguments: [app.text]
        ).compactMap { row in
            guard let phase = DockerOption.Phase(rawValue: row["phase"]) else { return nil }
            let process: String = row["process"]
            return DockerOption(
                phase: phase,
                process: process.isEmpty ? nil : try ProcessType(process),
                name: row["name"],
                value: row["value"],
                text: row["text"]
            )
        }
    }

    static func replace(_ app: AppID, with options: [DockerOption], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM docker_options WHERE app_id = ?", arguments: [app.text])
        for option in options {
            try database.execute(
                sql: """
                    INSERT INTO docker_options (app_id, phase, process, text, name, value) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    app.text, option.phase.rawValue, option.process?.text ?? "", option.text, option.name, option.value,
                ]
            )
        }
    }
}
