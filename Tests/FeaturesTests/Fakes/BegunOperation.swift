import Core
import GRDB
import Store

@testable import Features

extension Owner {
    /// A process of another boot, which cannot live.
    static let dead = Owner(process: 999_999_999, processStart: "1", boot: "another")
}

extension Host {
    /// Writes an operation into the journal as its process has left it: steps that are `done`, and one that is `begun`;
    /// what it has changed besides comes in the same transaction.
    ///
    /// - Returns: Its number.
    @discardableResult
    func begin(
        _ kind: String,
        of id: AppID,
        by owner: Owner = .dead,
        notes: [String: String] = [:],
        done: [String] = [],
        begun: String? = nil,
        _ change: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) async throws -> Int64 {
        let new = NewOperation(app: id, kind: kind, caller: "ana", summary: kind, token: nil)
        let now = time.now()
        return try await store.write { database in
            let operation = try OperationsTable.begin(new, owner: owner, at: now, database).0
            if !notes.isEmpty { try OperationsTable.note(notes, of: operation, database) }
            for step in done + [begun].compactMap(\.self) {
                try OperationsTable.beginStep(step, of: operation, at: now, database)
                if step != begun { try OperationsTable.endStep(step, of: operation, at: now, database) }
            }
            try change(database)
            return operation
        }
    }

    /// Makes the last deploy one that its process has left, with what it had done.
    func leaveLastDeploy(notes: String = "notes") async throws {
        try await store.write { database in
            let dead = "status = 'running', ended_at = NULL, process = 1, process_start = '0', boot = 'another'"
            let last = "id = (SELECT MAX(id) FROM operations WHERE kind = 'deploy')"
            try database.execute(sql: "UPDATE operations SET \(dead), notes = \(notes) WHERE \(last)")
        }
    }
}
