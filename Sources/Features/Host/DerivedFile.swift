import Core
import Files
import SystemPackage

/// A file that is written from what is read: rows, or its own text before.
///
/// Of two commands that read and then write, the one that read first may write last, and with it goes what the other
/// has added.
struct DerivedFile: Sendable {
    let path: FilePath
    let host: Host

    init(_ path: FilePath, on host: Host) {
        self.path = path
        self.host = host
    }

    /// Reads and writes while no other command does, in this process or another.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/busy`` when another does not come to its end.
    func alone<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        let name = path.lastComponent?.string ?? "file"
        // The other needs as long as a file takes, whatever clock the host goes by.
        let patience = host.caller.patience ?? .seconds(30)
        guard let lock = try await takeLock(host.paths.locks.appending("file-\(name)"), within: patience) else {
            throw Failure(.busy, "\(path) is being written by another command", fix: "try again in a moment")
        }
        defer { lock.release() }
        return try await work()
    }
}
