import Core
import Plugins

/// A table of a plugin's file whose keys are known and each of its type, and what it is called where something is wrong.
struct TomlPart {
    let table: TomlTable
    let place: String

    init(_ table: TomlTable, _ place: String) { (self.table, self.place) = (table, place) }

    func mistake(_ key: String, _ reason: String) -> TomlError {
        TomlError(line: table.entries[key]?.line ?? table.line, "\(key): \(reason)")
    }

    func missing(_ key: String) -> TomlError { TomlError(line: table.line, "\(key) is missing in \(place)") }

    func unknown(_ key: String, _ known: [String]) -> TomlError {
        let hint = Help.near(key, known).first.map { "did you mean \($0)?" }
        return TomlError(
            line: table.entries[key]?.line ?? table.line,
            "\(quoted(key)) is not known in \(place); "
                + (hint ?? "there are \(known.sorted().joined(separator: ", "))")
        )
    }

    func only(_ known: [String]) throws(TomlError) {
        guard let key = table.keys.first(where: { !known.contains($0) }) else { return }
        throw unknown(key, known)
    }

    /// The table below a key.
    func part(_ key: String) throws(TomlError) -> TomlPart? {
        guard let entry = table.entries[key] else { return nil }
        guard case .table(let found) = entry.value else {
            throw mistake(key, "it is \(entry.value.kind), and is to be a table")
        }
        return TomlPart(found, place.hasPrefix("[") ? "\(place.dropLast()).\(key)]" : "[\(key)]")
    }

    /// The same, empty where there is none.
    func partOrNone(_ key: String) throws(TomlError) -> TomlPart { try part(key) ?? TomlPart(.empty, "[\(key)]") }

    func text(_ key: String) throws(TomlError) -> String? {
        guard let value = table[key] else { return nil }
        guard case .text(let text) = value else { throw mistake(key, "it is \(value.kind), and is to be text") }
        guard !text.utf8.contains(0) else { throw mistake(key, "it holds a NUL byte") }
        return text
    }

    /// Text of one line that must be there.
    func line(_ key: String, limit: Int) throws(TomlError) -> String {
        guard let text = try text(key), !text.isEmpty else { throw missing(key) }
        guard text.utf8.count <= limit, text == cleaned(text, keepTabs: false) else {
            throw mistake(key, "it is no line of at most \(limit) bytes")
        }
        return text
    }

    func list(_ key: String) throws(TomlError) -> [String]? {
        guard let value = table[key] else { return nil }
        guard case .list(let list) = value else { throw mistake(key, "it is \(value.kind), and is to be a list") }
        guard !list.contains(where: { $0.utf8.contains(0) }) else { throw mistake(key, "it holds a NUL byte") }
        return list
    }

    func number(_ key: String, _ range: ClosedRange<Int>) throws(TomlError) -> Int? {
        guard let value = table[key] else { return nil }
        guard case .integer(let number) = value, range.contains(number) else {
            throw mistake(key, "it is to be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// What is wrong with something is wrong at its key.
    func checked<Value>(_ key: String, _ make: () throws -> Value) throws(TomlError) -> Value {
        do { return try make() } catch { throw mistake(key, Failure(error).what) }
    }

    /// The value that stands as text behind a key.
    func made<Value>(of key: String, _ make: (String) throws -> Value) throws(TomlError) -> Value? {
        guard let text = try text(key) else { return nil }
        return try checked(key) { try make(text) }
    }

    /// The same for one that must be there.
    func needed<Value>(_ key: String, _ make: (String) throws -> Value) throws(TomlError) -> Value {
        guard let value = try made(of: key, make) else { throw missing(key) }
        return value
    }
}
