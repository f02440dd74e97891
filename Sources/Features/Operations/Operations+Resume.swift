import Core
import Files
import Store

extension Operations {
    /// What runs first, then the latest; of all, or of one app and of what something else did about it.
    func recent(of app: App?, limit: Int = 50) async throws -> [Operation] {
        let id = app?.id
        return try await host.store.read { try OperationsTable.recent(id, limit: limit, $0) }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func find(_ id: Int64) async throws -> Operation {
        guard let operation = try await host.store.read({ try OperationsTable.find(id, $0) }) else {
            throw Failure(.notFound, "there is no operation \(id)", fix: "slipway operations shows those there are")
        }
        return operation
    }

    /// Brings one operation to an end that nobody works on any more.
    ///
    /// - Parameters:
    ///   - id: One that runs; one that has ended is left as it is.
    ///   - isForced: Ends the owner's process first, when it lives.
    /// - Returns: The operation as it is afterwards.
    /// - Throws: ``Failure`` with code ``FailureCode/busy`` that names a living owner.
    func resume(_ id: Int64, isForced: Bool) async throws -> Operation {
        let operation = try await find(id)
        guard operation.status == .running, let app = operation.app else { return operation }
        // Who works on it holds the lock. A process that tried to bring it to its end, and could not, lives and does not.
        var taken = try tryTake(app, Self.settling)
        if taken == nil {
            if operation.owner.isAlive {
                guard isForced else { throw refusal(operation) }
                try operation.owner.end()
                host.output.detail("ended process \(operation.owner.process), which worked on it")
            }
            // The kernel takes the lock from a process that has ended; ending takes a moment.
            taken = try await takeLock(app, Self.settling, within: .seconds(5))
        }
        guard let lock = taken else { throw refusal(try await find(id)) }
        defer { lock.release() }
        try await settleOrphans(of: app)
        return try await find(id)
    }

    private func refusal(_ operation: Operation) -> Failure {
        let owner = operation.owner
        let isFrozen = owner.liveness == .frozen
        let age = operation.startedAt.age(at: host.time.now())
        return Failure(
            .busy,
            "somebody works on operation \(operation.id)",
            why: "\(operation.summary) by \(operation.caller), since \(age): process \(owner.process) "
                + (isFrozen ? "is frozen" : "is alive"),
            fix: isFrozen
                ? "let it go on, or end it with: slipway operations:resume \(operation.id) --force"
                : "wait for it; slipway operations:resume \(operation.id) --force ends it"
        )
    }
}
