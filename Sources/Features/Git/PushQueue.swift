import Core
import Files
import GRDB
import Store

/// Pushes that wait for their app: the newest stays, older ones are told to go.
struct PushQueue: Sendable {
    static let patience: Duration = .seconds(600)

    let host: Host

    init(on host: Host) { self.host = host }

    /// Waits for the app's lock, however many others do.
    ///
    /// - Throws: ``Failure`` with ``FailureCode/superseded``, ``FailureCode/cancelled`` or ``FailureCode/busy``.
    func take(_ app: App, token: String, summary: String) async throws -> FileLock {
        let operations = Operations(on: host)
        if let lock = try operations.tryTake(app.id, summary) { return lock }
        let (now, caller) = (host.time.now(), host.caller.name)
        try await host.store.write {
            try OperationsTable.enqueue(token, app.id, caller: caller, summary: summary, at: now, $0)
        }
        defer { forget(token) }
        host.output.detail("waiting for \(try await operations.holder(of: app))")
        let began = host.time.uptime()
        while (host.time.uptime() - began) < Self.patience {
            try await leaveIfAsked(token)
            if let lock = try operations.tryTake(app.id, summary) {
                // Whoever had it may have kept this one waiting past its own client.
                do { try await leaveIfAsked(token) } catch {
                    lock.release()
                    throw error
                }
                return lock
            }
            try await host.time.clock.sleep(for: .milliseconds(100))
        }
        throw Failure(
            .busy,
            "\(app.name) is busy",
            why: try await operations.holder(of: app),
            fix: "push again when it is done"
        )
    }

    private func leaveIfAsked(_ token: String) async throws {
        switch try await host.store.read({ try OperationsTable.waiting(token, $0) }) {
        case .wanted: return
        case .cancelled: throw Failure(.cancelled, "cancelled while it waited", why: "the client disconnected")
        case .superseded(let summary):
            throw Failure(
                .superseded,
                "superseded by a newer push",
                why: "\(summary) came after this one and takes its place"
            )
        }
    }

    /// A row that cannot be taken away does no harm: the next push supersedes it.
    private func forget(_ token: String) {
        try? host.store.database.write { try OperationsTable.dequeue(token, $0) }
    }
}
