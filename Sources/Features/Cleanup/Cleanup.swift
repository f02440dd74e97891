import Core
import Files

extension Feature {
    /// What nothing needs any more.
    static let cleanup = Feature(
        "cleanup",
        "Remove from the engine what nothing needs any more",
        commands: CleanupCommands.all
    )
}

/// Dokku's word for what `disk:clean` does: only what is ours goes, and only what no row needs.
struct Cleanup: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Of one app, under its lock, or of the whole host.
    func run(_ app: App?) async throws -> Freed {
        guard let app else { return try await Cleaning(on: host).run() }
        let lock = try await Operations(on: host).take(app, waiting: .seconds(60))
        defer { lock.release() }
        return try await Cleaning(on: host).tidy(app)
    }
}
