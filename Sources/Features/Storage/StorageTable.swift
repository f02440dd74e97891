import Core
import FoundationEssentials
import GRDB
import Store

enum StorageTable {
    static let migrations = [
        Migration(
            13,
            "storage",
            """
            CREATE TABLE mounts (
                app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE, source TEXT NOT NULL,
                target TEXT NOT NULL, is_read_only INTEGER NOT NULL, PRIMARY KEY (app_id, target)) STRICT;
            """
        ),
        Migration(22, "single writers", "ALTER TABLE mounts ADD COLUMN is_single_writer INTEGER NOT NULL DEFAULT 0;"),
        Migration(
            70,
            "named storage",
            """
            CREATE TABLE storage_entries (
                name TEXT PRIMARY KEY NOT NULL, path TEXT NOT NULL, chown TEXT, mode TEXT, reclaim TEXT NOT NULL,
                annotations TEXT NOT NULL, labels TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
            CREATE TABLE attachments (
                id INTEGER PRIMARY KEY, app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
                source TEXT NOT NULL, target TEXT NOT NULL, is_read_only INTEGER NOT NULL,
                is_single_writer INTEGER NOT NULL, entry TEXT REFERENCES storage_entries (name),
                phases TEXT NOT NULL, processes TEXT NOT NULL, subpath TEXT, chown TEXT, options TEXT NOT NULL) STRICT;
            CREATE INDEX attachments_app ON attachments (app_id);
            INSERT INTO attachments (app_id, source, target, is_read_only, is_single_writer, phases, processes, options)
                SELECT app_id, source, target, is_read_only, is_single_writer, 'deploy run', '', '' FROM mounts;
            DROP TABLE mounts;
            """
        ),
    ]

    // MARK: What apps have

    static func all(of app: AppID, _ database: Database) throws -> [Attachment] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM attachments WHERE app_id = ? ORDER BY target, id"),
            arguments: [app.text]
        ).map(attachment)
    }

    /// An entry that is gone leaves a plain mount of its folder.
    static func replace(_ app: AppID, with mounts: [Attachment], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM attachments WHERE app_id = ?", arguments: [app.text])
        let known = try String.fetchSet(database, sql: "SELECT name FROM storage_entries")
        for mount in mounts {
            try database.execute(
                sql: """
                    INSERT INTO attachments (app_id, source, target, is_read_only, is_single_writer, entry, phases,
                    processes, subpath, chown, options) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    app.text, mount.source, mount.target, mount.isReadOnly, mount.isSingleWriter,
                    mount.entry.flatMap { known.contains($0) ? $0 : nil },
                    mount.phases.map(\.rawValue).joined(separator: " "), mount.processes.joined(separator: " "),
                    mount.subpath, mount.chown, mount.options.joined(separator: " "),
                ]
            )
        }
    }

    /// Names of the apps that have the entry in their draft, archived ones among them, or in what they run now.
    static func users(of entry: EntryName, _ database: Database) throws -> [String] {
        var names = try String.fetchSet(
            database,
            sql: "SELECT apps.name FROM attachments JOIN apps ON apps.id = app_id WHERE entry = ?",
            arguments: [entry.text]
        )
        for app in try AppsTable.all(database) {
            guard let number = app.current else { continue }
            let release = try ReleasesTable.find(number, of: app.id, database)
            if release?.settings.mounts.contains(where: { $0.entry == entry.text }) == true {
                names.insert(app.name.text)
            }
        }
        return names.sorted()
    }

    private static func attachment(_ row: Row) -> Attachment {
        func words(_ column: String) -> [String] {
            (row[column] as String).split(separator: " ").map(String.init)
        }
        var mount = Attachment(
            source: row["source"],
            target: row["target"],
            isReadOnly: row["is_read_only"],
            isSingleWriter: row["is_single_writer"]
        )
        mount.entry = row["entry"]
        mount.phases = words("phases").compactMap(Attachment.Phase.init(rawValue:))
        mount.processes = words("processes")
        mount.subpath = row["subpath"]
        mount.chown = row["chown"]
        mount.options = words("options")
        return mount
    }

    // MARK: Entries

    static func entries(_ database: Database) throws -> [StorageEntry] {
        try Row.fetchAll(database, sql: "SELECT * FROM storage_entries ORDER BY name").map(entry)
    }

    static func entry(_ name: EntryName, _ database: Database) throws -> StorageEntry? {
        try Row.fetchOne(database, sql: "SELECT * FROM storage_entries WHERE name = ?", arguments: [name.text])
            .map(entry)
    }

    static func save(_ entry: StorageEntry, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO storage_entries (name, path, chown, mode, reclaim, annotations, labels, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET chown = excluded.chown, mode = excluded.mode, reclaim = excluded.reclaim,
                annotations = excluded.annotations, labels = excluded.labels
                """,
            arguments: [
                entry.name.text, entry.path, entry.chown, entry.mode, entry.reclaim.rawValue,
                try encoded(entry.annotations), try encoded(entry.labels), entry.createdAt.milliseconds,
            ]
        )
    }

    static func delete(_ name: EntryName, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM storage_entries WHERE name = ?", arguments: [name.text])
    }

    private static func entry(_ row: Row) throws -> StorageEntry {
        var entry = StorageEntry(name: try EntryName(row["name"]), path: row["path"])
        entry.chown = row["chown"]
        entry.mode = row["mode"]
        entry.reclaim = StorageEntry.Reclaim(rawValue: row["reclaim"]) ?? .retain
        entry.annotations = try decoded(row["annotations"])
        entry.labels = try decoded(row["labels"])
        entry.createdAt = Timestamp(milliseconds: row["created_at"])
        return entry
    }

    private static func encoded(_ value: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func decoded(_ text: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }
}
