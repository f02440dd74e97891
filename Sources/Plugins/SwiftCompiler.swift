import Core
import Files
import Glibc
import Programs
import SlipwayHooks
import SystemPackage

/// `swiftc` of this machine, and how it is called.
struct SwiftCompiler: Sendable {
    let path: FilePath
    /// Another one, or another version in its place, has another key.
    let key: String

    /// Where it usually is; the first that is there counts.
    static let usualPlaces: [FilePath] = [
        "/usr/local/bin", "/usr/bin", FilePath("/opt").appending("swift/usr/bin"), "/usr/share/swift/usr/bin",
        "/usr/local/swift/usr/bin", "/usr/libexec/swift/bin",
    ]

    /// How programs are linked, best first: without any library of the host a program starts as fast as a shell, and
    /// goes on when it is carried to another machine or the compiler is taken away.
    static let linkages = ["-static-executable", "-static-stdlib", ""]

    /// - Parameters:
    ///   - named: The one that somebody asks for, instead of those in the usual places.
    ///   - places: Folders in which one may be.
    /// - Returns: Nil where there is none.
    static func find(named: FilePath?, in places: [FilePath]) -> SwiftCompiler? {
        let candidates = named.map { [$0] } ?? places.map { $0.appending("swiftc") }
        return candidates.lazy.compactMap { SwiftCompiler($0) }.first
    }

    private init?(_ path: FilePath) {
        var status = stat()
        guard access(path.string, X_OK) == 0, stat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        self.path = path
        let facts = "\(path) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
        key = String(SHA256.hex(SHA256.hash(Array(facts.utf8))).prefix(16))
    }

    /// A run of it, with nothing of our environment and with its temporary files in a folder.
    func program(_ arguments: [String], in folder: FilePath) -> Program {
        var program = Program(path, arguments, directory: folder, limit: 4 << 20)
        let own = path.removingLastComponent()
        program.environment = .exactly([
            "PATH": "\(own):/usr/local/bin:/usr/bin:/bin", "HOME": folder.string, "TMPDIR": folder.string,
            "LANG": "C.UTF-8",
        ])
        program.leadsSession = true
        program.endsGroup = true
        return program
    }

    /// From sources to objects; ``SwiftHooks`` says what the words mean.
    static func common(modules: FilePath) -> [String] {
        [
            "-swift-version", "6", "-static-stdlib", "-wmo", "-diagnostic-style", "llvm", "-module-cache-path",
            modules.string,
        ]
    }
}
