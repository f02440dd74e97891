import Core
import GRDB
import Store

/// A lock that is held: every write through it fails once a later owner has taken over.
package struct Held: Sendable {
    let host: Host
    let kind: String
    let app: AppID?
    let operation: Int64
    let fence: Int

    /// One transaction that fails, changing nothing, when the lock has been lost.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/lostLock``.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let (app, fence) = (app, fence)
        return try await host.store.write { database in
            try OperationsTable.checkFence(app, fence, database)
            return try body(database)
        }
    }

    /// Whether this is still the owner; what nginx and the engine are told cannot be fenced as a write is.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/lostLock``.
    func check() async throws {
        let (app, fence) = (app, fence)
        try await host.store.read { try OperationsTable.checkFence(app, fence, $0) }
    }

    /// Takes a step, written down before and after.
    func step<Value: Sendable>(_ step: some StepName, _ body: () async throws -> Value) async throws -> Value {
        let (name, id) = (step.rawValue, operation)
        try await begin(step)
        try await Faults.pass("\(kind).\(name).begin", host)
        try await check()
        let value = try await body()
        try await Faults.pass("\(kind).\(name).end", host)
        let done = host.time.now()
        try await write { try OperationsTable.endStep(name, of: id, at: done, $0) }
        try await Faults.pass("\(kind).\(name).after", host)
        return value
    }

    /// Takes a step that only writes rows: they and the end of the step are one transaction, so that whoever finds the
    /// step begun and not done knows that nothing of it was written.
    func record<Value: Sendable>(
        _ step: some StepName,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let (name, id) = (step.rawValue, operation)
        try await begin(step)
        try await Faults.pass("\(kind).\(name).begin", host)
        let done = host.time.now()
        let value = try await write { database in
            let value = try body(database)
            try OperationsTable.endStep(name, of: id, at: done, database)
            return value
        }
        try await Faults.pass("\(kind).\(name).end", host)
        try await Faults.pass("\(kind).\(name).after", host)
        return value
    }

    /// Whoever wants it cancelled is heard before a point of no return, or finds that begun.
    private func begin(_ step: some StepName) async throws {
        try Task.checkCancellation()
        let (name, id, isLast, begun) = (step.rawValue, operation, step.isPointOfNoReturn, host.time.now())
        try await write { database in
            if isLast, try OperationsTable.isCancelled(id, database) { throw Self.cancelled }
            try OperationsTable.beginStep(name, of: id, at: begun, database)
        }
    }

    private static let cancelled = Failure(
        .cancelled,
        "cancelled",
        why: "the client disconnected or asked for it"
    )

    /// Writes down what whoever settles this operation needs to know.
    func note(_ notes: [String: String]) async throws {
        let id = operation
        try await write { try OperationsTable.note(notes, of: id, $0) }
    }

    func end(_ status: Operation.Status, failure: String? = nil) async throws {
        let (id, now) = (operation, host.time.now())
        try await write { try OperationsTable.end(id, status, failure: failure, at: now, $0) }
    }

    /// Runs `work` and cancels it once somebody asks for that in the operation's row.
    func cancellable<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let (store, clock, id) = (host.store, host.time.clock, operation)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                while true {
                    try await clock.sleep(for: .milliseconds(250))
                    if try await store.read({ try OperationsTable.isCancelled(id, $0) }) { throw Self.cancelled }
                }
            }
            defer { group.cancelAll() }
            while let value = try await group.next() { if let value { return value } }
            throw CancellationError()
        }
    }
}
