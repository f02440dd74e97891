import Core
import Files

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
