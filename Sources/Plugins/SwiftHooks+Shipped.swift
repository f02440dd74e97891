import Core
import Files
import Glibc
import SlipwayHooks
package import SystemPackage

/// Programs that a plugin brings along, for hosts without a compiler: `compiled/<machine>-<key>/hook`.
///
/// Beside each stands `built-with`, the version of the library that is in it.
extension SwiftHooks {
    /// Compiles all that a plugin has in Swift and puts the programs into its folder; what is there of older texts goes.
    ///
    /// - Returns: The programs.
    /// - Throws: As ``program(of:in:)`` does; nothing was changed then.
    @discardableResult
    package func build(_ plugin: Plugin) async throws -> [FilePath] {
        var made: [String: [UInt8]] = [:]
        for path in try Self.sources(of: plugin) {
            guard let compiler = SwiftCompiler.find(named: named, in: places) else {
                throw Self.noCompiler(plugin, path)
            }
            let source = try SwiftSource(path, in: plugin)
            let program = try await compiled(source, SwiftLibrary.found(in: library), compiler)
            made[source.key] = try readFile(program, limit: 512 << 20)
        }
        let place = Self.compiled(plugin)
        let mode: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]
        let text: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
        if !made.isEmpty { try makeFolder(place, mode: mode) }
        for (key, bytes) in made {
            let folder = place.appending("\(Self.machine)-\(key)")
            try makeFolder(folder, mode: mode)
            try writeFile(folder.appending("built-with"), Array("library \(Self.version)\n".utf8), mode: text)
            try writeFile(folder.appending("hook"), bytes, mode: mode)
        }
        for name in try listFolder(place) where name.hasPrefix("\(Self.machine)-") {
            if made[String(name.dropFirst(Self.machine.count + 1))] == nil { try removeTree(place.appending(name)) }
        }
        return made.keys.sorted().map { place.appending("\(Self.machine)-\($0)/hook") }
    }

    /// The program that a plugin brings along for exactly this text; nil where it brings none.
    ///
    /// - Throws: ``Failure`` for one that was built against a library this slipway does not have, where it cannot be
    ///   compiled here either.
    func shipped(_ source: SwiftSource, of plugin: Plugin, canCompile: Bool) throws -> FilePath? {
        let place = Self.compiled(plugin)
        let folder = place.appending("\(Self.machine)-\(source.key)")
        let program = folder.appending("hook")
        guard Safety.mode(of: program)?.isExecutable == true else { return nil }
        for path in [place, folder] { try Safety.demand(path) }
        try Safety.demand(program, within: plugin.folder)
        let text = String(decoding: try readFile(folder.appending("built-with"), limit: 4096) ?? [], as: UTF8.self)
        let version = text.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
        if Self.major(version) == Self.major(Self.version) { return program }
        if canCompile { return nil }
        throw Failure(
            .pluginFailed,
            "\(source.main.name) of the plugin \(plugin.name) was built for another slipway",
            why:
                "it was built with SlipwayHooks \(version.isEmpty ? "of no version" : version), this is \(Self.version)",
            fix: "slipway plugin:build \(plugin.name) on a machine with a Swift toolchain, or install one here"
        )
    }

    /// Whether a plugin brings programs for this machine at all.
    func isShippedOtherwise(_ plugin: Plugin) throws -> Bool {
        try listFolder(Self.compiled(plugin)).contains { $0.hasPrefix("\(Self.machine)-") }
    }

    static func noCompiler(_ plugin: Plugin, _ path: FilePath) -> Failure {
        Failure(
            .pluginFailed,
            "\(path) cannot be run",
            why: "the plugin \(plugin.name) has hooks in Swift, and there is no compiler for them here",
            fix: "install a Swift toolchain (or set SLIPWAY_SWIFTC), or ship the compiled hooks with the plugin:"
                + " slipway plugin:build \(plugin.name), on a machine that has one"
        )
    }

    static func otherText(_ plugin: Plugin, _ path: FilePath) -> Failure {
        Failure(
            .pluginFailed,
            "\(path) cannot be run",
            why:
                "the compiled hooks of the plugin \(plugin.name) were made of another text, and there is no compiler here",
            fix: "slipway plugin:build \(plugin.name), on a machine with a Swift toolchain, or install one here"
        )
    }

    private static func compiled(_ plugin: Plugin) -> FilePath { plugin.folder.appending("compiled") }

    private static func major(_ version: String) -> Int? { version.split(separator: ".").first.flatMap { Int($0) } }

    /// The kind of processor.
    static let machine: String = {
        var names = utsname()
        guard uname(&names) == 0 else { return "unknown" }
        return withUnsafePointer(to: &names.machine) {
            $0.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
        }
    }()
}
