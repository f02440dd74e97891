import Core
import Files
package import SystemPackage

/// A folder with a `plugin.toml`, and executables named like the moments at which they act.
package struct Plugin: Sendable, Equatable {
    /// The name of its folder.
    package let name: String
    package let folder: FilePath
    package let summary: String
    package let version: String
    /// The oldest version of this product that it works with; nil where it does not say.
    package let neededVersion: String?
    /// Whether it takes part from the moment it is there.
    package let startsEnabled: Bool
    /// Whether it declares a kind of service, in `service.toml`.
    package let isService: Bool
    /// Names in its folder and in `hooks/`: most triggers are asked of most plugins in vain, and that is to cost nothing.
    private let names: Set<String>
    /// `[plugin.config]`: variables that its hooks get.
    package let config: [String: String]

    /// The plugin in a folder; nil when the folder is none.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)`` when others could change it, ``PluginError/malformed(path:line:why:)``.
    package init?(in folder: FilePath) throws {
        guard let name = folder.lastComponent?.string, Self.isName(name),
            Safety.mode(of: folder)?.isFolder == true,
            let bytes = try readFile(folder.appending("plugin.toml"), limit: 1 << 16)
        else { return nil }
        try Safety.demand(folder)
        let file = folder.appending("plugin.toml")
        try Safety.demand(file, within: folder)
        let facts = try Self.facts(bytes, of: file)
        self.name = name
        self.folder = folder
        summary = try Self.text("description", of: facts, file) ?? ""
        version = try Self.text("version", of: facts, file) ?? ""
        neededVersion = try Self.text("slipway", of: facts, file)
        startsEnabled = try Self.text("enabled", of: facts, file) != "false"
        isService = Safety.mode(of: folder.appending("service.toml"))?.isFile == true
        names = Set(try listFolder(folder)).union(try listFolder(folder.appending("hooks")))
        config =
            if case .table(let table) = facts["config"] { table.entries.compactMapValues(\.value.word) } else { [:] }
    }

    /// The table `[plugin]`; others are the plugin's own business, and may hold what is not read here.
    private static func facts(_ bytes: [UInt8], of file: FilePath) throws -> TomlTable {
        do {
            let whole = try TomlTable(reading: bytes, strictIn: "plugin")
            return if case .table(let table) = whole["plugin"] { table } else { .empty }
        } catch { throw PluginError.malformed(path: file.string, line: error.line, why: error.reason) }
    }

    private static func text(_ key: String, of facts: TomlTable, _ file: FilePath) throws -> String? {
        guard let entry = facts.entries[key] else { return nil }
        guard let word = entry.value.word else {
            throw PluginError.malformed(
                path: file.string,
                line: entry.line,
                why: "\(key) is \(entry.value.kind), and is to be text"
            )
        }
        return word
    }

    /// What it does at a moment: `hooks/NAME`, `NAME`, or the same with `.swift` behind, in this order.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)``.
    package func hook(_ trigger: Trigger) throws -> Hook? {
        guard names.contains(trigger.name) || names.contains(trigger.name + ".swift") else { return nil }
        if let path = try file(trigger.name) {
            return Safety.mode(of: path)?.isExecutable == true ? .program(path) : .notExecutable(path)
        }
        return try file("\(trigger.name).swift").map { .swift($0) }
    }

    /// A command of its own, `<plugin>:<verb>`: `subcommands/VERB`, the same with `.swift`, or `subcommands/default` for
    /// the bare name.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)``.
    package func subcommand(_ verb: String) throws -> Hook? {
        guard Self.isName(verb) else { return nil }
        let place = folder.appending("subcommands")
        if let path = try file(verb, in: place) {
            return Safety.mode(of: path)?.isExecutable == true ? .program(path) : .notExecutable(path)
        }
        return try file("\(verb).swift", in: place).map { .swift($0) }
    }

    /// Names of its own commands, without the plugin's, each once: what lies in `subcommands/`.
    package func verbs() throws -> [String] {
        let names = try listFolder(folder.appending("subcommands")).filter { !$0.hasPrefix(".") }
            .map { $0.hasSuffix(".swift") ? String($0.dropLast(".swift".count)) : $0 }
        return Set(names).subtracting(["default"]).sorted()
    }

    /// Whatever it has for a moment, in the order of the triggers.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)``.
    package func hooks() throws -> [(trigger: Trigger, hook: Hook)] {
        try Trigger.all.compactMap { trigger in try hook(trigger).map { (trigger, $0) } }
    }

    /// Its own commands by their verbs, that of the bare name as `default`.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)``.
    package func subcommands() throws -> [(verb: String, hook: Hook)] {
        try (verbs() + ["default"]).compactMap { verb in try subcommand(verb).map { (verb, $0) } }
    }

    /// The executable `commands`, as plugins have it that answer to any word and tell of their own.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)``.
    package func commands() throws -> FilePath? {
        guard let path = try file("commands", in: folder), Safety.mode(of: path)?.isExecutable == true else {
            return nil
        }
        return path
    }

    private func file(_ name: String) throws -> FilePath? {
        try file(name, in: folder.appending("hooks")) ?? file(name, in: folder)
    }

    private func file(_ name: String, in place: FilePath) throws -> FilePath? {
        let path = place.appending(name)
        guard let mode = Safety.mode(of: path), mode.isFile else { return nil }
        try Safety.demand(place)
        try Safety.demand(path, within: folder)
        return path
    }

    /// A program, a source to make one from, or a file that somebody forgot to make executable.
    package enum Hook: Sendable, Equatable {
        case program(FilePath)
        case swift(FilePath)
        case notExecutable(FilePath)

        package var isRunnable: Bool {
            if case .notExecutable = self { return false }
            return true
        }
    }

    /// At most 63 of letters, digits, `.`, `_` and `-`, starting with a letter or digit.
    package static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.first?.isLetterOrDigit == true
            && text.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
    }
}

extension TomlValue {
    /// What a variable can hold: text, and yes or no by its word.
    fileprivate var word: String? {
        switch self {
        case .text(let text): text
        case .boolean(let isTrue): "\(isTrue)"
        case .integer, .list, .table: nil
        }
    }
}
