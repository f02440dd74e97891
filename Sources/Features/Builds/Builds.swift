import Core
import Files
import Store
import SystemPackage

extension Feature {
    /// Attempts to make images.
    static let builds = Feature(
        "builds",
        "Attempts to make images, and what they said",
        commands: BuildsCommands.all,
        migrations: BuildsTable.migrations
    )
}

/// What can be asked of builds.
struct Builds: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func all(of app: App) async throws -> [Build] { try await host.store.read { try BuildsTable.all(of: app.id, $0) } }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func find(_ id: String?, of app: App) async throws -> Build {
        let all = try await all(of: app)
        let wanted = id.flatMap { $0 == "current" ? nil : $0 }
        guard let build = wanted.map({ id in all.first { $0.id == id } }) ?? all.first else {
            throw Failure(
                .notFound,
                "\(app.name) has no build \(quoted(id ?? ""))",
                fix: "slipway builds:list \(app.name)"
            )
        }
        return build
    }

    /// The whole log.
    func output(of build: Build) throws -> String {
        let path = host.paths.logs(of: build.app).appending("build-\(build.id).log")
        return String(decoding: try readFile(path, limit: 64 << 20) ?? [], as: UTF8.self)
    }

    /// Asks the running deploy of an app to stop; it does so at the engine too.
    ///
    /// - Returns: False when none runs.
    func cancel(_ app: App) async throws -> Bool {
        try await host.store.write { database in
            let running = try OperationsTable.running(app.id, database).filter { $0.kind == Settling.deploy.name }
            for operation in running { try OperationsTable.cancel(operation.id, database) }
            return !running.isEmpty
        }
    }
}
