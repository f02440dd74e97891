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

extension Operations {
    /// The app's lock, with a word of who has it and what for; nil when somebody else has it.
    ///
    /// The summary is for those who wait; without one it is the command that was typed.
    func tryTake(_ app: AppID, _ summary: String? = nil) throws -> FileLock? {
        let lock = try FileLock.tryTake(host.paths.lock(of: app))
        if let lock { sign(lock, summary) }
        return lock
    }

    /// The same, waited for up to `limit`.
    func takeLock(_ app: AppID, _ summary: String?, within limit: Duration) async throws -> FileLock? {
        let lock = try await Files.takeLock(host.paths.lock(of: app), within: limit, clock: host.time.clock)
        if let lock { sign(lock, summary) }
        return lock
    }

    private func sign(_ lock: FileLock, _ summary: String?) {
        let words = summary ?? host.caller.command ?? Self.somebody
        LockNote(words, by: host.caller.name, since: host.time.now()).leave(with: lock)
    }

    /// Who holds a lock of which nothing is known.
    private static let somebody = "another command"

    /// Who holds an app's lock, in words.
    func holder(of app: App) async throws -> String {
        let now = host.time.now()
        let running = try await working(on: app)
        if let running, running.owner.isAlive { return words(running, now) }
        if let note = LockNote(in: host.paths.lock(of: app.id)) {
            let age = Timestamp(milliseconds: note.since).age(at: now)
            return "\(note.summary) by \(note.caller), since \(age)\(frozen(note.owner))"
        }
        return running.map { words($0, now) } ?? Self.somebody
    }

    private func words(_ operation: Operation, _ now: Timestamp) -> String {
        let age = operation.startedAt.age(at: now)
        let step = operation.steps.last.map { ", now in \($0.name)" } ?? ""
        return "\(operation.summary) by \(operation.caller), since \(age)\(step)\(frozen(operation.owner))"
    }

    private func frozen(_ owner: Owner) -> String {
        owner.liveness == .frozen ? "; its process \(owner.process) is frozen" : ""
    }
}
