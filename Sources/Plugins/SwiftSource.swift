import Core
import Files
import SlipwayHooks
import SystemPackage

/// The text of a hook in Swift, with what its plugin shares among all of them in `shared/`.
struct SwiftSource: Sendable {
    struct File: Sendable {
        /// Below the plugin's folder, as its author knows it.
        var name: String
        var bytes: [UInt8]
    }

    let plugin: String
    let main: File
    let shared: [File]
    /// The same for the same texts, wherever they lie.
    let key: String

    /// - Throws: ``PluginError/unsafe(path:why:)``; `FileError` for what cannot be read.
    init(_ path: FilePath, in plugin: Plugin) throws {
        self.plugin = plugin.name
        main = try Self.file(path, plugin)
        let place = plugin.folder.appending("shared")
        let names = try listFolder(place).filter { $0.hasSuffix(".swift") && !$0.hasPrefix(".") }
        if !names.isEmpty { try Safety.demand(place) }
        shared = try names.map { try Self.file(place.appending($0), plugin) }
        // The name of the hook itself is left out: links to one file are one program.
        let texts = ([File(name: "", bytes: main.bytes)] + shared).flatMap { file in
            Array("\(file.name.utf8.count) \(file.name) \(file.bytes.count)\n".utf8) + file.bytes
        }
        key = String(SHA256.hex(SHA256.hash(texts)).prefix(32))
    }

    /// As the compiler is given it: its lines keep their numbers, and errors name the plugin's own file.
    static func text(of file: File) -> [UInt8] {
        // A first line for the kernel is none for the compiler once another stands before it.
        let mark = file.bytes.starts(with: Array("#!".utf8)) ? "//" : ""
        return Array("#sourceLocation(file: \(file.name.inDoubleQuotes), line: 1)\n\(mark)".utf8) + file.bytes
    }

    private static func file(_ path: FilePath, _ plugin: Plugin) throws -> File {
        try Safety.demand(path, within: plugin.folder)
        guard let bytes = try readFile(path, limit: 1 << 20) else {
            throw PluginError.unsafe(path: path.string, why: "it is gone")
        }
        var short = path
        _ = short.removePrefix(plugin.folder)
        return File(name: short.string, bytes: bytes)
    }
}
