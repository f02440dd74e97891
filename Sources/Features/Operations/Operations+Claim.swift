import Core
import Files
import Store

extension Operations {
    /// An app's lock for a change of one row, which needs no journal: its writes are fenced as those of an operation.
    ///
    /// Nil while somebody else works on the app, and while something is left that must be settled first.
    func claim(_ app: AppID) async throws -> (lock: FileLock, held: Held)? {
        guard let lock = try tryTake(app) else { return nil }
        let fence = try await host.store.read { database in
            try OperationsTable.running(app, database).isEmpty ? try OperationsTable.fence(of: app, database) : nil
        }
        guard let fence else { return nil }
        return (lock, Held(host: host, kind: "claim", app: app, operation: 0, fence: fence))
    }
}
