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
    /// - Throws: ``PluginError/unsafe(path:why:)`` when others could change it, ``PluginError/malformed(path:line:)``.
    package init?(in folder: FilePath) throws {
        guard let name = folder.lastComponent?.string, Self.isName(name),
            Safety.mode(of: folder)?.isFolder == true,
            let bytes = try readFile(folder.appending("plugin.toml"), limit: 1 << 16)
        else { return nil }
        try Safety.demand(folder)
        let facts = try PluginFacts(String(decoding: bytes, as: UTF8.self), of: folder.appending("plugin.toml"))
        self.name = name
        self.folder = folder
        summary = facts.values["description"] ?? ""
        version = facts.values["version"] ?? ""
        neededVersion = facts.values["slipway"]
        startsEnabled = facts.values["enabled"] != "false"
        isService = Safety.mode(of: folder.appending("service.toml"))?.isFile == true
        names = Set(try listFolder(folder)).union(try listFolder(folder.appending("hooks")))
        config = facts.config
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

    /// Names of its own commands, without the plugin's: what lies in `subcommands/`.
    package func verbs() throws -> [String] {
        try listFolder(folder.appending("subcommands")).filter { !$0.hasPrefix(".") && $0 != "default" }
            .map { $0.hasSuffix(".swift") ? String($0.dropLast(".swift".count)) : $0 }.sorted()
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

/// The tables `[plugin]` and `[plugin.config]` of a `plugin.toml`; others are the plugin's own business.
struct PluginFacts {
    private(set) var values: [String: String] = [:]
    private(set) var config: [String: String] = [:]

    /// Lines `key = "text"`, comments and tables: the part of TOML that `plugin.toml` has.
    init(_ text: String, of path: FilePath) throws {
        var table = ""
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(raw).trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("[") {
                table = String(line.dropFirst().prefix { $0 != "]" }).trimmed
                continue
            }
            guard table == "plugin" || table == "plugin.config" else { continue }
            let mark = line.firstIndex(of: "=")
            let value = mark.flatMap { Self.string(line[line.index(after: $0)...]) }
            // What a plugin keeps for itself may be of any kind; only text can be a variable.
            if table == "plugin.config", mark != nil, value == nil { continue }
            guard let mark, let value else { throw PluginError.malformed(path: path.string, line: index + 1) }
            let key = String(line[..<mark]).trimmed
            if table == "plugin" { values[key] = value } else { config[key] = value }
        }
    }

    private static func string(_ text: Substring) -> String? {
        let rest = String(text).trimmed
        if ["true", "false"].contains(rest) { return rest }
        guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
        return String(rest[rest.index(after: rest.startIndex)..<end])
    }
}
