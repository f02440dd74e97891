package import Core

/// A table of a TOML file: tables, text, whole numbers, booleans and lists of text.
///
/// What such files need here and nothing else: floats, dates, inline tables and lists of tables are refused by name.
package struct TomlTable: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var value: TomlValue
        /// The line on which it stands, from 1.
        package var line: Int
    }

    package private(set) var entries: [String: Entry] = [:]
    /// The line of its heading, or of the first key that made it.
    package private(set) var line: Int
    /// Has a heading of its own, which it may have once.
    var isHeaded = false
    /// Made by a dotted key, so that no heading may add to it.
    var isDotted = false

    init(line: Int) { self.line = line }

    package static let empty = TomlTable(line: 1)

    package subscript(_ key: String) -> TomlValue? { entries[key]?.value }

    /// The keys in the order in which they stand in the file.
    package var keys: [String] { entries.sorted { ($0.value.line, $0.key) < ($1.value.line, $1.key) }.map(\.key) }

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - strict: The only table in which a mistake is one, for files in which others keep what is not read here;
    ///     elsewhere its line is passed over. Nil: everywhere.
    /// - Throws: ``TomlError`` with the line of the first mistake.
    package init(reading bytes: [UInt8], strictIn strict: String? = nil) throws(TomlError) {
        guard bytes.count <= Self.longest else {
            throw TomlError(line: 1, "the file is longer than \(Self.longest >> 10) kB")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw TomlError(line: 1, "the file is not UTF-8")
        }
        var reader = TomlReader(bytes)
        self = try reader.document(strictIn: strict)
    }

    /// Longer files are no configuration.
    private static let longest = 1 << 20
}

/// What stands behind a key.
package enum TomlValue: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case boolean(Bool)
    case list([String])
    indirect case table(TomlTable)

    /// For people: what it is.
    package var kind: String {
        switch self {
        case .text: "text"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .list: "a list of text"
        case .table: "a table"
        }
    }
}

/// A file that is not what it should be.
package struct TomlError: Error, Equatable, Sendable {
    /// From 1.
    package var line: Int
    package var reason: String

    package init(line: Int, _ reason: String) {
        self.line = line
        self.reason = reason
    }

    /// The same for a person who knows which file was read.
    package func failure(in file: String) -> Failure {
        Failure(.malformed, "\(file), line \(line): \(reason)", fix: "mend that line; nothing of the file is used")
    }
}

// MARK: The document

extension TomlTable {
    /// Adds a value at the end of a path of keys.
    mutating func insert(_ value: TomlValue, at path: ArraySlice<String>, line: Int) throws(TomlError) {
        guard let first = path.first else { return }
        if path.count == 1 {
            guard entries[first] == nil else { throw TomlError(line: line, "\(quoted(first)) is there already") }
            entries[first] = Entry(value: value, line: line)
            return
        }
        var inner = try inner(first, line)
        guard !inner.isHeaded else {
            throw TomlError(line: line, "\(quoted(first)) has a heading of its own; write the key below that")
        }
        inner.isDotted = true
        try inner.insert(value, at: path.dropFirst(), line: line)
        entries[first] = Entry(value: .table(inner), line: inner.line)
    }

    /// Begins a table by its heading.
    mutating func open(_ path: ArraySlice<String>, line: Int) throws(TomlError) {
        guard let first = path.first else {
            guard !isHeaded, !isDotted else { throw TomlError(line: line, "this table is there already") }
            isHeaded = true
            return
        }
        var inner = try inner(first, line)
        try inner.open(path.dropFirst(), line: line)
        entries[first] = Entry(value: .table(inner), line: inner.line)
    }

    private func inner(_ key: String, _ line: Int) throws(TomlError) -> TomlTable {
        guard let present = entries[key]?.value else { return TomlTable(line: line) }
        guard case .table(let table) = present else {
            throw TomlError(line: line, "\(quoted(key)) is \(present.kind) already, not a table")
        }
        return table
    }

    mutating func insert(
        _ value: TomlValue,
        below heading: ArraySlice<String>,
        _ path: [String],
        line: Int
    ) throws(TomlError) {
        guard let first = heading.first else { return try insert(value, at: path[...], line: line) }
        var inner = try inner(first, line)
        try inner.insert(value, below: heading.dropFirst(), path, line: line)
        entries[first] = Entry(value: .table(inner), line: inner.line)
    }
}
