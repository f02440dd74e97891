import Core
import Files
import Glibc
package import Programs
import SlipwayHooks
package import SystemPackage

/// Programs of hooks that are written in Swift: made once, kept for as long as a plugin needs them.
///
/// A program is known by what it was made of: the texts of the hook, the library, the compiler. So nothing is compiled
/// twice, and nothing old is ever run; a hook that was compiled when its plugin was installed costs a push nothing.
package struct SwiftHooks: Sendable {
    /// The source of the library `SlipwayHooks`.
    let library: FilePath
    /// Where programs are kept.
    let cache: FilePath
    let programs: Programs
    let named: FilePath?
    let places: [FilePath]
    package let limit: Duration

    /// - Parameters:
    ///   - library: The folder of the library's source.
    ///   - cache: The folder of what is compiled; made on demand, by root for whoever the folder above it belongs to.
    ///   - programs: How the compiler is run.
    ///   - compiler: The path of `swiftc`, instead of looking in the usual places.
    ///   - places: The usual places; nil are those of all machines.
    ///   - limit: How long one run of the compiler may take.
    package init(
        library: FilePath,
        cache: FilePath,
        programs: Programs,
        compiler: FilePath? = nil,
        places: [FilePath]? = nil,
        limit: Duration = .seconds(300)
    ) {
        self.library = library
        self.cache = cache
        self.programs = programs
        named = compiler
        self.places = places ?? SwiftCompiler.usualPlaces
        self.limit = limit
    }

    /// The version of the library.
    package static let version = HookLibrary.version

    /// The program of a hook or a command of a plugin; compiled now if it is not there yet.
    ///
    /// A program that the plugin brings along counts first, then one that is kept.
    /// - Throws: ``Failure`` with code ``FailureCode/pluginFailed`` for a text that is wrong, and where there is neither
    ///   a compiler nor a program; ``PluginError/unsafe(path:why:)``.
    package func program(of path: FilePath, in plugin: Plugin) async throws -> FilePath {
        let source = try SwiftSource(path, in: plugin)
        let compiler = SwiftCompiler.find(named: named, in: places)
        if let shipped = try shipped(source, of: plugin, canCompile: compiler != nil) { return shipped }
        let library = try SwiftLibrary.found(in: library)
        guard let compiler else {
            guard let kept = try kept(source, library) else {
                throw try isShippedOtherwise(plugin) ? Self.otherText(plugin, path) : Self.noCompiler(plugin, path)
            }
            return kept
        }
        return try await compiled(source, library, compiler)
    }

    /// Compiles whatever a plugin has in Swift, so that nothing is compiled later.
    ///
    /// - Returns: The programs, by the paths of their sources.
    /// - Throws: As ``program(of:in:)`` does, for the first that fails.
    @discardableResult
    package func compileAll(_ plugin: Plugin) async throws -> [FilePath: FilePath] {
        var programs: [FilePath: FilePath] = [:]
        for path in try Self.sources(of: plugin) { programs[path] = try await program(of: path, in: plugin) }
        return programs
    }

    /// Everything in Swift that a plugin would be run by: hooks, then commands.
    ///
    /// - Throws: ``PluginError/unsafe(path:why:)``.
    package static func sources(of plugin: Plugin) throws -> [FilePath] {
        try (plugin.hooks().map(\.hook) + plugin.subcommands().map(\.hook)).compactMap { hook in
            if case .swift(let path) = hook { path } else { nil }
        }
    }

    /// What a program is called in the cache.
    func entry(_ source: SwiftSource, _ library: SwiftLibrary, _ compiler: SwiftCompiler) -> FilePath {
        cache.appending("\(source.key)-\(library.key)-\(compiler.key)")
    }

    func compiled(
        _ source: SwiftSource,
        _ library: SwiftLibrary,
        _ compiler: SwiftCompiler
    ) async throws -> FilePath {
        let entry = entry(source, library, compiler)
        if isSound(entry) { return entry }
        try prepareCache()
        // One at a time for each user: a compiler wants much memory, and hosts are small.
        let lock = cache.appending(".lock-\(geteuid())")
        guard let held = try await takeLock(lock, within: limit) else {
            throw Failure(.busy, "another process compiles hooks", why: "it holds \(lock)", fix: "try again later")
        }
        defer { held.release() }
        if isSound(entry) { return entry }
        try await SwiftCompilation(self, source, library, compiler).make(entry)
        return entry
    }

    /// A program from the time when there was a compiler.
    private func kept(_ source: SwiftSource, _ library: SwiftLibrary) throws -> FilePath? {
        try listFolder(cache).filter { $0.hasPrefix("\(source.key)-\(library.key)-") }.map { cache.appending($0) }
            .first { isSound($0) }
    }

    /// Whether something in the cache is there and could have been put there by root or by us alone.
    func isSound(_ path: FilePath) -> Bool {
        do { try Safety.demand(path) } catch { return false }
        return true
    }

    /// Makes the cache, if need be for whoever the folder above it belongs to.
    private func prepareCache() throws {
        for folder in [cache.removingLastComponent(), cache] where Safety.mode(of: folder) == nil {
            try makeFolder(folder)
            try giveToOwner(folder)
        }
        var status = stat()
        guard lstat(cache.string, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o022 == 0,
            [0, geteuid(), owner(of: cache.removingLastComponent())].contains(status.st_uid)
        else { throw PluginError.unsafe(path: cache.string, why: "others may change it, or it is no folder") }
    }

    private func giveToOwner(_ folder: FilePath) throws {
        guard geteuid() == 0, let owner = owner(of: folder.removingLastComponent()), owner != 0 else { return }
        let group = getpwuid(owner)?.pointee.pw_gid ?? gid_t.max
        guard lchown(folder.string, owner, group) == 0 else { throw FileError(folder, Errno(rawValue: errno)) }
    }

    private func owner(of path: FilePath) -> uid_t? {
        var status = stat()
        return stat(path.string, &status) == 0 ? status.st_uid : nil
    }
}
