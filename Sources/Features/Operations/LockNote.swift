import Core
import Files
import FoundationEssentials
import SystemPackage

/// What the holder of an app's lock says of itself, for as long as no operation says more.
///
/// It stands in the lock's file, which is the holder's alone to write. Who reads it may find a part of it, which is as
/// good as nothing, or what a process has left that died, which its owner tells.
struct LockNote: Codable, Sendable, Equatable {
    var summary: String
    var caller: String
    var since: Int64
    var owner: Owner

    /// What stands there now of a holder that lives.
    init?(in path: FilePath) {
        guard let bytes = try? readFile(path, limit: 4096),
            let note = try? JSONDecoder().decode(Self.self, from: Data(bytes)), note.owner.isAlive
        else { return nil }
        self = note
    }

    init(_ summary: String, by caller: String, since: Timestamp) {
        self.summary = cleaned(String(summary.prefix(200)), keepTabs: false)
        (self.caller, self.since, owner) = (caller, since.milliseconds, .this)
    }

    /// Writes it down; a lock without it is as good.
    func leave(with lock: FileLock) {
        if let bytes = try? JSONEncoder().encode(self) { lock.say(String(decoding: bytes, as: UTF8.self)) }
    }
}
