import Files
import Glibc
import SystemPackage

extension SwiftHooks {
    /// Removes from the cache what no plugin needs: programs of older texts, older libraries, what a compiler left that
    /// was ended.
    ///
    /// A program that is running goes on. What is younger than `age` stays: a plugin that is just being installed is not
    /// among those that are known.
    /// - Parameters:
    ///   - plugins: All that there are, enabled or not.
    ///   - age: What is younger stays.
    /// - Returns: How many were removed.
    /// - Throws: `FileError`; ``PluginError`` for a plugin that cannot be trusted.
    @discardableResult
    package func tidy(keeping plugins: [Plugin], olderThan age: Duration = .seconds(86_400)) throws -> Int {
        let needed = try Self.keys(of: plugins)
        let library = try? SwiftLibrary.found(in: library).key
        let compiler = SwiftCompiler.find(named: named, in: places)?.key
        var removed = 0
        for name in try listFolder(cache) where isOlder(cache.appending(name), than: age) {
            let parts = name.split(separator: "-").map(String.init)
            let isNeeded: Bool
            if name.hasPrefix(".making-") {
                isNeeded = false
            } else if parts.count == 3, parts[0] == "library" {
                isNeeded = parts[1] == library && (compiler == nil || parts[2] == compiler)
            } else if parts.count == 3 {
                // Without a compiler every program for the library of now is the last of its kind.
                isNeeded = needed.contains(parts[0]) && parts[1] == library && (compiler == nil || parts[2] == compiler)
            } else {
                isNeeded = true
            }
            if isNeeded { continue }
            try removeTree(cache.appending(name))
            removed += 1
        }
        return removed
    }

    /// Removes what was compiled for a plugin that goes, but what another needs too.
    ///
    /// - Throws: `FileError`; ``PluginError`` for a plugin that cannot be trusted.
    package func forget(_ plugin: Plugin, keeping others: [Plugin]) throws {
        let gone = try Self.keys(of: [plugin]).subtracting(try Self.keys(of: others))
        for name in try listFolder(cache) where gone.contains(String(name.prefix { $0 != "-" })) {
            try removeTree(cache.appending(name))
        }
    }

    private static func keys(of plugins: [Plugin]) throws -> Set<String> {
        var keys: Set<String> = []
        for plugin in plugins {
            for path in try sources(of: plugin) { keys.insert(try SwiftSource(path, in: plugin).key) }
        }
        return keys
    }

    private func isOlder(_ path: FilePath, than age: Duration) -> Bool {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return false }
        return time(nil) - status.st_mtim.tv_sec >= age.components.seconds
    }
}
