import Core
import GRDB
import Store

enum PropertiesTable {
    static let migrations = [
        Migration(
            3,
            "properties",
            """
            CREATE TABLE properties (
                noun TEXT NOT NULL, name TEXT NOT NULL,
                app_id TEXT REFERENCES apps (id) ON DELETE CASCADE,
                value TEXT NOT NULL) STRICT;
            CREATE UNIQUE INDEX properties_key ON properties (noun, name, IFNULL(app_id, ''));
            """
        ),
        Migration(
            61,
            "properties of builders by noun",
            """
            UPDATE properties SET noun = 'builder-dockerfile' WHERE noun = 'builder' AND name = 'dockerfile-path';
            UPDATE properties SET noun = 'app-json' WHERE noun = 'builder' AND name = 'appjson-path';
            """
        ),
    ]

    static func value(_ noun: String, _ name: String, _ app: AppID?, _ database: Database) throws -> String? {
        try String.fetchOne(
            database,
            sql: "SELECT value FROM properties WHERE noun = ? AND name = ? AND IFNULL(app_id, '') = ?",
            arguments: [noun, name, app?.text ?? ""]
        )
    }

    static func all(_ noun: String, _ app: AppID?, _ database: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT name, value FROM properties WHERE noun = ? AND IFNULL(app_id, '') = ?",
            arguments: [noun, app?.text ?? ""]
        )
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["name"], $0["value"]) })
    }

    /// Every value that a property has anywhere.
    static func values(_ noun: String, _ name: String, _ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: "SELECT value FROM properties WHERE noun = ? AND name = ?",
            arguments: [noun, name]
        )
    }

    /// What is set for all, and for one app or, when there are more, for every one.
    static func sheet(of apps: [AppID], _ database: Database) throws -> PropertySheet {
        let only = apps.count == 1 ? apps.first : nil
        var sheet = PropertySheet(only: only)
        let one = only?.text
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT noun, name, app_id, value FROM properties WHERE ? IS NULL OR app_id IS NULL OR app_id = ?",
            arguments: [one, one]
        )
        while let row = try rows.next() {
            let app: String? = row["app_id"]
            sheet.add(row["noun"], row["name"], try app.map { try AppID($0) }, row["value"])
        }
        return sheet
    }

    static func set(_ noun: String, _ name: String, _ app: AppID?, to value: String?, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM properties WHERE noun = ? AND name = ? AND IFNULL(app_id, '') = ?",
            arguments: [noun, name, app?.text ?? ""]
        )
        guard let value else { return }
        try database.execute(
            sql: "INSERT INTO properties (noun, name, app_id, value) VALUES (?, ?, ?, ?)",
            arguments: [noun, name, app?.text, value]
        )
    }

    /// Makes what holds for an app what a release has recorded under `noun.name`.
    ///
    /// A value that holds anyway, because all have it, is not made the app's own; one the record lacks stays.
    static func restore(
        _ properties: [Property],
        of noun: String,
        _ app: AppID,
        to recorded: [String: String],
        _ database: Database
    ) throws {
        for property in properties where property.scope != .global {
            guard let value = recorded["\(noun).\(property.name)"] else { continue }
            let common = try self.value(noun, property.name, nil, database) ?? property.fallback
            let own = try self.value(noun, property.name, app, database)
            if own ?? common == value { continue }
            try set(noun, property.name, app, to: value == common ? nil : value, database)
        }
    }

    /// Copies every property of one app to another.
    static func copy(from old: AppID, to new: AppID, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO properties (noun, name, app_id, value)
                SELECT noun, name, ?, value FROM properties WHERE app_id = ?
                """,
            arguments: [new.text, old.text]
        )
    }
}
