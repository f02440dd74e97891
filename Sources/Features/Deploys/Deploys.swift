import Core
import Files
import Programs
import Store
import SystemPackage

extension Feature {
    /// The way from a change to what runs.
    static let deploys = Feature(
        "deploys",
        "The way from a change to what runs",
        commands: DeploysCommands.all,
        operations: [Settling.deploy]
    )
}

/// Everything that changes what an app runs goes through here, under the app's lock, as one operation.
struct Deploys: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Takes the lock and carries out the order.
    @discardableResult
    func run(_ order: DeployOrder, on app: App) async throws -> Release {
        let host = host
        return try await explained(app) {
            try await Operations(on: host).run(Settling.deploy, on: app, order.reason, waiting: .seconds(60)) { held in
                try await Self.carryOut(order, on: app, held, host)
            }
        }
    }

    /// The same for a caller who holds the lock already, as a push does.
    @discardableResult
    func run(
        _ order: DeployOrder,
        on app: App,
        holding lock: FileLock,
        allowLocked: Bool = false,
        token: String?
    ) async throws -> Release {
        let host = host
        return try await explained(app) {
            try await Operations(on: host).run(
                Settling.deploy,
                on: app,
                order.reason,
                holding: lock,
                allowLocked: allowLocked,
                token: token
            ) { held in try await Self.carryOut(order, on: app, held, host) }
        }
    }

    /// Takes the lock and carries out the order that `make` gives of the app as it is then: whoever waited sees what
    /// went live meanwhile.
    @discardableResult
    func run(on app: App, _ make: (App) async throws -> DeployOrder) async throws -> Release {
        let operations = Operations(on: host)
        let lock = try await operations.take(app, waiting: .seconds(app.lock == nil ? 60 : 0))
        defer { lock.release() }
        try await operations.settleOrphans(of: app)
        let fresh = try await Apps(on: host).find(app.id)
        return try await run(try await make(fresh), on: fresh, holding: lock, token: nil)
    }

    private static func carryOut(_ order: DeployOrder, on app: App, _ held: Held, _ host: Host) async throws -> Release
    {
        let transcript = Transcript(output: host.output, clock: host.time.clock, settings: host.settings)
        let fresh = try await Apps(on: host).find(app.id)
        if case .commit = order.origin { try await Watermarks(on: host).refuseBuild() }
        let deploy = Deploy(host: host, app: fresh, order: order, held: held, transcript: transcript)
        let release = try await deploy.run()
        // One that waits serves nowhere, and nothing drains for it.
        guard try await Apps(on: host).find(app.id).current == release.number else { return release }
        let urls = try await Urls(on: host).all(of: app)
        let leaving = fresh.current.flatMap { $0 == release.number ? nil : $0 }
        let notes = try await host.store.read { try OperationsTable.find(held.operation, $0)?.notes }
        // What was ended first has nothing left to drain.
        let wait = notes?["ended"] == nil ? try await Checks(on: host).waitToRetire(app) : nil
        transcript.addresses(urls, leaving: leaving, wait: wait, app: app.name)
        return release
    }

    /// A failure says what serves now.
    private func explained(_ app: App, _ work: () async throws -> Release) async throws -> Release {
        do {
            return try await work()
        } catch {
            throw Failure(error).serving(try? await live(app, since: app.current))
        }
    }

    /// What serves, where `former` served before.
    private func live(_ app: App, since former: Int?) async throws -> String {
        let fresh = try await Apps(on: host).find(app.id)
        guard let number = fresh.current else { return "nothing serves yet" }
        if fresh.isStopped { return "\(app.name) is stopped" }
        // What fails behind the switch leaves the new one live; another command may have been quicker, too.
        return number == former ? "v\(number) still serves, nothing was switched" : "v\(number) serves"
    }

    /// Moves a deployed app to a release with other settings; they become the draft once it is live.
    ///
    /// The edit is of the draft as it is under the app's lock: of two changes at the same time neither is lost.
    @discardableResult
    func change(
        _ app: App,
        because reason: String,
        _ edit: @escaping @Sendable (inout Settings) throws -> Void
    ) async throws -> Release {
        try await run(on: app) { app in
            guard let current = try await Releases(on: host).current(of: app) else { throw Failure.notDeployed(app) }
            var settings = try await Releases(on: host).draft(of: app)
            try edit(&settings)
            return DeployOrder(
                origin: .release(current),
                settings: settings,
                source: "config-redeploy",
                reason: reason,
                basis: current.number
            )
        }
    }
}

extension Program {
    /// This very program with other words, on the same root; it goes its own way, whoever started us.
    static func slipway(_ words: [String], _ host: Host) -> Program {
        Program(
            "/proc/self/exe",
            words,
            environment: .inherited(adding: ["SLIPWAY_ROOT": host.paths.root.string, Owner.variable: ""])
        )
    }
}
