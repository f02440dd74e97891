import Core
import Files
import Glibc
import Programs
import SystemPackage

/// One run of the compiler, in a folder of its own.
struct SwiftCompilation {
    private let hooks: SwiftHooks
    private let source: SwiftSource
    private let library: SwiftLibrary
    private let compiler: SwiftCompiler
    private let folder: FilePath
    private let modules: FilePath
    /// Everybody who may come near it may run it.
    private let mode: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]

    init(_ hooks: SwiftHooks, _ source: SwiftSource, _ library: SwiftLibrary, _ compiler: SwiftCompiler) {
        self.hooks = hooks
        self.source = source
        self.library = library
        self.compiler = compiler
        folder = hooks.cache.appending(".making-\(UInt64.random(in: .min ... .max))")
        modules = hooks.cache.appending("modules-\(geteuid())")
    }

    /// Makes the program and puts it in its place, whole.
    ///
    /// - Throws: ``Failure`` with the compiler's first errors.
    func make(_ entry: FilePath) async throws {
        try makeFolder(folder)
        defer { try? removeTree(folder) }
        // What the compiler makes of the system's headers; another user's could say anything.
        if !hooks.isSound(modules) { try removeTree(modules) }
        try makeFolder(modules)
        let library = try await prepareLibrary()
        let object = folder.appending("hook.o")
        let files = [source.main] + source.shared
        let paths = try files.enumerated().map { index, file in
            let name = index == 0 ? "main.swift" : "shared_\(FilePath(file.name).lastComponent?.string ?? "")"
            let path = folder.appending(name)
            try writeFile(path, SwiftSource.text(of: file))
            return path.string
        }
        let words = ["-O", "-module-name", "Hook", "-I", library.string, "-c", "-o", object.string]
        let outcome = try await run(SwiftCompiler.common(modules: modules) + words + paths)
        guard outcome.ending.isSuccess else { throw wrongText(outcome) }
        let program = try await link([object, library.appending("SlipwayHooks.o")])
        guard let bytes = try readFile(program, limit: 512 << 20) else { throw wrongHost("it left no program") }
        if !hooks.isSound(entry) { try removeTree(entry) }
        try writeFile(entry, bytes, mode: mode)
    }

    /// The library as the compiler reads it: module and object, made once for all hooks.
    private func prepareLibrary() async throws -> FilePath {
        let place = hooks.cache.appending("library-\(library.key)-\(compiler.key)")
        let names = ["SlipwayHooks.swiftmodule", "SlipwayHooks.o"]
        if hooks.isSound(place), names.allSatisfy({ hooks.isSound(place.appending($0)) }) { return place }
        let made = folder.appending("library")
        try makeFolder(made, mode: mode)
        let words = [
            "-Onone", "-parse-as-library", "-module-name", "SlipwayHooks", "-emit-module", "-emit-module-path",
            made.appending(names[0]).string, "-c", "-o", made.appending(names[1]).string,
        ]
        let outcome = try await run(SwiftCompiler.common(modules: modules) + words + library.files.map(\.string))
        guard outcome.ending.isSuccess else {
            throw wrongHost("it cannot compile the library SlipwayHooks", Self.lines(outcome))
        }
        for name in try listFolder(made) { chmod(made.appending(name).string, 0o644) }
        // What the compiler wrote is nowhere but in memory yet, and its place is taken for whole by everybody.
        try syncTree(made)
        try removeTree(place)
        try renameFile(made, to: place)
        return place
    }

    private func link(_ objects: [FilePath]) async throws -> FilePath {
        let program = folder.appending("hook")
        var words: [String] = []
        for linkage in SwiftCompiler.linkages {
            let outcome = try await run(
                (linkage.isEmpty ? [] : [linkage]) + objects.map(\.string) + [
                    "-o", program.string, "-Xlinker", "--gc-sections", "-Xlinker", "-s",
                ]
            )
            if outcome.ending.isSuccess { return program }
            words = Self.lines(outcome)
        }
        throw wrongHost("it cannot link", words)
    }

    private func run(_ arguments: [String]) async throws -> Outcome {
        let program = compiler.program(arguments, in: folder)
        let programs = hooks.programs
        do {
            return try await withTimeout(hooks.limit, clock: ContinuousClock()) { try await programs.run(program) }
        } catch is TimedOut {
            throw wrongHost("it did not come to an end within \(hooks.limit.words)")
        } catch ProgramError.saidTooMuch {
            throw wrongHost("it says more than anybody would read")
        }
    }

    private static func lines(_ outcome: Outcome) -> [String] {
        (outcome.errorText + outcome.text).split(separator: "\n").map { cleaned(String($0)) }
    }

    /// The author's mistake: what the compiler says, from its first error on.
    private func wrongText(_ outcome: Outcome) -> Failure {
        let all = Self.lines(outcome)
        let first = all.firstIndex { $0.contains(" error: ") } ?? all.startIndex
        return Failure(
            .pluginFailed,
            "\(source.main.name) of the plugin \(source.plugin) cannot be compiled",
            why: all[first...].first,
            fix: "mend the file; slipway plugin:validate \(source.plugin) compiles it again",
            excerpt: .init(title: "the compiler said:", lines: Array(all[first...].prefix(20)))
        )
    }

    private func wrongHost(_ why: String, _ words: [String] = []) -> Failure {
        Failure(
            .programFailed,
            "\(compiler.path) could not do its work",
            why: why,
            fix: "install a Swift toolchain of version 6 or later, or set SLIPWAY_SWIFTC to the one to use",
            excerpt: words.isEmpty ? nil : .init(title: "it said:", lines: Array(words.suffix(20)))
        )
    }
}
