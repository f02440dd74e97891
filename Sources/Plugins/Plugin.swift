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

    /// The plugin in a folder; nil when the folder is none.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)`` when others could change it, ``PluginError/malformed(path:line:)``.
    init?(in folder: FilePath) throws {
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
    }

    /// What it does at a moment: `hooks/NAME` or `NAME`, in this order.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)``.
    package func hook(_ trigger: Trigger) throws -> Hook? {
        for place in [folder.appending("hooks"), folder] {
            let path = place.appending(trigger.rawValue)
            guard let mode = Safety.mode(of: path), mode.isFile else { continue }
            try Safety.demand(place)
            try Safety.demand(path, within: folder)
            return Hook(path: path, isExecutable: mode.isExecutable)
        }
        return nil
    }

    /// An executable, or a file that somebody forgot to make one.
    package struct Hook: Sendable, Equatable {
        package let path: FilePath
        package let isExecutable: Bool
    }

    /// At most 63 of letters, digits, `.`, `_` and `-`, starting with a letter or digit.
    private static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.first?.isLetterOrDigit == true
            && text.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
    }
}

/// The `[plugin]` table of a `plugin.toml`; other tables are the plugin's own business.
struct PluginFacts {
    private(set) var values: [String: String] = [:]

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
            guard table == "plugin" else { continue }
            guard let mark = line.firstIndex(of: "="), let value = Self.string(line[line.index(after: mark)...]) else {
                throw PluginError.malformed(path: path.string, line: index + 1)
            }
            values[String(line[..<mark]).trimmed] = value
        }
    }

    private static func string(_ text: Substring) -> String? {
        let rest = String(text).trimmed
        guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
        return String(rest[rest.index(after: rest.startIndex)..<end])
    }
}
