import Core
import Files
import FoundationEssentials
import Glibc
import Programs
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Plugins

/// A plugin in a folder of its own, and a cache that all tests of this process share: the library is compiled once.
struct SwiftFixture {
    /// The repository this test was built from.
    static let house = #filePath.split(separator: "/").dropLast(3).reduce(FilePath("/")) { $0.appending(String($1)) }

    static let compiler: FilePath? = {
        let named = ProcessInfo.processInfo.environment["SLIPWAY_SWIFTC"].map { FilePath($0) }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map {
            FilePath(String($0))
        }
        return SwiftCompiler.find(named: named, in: path + SwiftCompiler.usualPlaces)?.path
    }()

    private static let shared = Mutex<TemporaryFolder?>(nil)

    let folder: TemporaryFolder
    let cache: FilePath
    let library: FilePath
    /// How often the compiler was run.
    let runs = Runs()

    init() throws {
        folder = try TemporaryFolder()
        let common = try Self.shared.withLock { known in
            if let known { return known }
            let made = try TemporaryFolder()
            known = made
            return made
        }
        cache = common.path.appending("cache/hooks")
        library = folder.path.appending("SlipwayHooks")
        for file in try listFolder(Self.house.appending("Sources/SlipwayHooks")) {
            let bytes = try readFile(Self.house.appending("Sources/SlipwayHooks/\(file)")) ?? []
            try folder.write("SlipwayHooks/\(file)", String(decoding: bytes, as: UTF8.self))
        }
    }

    func hooks(compiler: FilePath? = SwiftFixture.compiler, cache: FilePath? = nil) -> SwiftHooks {
        SwiftHooks(
            library: library,
            cache: cache ?? self.cache,
            programs: runs.counted(.live),
            compiler: compiler,
            places: []
        )
    }

    /// A plugin with these files; its texts differ from those of every other test, so that none finds another's program.
    func plugin(_ files: [String: String], named name: String = "sample") throws -> Plugin {
        try folder.write("plugins/\(name)/plugin.toml", "[plugin]\nversion = \"1\"\n")
        for (path, text) in files {
            try folder.write("plugins/\(name)/\(path)", text + "\n// \(folder.path)\n")
        }
        return try #require(try Plugin(in: folder.path.appending("plugins/\(name)")))
    }

    /// A plugin of the repository, in a folder that nobody else can write.
    func bundled(_ name: String) async throws -> Plugin {
        let place = folder.path.appending("bundled")
        try makeFolder(place)
        let from = Self.house.appending("plugins/\(name)").string
        try await Programs.live.succeed(Program("/bin/cp", ["-R", from, place.string]))
        try await Programs.live.succeed(Program("/bin/chmod", ["-R", "go-w", place.string]))
        return try #require(try Plugin(in: place.appending(name)))
    }

    final class Runs: Sendable {
        private let number = Mutex(0)
        var count: Int { number.withLock { $0 } }

        func counted(_ programs: Programs) -> Programs {
            var counted = programs
            counted.run = { program in
                if program.name == "swiftc" { self.number.withLock { $0 += 1 } }
                return try await programs.run(program)
            }
            return counted
        }
    }
}
