import Core
import Files
import Store

extension Feature {
    /// The journal of changes: what runs, what was finished or undone.
    static let operations = Feature(
        "operations",
        "The journal of changes",
        commands: OperationsCommands.all,
        migrations: OperationsTable.migrations
    )
}

/// Runs operations: one at a time per app, each journaled, each brought to an end by somebody.
struct Operations: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Takes the app's lock, brings to an end what a dead owner left, and runs `body` as a new operation.
    ///
    /// A failure of `body` is settled by the same rules that settle an operation without an owner, so there is one
    /// way back and it is walked often.
    /// - Parameters:
    ///   - kind: What to do, and how it is settled.
    ///   - app: Whose lock is taken.
    ///   - summary: A few words for those who wait.
    ///   - limit: How long to wait for the lock.
    ///   - allowLocked: Goes on where a person has locked the app.
    ///   - body: The steps.
    /// - Returns: What `body` returns.
    /// - Throws: ``Failure`` with code ``FailureCode/busy`` when the lock is held for longer than `limit`.
    func run<Value: Sendable>(
        _ kind: OperationKind,
        on app: App,
        _ summary: String,
        waiting limit: Duration = .seconds(60),
        allowLocked: Bool = false,
        _ body: @escaping @Sendable (Held) async throws -> Value
    ) async throws -> Value {
        let lock = try await take(app, waiting: limit, summary)
        defer { lock.release() }
        return try await run(kind, on: app, summary, holding: lock, allowLocked: allowLocked, body)
    }

    /// The same for a caller who holds the lock already.
    func run<Value: Sendable>(
        _ kind: OperationKind,
        on app: App,
        _ summary: String,
        holding lock: FileLock,
        allowLocked: Bool = false,
        token: String? = nil,
        _ body: @escaping @Sendable (Held) async throws -> Value
    ) async throws -> Value {
        if !allowLocked, let reason = try await Apps(on: host).find(app.id).lock {
            throw Failure.locked(app, reason)
        }
        try await settleOrphans(of: app)
        // While this waited the app may have been destroyed.
        if !Apps.endings.contains(kind.name), try await Apps(on: host).known(app.id)?.archive != nil {
            throw Failure.noSuchApp(app.name.text)
        }
        let held = try await begin(kind, on: app, summary, token)
        do {
            let value = try await body(held)
            try await held.end(.finished)
            return value
        } catch {
            do { try await settle(held, kind, after: error) } catch let second {
                // What could not be undone now stays in the journal, and whoever comes next undoes it.
                let (first, why) = (Failure(error).what, Failure(second).what)
                let reason = why == first ? "" : ": \(why)"
                host.output.warn("what was begun is brought to its end by a later command\(reason)")
            }
            throw error
        }
    }

    /// What those are told who wait for whoever brings to its end what others began.
    static let settling = "settling what was left"

    /// Finishes or undoes what nobody owns any more; the caller holds the app's lock.
    func settleOrphans(of app: App) async throws { try await settleOrphans(of: app.id) }

    /// The same for an app that may be gone: what destroyed it may have died just behind its last row.
    func settleOrphans(of app: AppID) async throws {
        let orphans = try await host.store.read { try OperationsTable.running(app, $0) }
        for orphan in orphans {
            guard let kind = Features.operationKinds.first(where: { $0.name == orphan.kind }) else { continue }
            // First of all: whose they are stands nowhere once this process is the owner.
            try orphan.owner.endChildren()
            let held = try await adopt(orphan)
            do {
                let status = try await kind.settle(orphan, held, host)
                try await held.end(status, failure: "its owner died; \(status.rawValue) by a later command")
            } catch {
                await leave(held)
                throw error
            }
        }
    }

    /// Brings to an end every operation whose owner died, app by app; those with a living owner are left alone.
    func settleAllOrphans() async throws -> Int {
        let running = try await host.store.read { try OperationsTable.allRunning($0) }
        var settled = 0
        for id in Set(running.compactMap(\.app)) {
            guard let lock = try tryTake(id, Self.settling) else { continue }
            defer { lock.release() }
            do {
                try await settleOrphans(of: id)
                settled += 1
            } catch {
                // One app that cannot be settled yet must not keep the others from it.
                let name = (try? await Apps(on: host).find(id))?.name.text ?? id.text
                host.output.warn("\(name) is not settled yet: \(Failure(error).what)")
            }
        }
        return settled
    }

    /// Everything that has begun and not come to an end, of whatever app.
    func running() async throws -> [Operation] { try await host.store.read { try OperationsTable.allRunning($0) } }

    /// Waits for the app's lock and says for whom.
    ///
    /// Others who wait are told the summary; without one, the command that was typed.
    func take(_ app: App, waiting limit: Duration, _ summary: String? = nil) async throws -> FileLock {
        if let lock = try tryTake(app.id, summary) { return lock }
        let holder = try await holder(of: app)
        // A command that does not wait at all knows that waiting is in vain.
        let limit = limit > .zero ? host.caller.patience ?? limit : limit
        if limit > .zero { host.output.detail("waiting for \(holder)") }
        guard let lock = try await takeLock(app.id, summary, within: limit) else { throw try await busy(app) }
        return lock
    }

    /// The failure of whoever has waited long enough.
    func busy(_ app: App) async throws -> Failure {
        let holder = try await holder(of: app)
        var fix = "try again when it is done"
        // One that was left is not what keeps the lock.
        let first = try await working(on: app).flatMap { $0.owner.isAlive ? $0 : nil }
        if let first, first.owner.liveness == .frozen {
            fix = "let it go on, or end it with: slipway operations:resume \(first.id) --force"
        } else if let first, try await Apps(on: host).known(app.id) == nil {
            // A service, of which nothing can be cancelled.
            fix += ", or end it with: slipway operations:resume \(first.id) --force"
        } else if let first, first.kind == Settling.deploy.name, !first.isGoingLive {
            fix += ", or end it with: slipway builds:cancel \(app.name)"
        }
        return Failure(.busy, "\(app.name) is busy", why: holder, fix: fix)
    }

    func working(on app: App) async throws -> Operation? {
        try await host.store.read { try OperationsTable.running(app.id, $0) }.last
    }

    private func begin(_ kind: OperationKind, on app: App, _ summary: String, _ token: String?) async throws -> Held {
        let new = NewOperation(app: app.id, kind: kind.name, caller: host.caller.name, summary: summary, token: token)
        let now = host.time.now()
        let owner = Owner.this
        let (id, fence) = try await host.store.write { try OperationsTable.begin(new, owner: owner, at: now, $0) }
        return Held(host: host, kind: kind.name, app: app.id, operation: id, fence: fence)
    }

    /// Raises the fence for an operation that another process began, so that its old owner can write no more.
    private func adopt(_ operation: Operation) async throws -> Held {
        let fence = try await host.store.write { database in
            try OperationsTable.adopt(operation.id, app: operation.app, by: .this, database)
        }
        return Held(host: host, kind: operation.kind, app: operation.app, operation: operation.id, fence: fence)
    }

    /// Owns an operation no more that could not be brought to its end: this process may live for long, and nobody is
    /// to wait for it.
    private func leave(_ held: Held) async {
        // What cannot be written down is found out by its lock, which nobody holds then.
        try? await host.store.write { try OperationsTable.leave(held.operation, fence: held.fence, $0) }
    }

    /// Settling goes on when the task was cancelled: what was begun must come to an end.
    private func settle(_ held: Held, _ kind: OperationKind, after error: any Error) async throws {
        let host = host
        let words = "\(Failure(error))"
        if (error as? Failure)?.code == .lostLock { return }
        let work = Task {
            // Only for people who ask later: on a full disk the way back goes on without it.
            try? await held.note(["failure": words])
            guard let operation = try await host.store.read({ try OperationsTable.find(held.operation, $0) }) else {
                return
            }
            let status = try await kind.settle(operation, held, host)
            try await held.end(status, failure: words)
        }
        do { try await work.value } catch {
            await leave(held)
            throw error
        }
    }
}
