import Core
import Files
import Plugins
import SystemPackage

/// The kinds that there are: a file `service.toml` in the folder of a plugin, of ours or of the administrator's.
struct ServiceKinds: Sendable {
    static let file = "service.toml"

    let paths: Paths

    /// What holds when two plugins have the same name stands last.
    private var folders: [FilePath] { [paths.corePlugins, paths.plugins] }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``, or ``FailureCode/malformed`` with the line.
    func find(_ name: ServiceKindName) throws -> ServiceKind {
        for folder in folders.reversed() {
            let path = folder.appending(name.text).appending(Self.file)
            guard let bytes = try readFile(path, limit: 1 << 20) else { continue }
            // What a declaration says is run as root of a container, with all secrets of its services.
            try Safety.demand(path, below: folder)
            do { return try ServiceKindReader.read(bytes, name: name) } catch { throw error.failure(in: path.string) }
        }
        let all = try names().map(\.text).joined(separator: ", ")
        throw Failure(
            .notFound,
            "there is no kind of service \(quoted(name.text))",
            why: all.isEmpty ? "no plugin has a \(Self.file)" : "there are \(all)"
        )
    }

    func names() throws -> [ServiceKindName] {
        let all = try folders.flatMap { folder in
            try listFolder(folder).filter { try readFile(folder.appending($0).appending(Self.file)) != nil }
        }
        return Set(all.compactMap { try? ServiceKindName($0) }).sorted()
    }
}
