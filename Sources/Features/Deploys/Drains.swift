import Programs
import Probes
import Core
import Files
import Scheduling
import Store
import SystemPackage

/// Lets old instances finish what they have, then ends them.
///
/// Runs in a process of its own that no push waits for; without it, the next command or `tick` goes on.
struct Drains: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Starts the process that drains an app, when there is anything to drain.
    func begin(_ app: App) async throws {
        let leaving = try await leaving(app)
        guard !leaving.isEmpty else { return }
        let program = Program.slipway(["drain", app.id.text], host)
        _ = try host.programs.detach(program, host.paths.logs.appending("drain.log"))
    }

    /// Starts again what drains an app, when it has died before it was done.
    ///
    /// - Returns: Whether it had to be started.
    func resume(_ app: App) async throws -> Bool {
        guard try await !leaving(app).isEmpty, let lock = try FileLock.tryTake(lockFile(app.id)) else { return false }
        lock.release()
        try await begin(app)
        return true
    }

    private func lockFile(_ id: AppID) -> FilePath { host.paths.locks.appending("\(id).drain") }

    /// Drains until nothing of the app is left that should leave; one process at a time does it.
    func run(_ id: AppID) async throws {
        guard let lock = try await takeLock(lockFile(id), within: .seconds(300), clock: host.time.clock) else { return }
        defer { lock.release() }
        let app = try await Apps(on: host).find(id)
        while true {
            let leaving = try await leaving(app)
            if leaving.isEmpty { return }
            let host = host
            try await withThrowingTaskGroup(of: Void.self) { group in
                for instance in leaving { group.addTask { try await Drains(on: host).end(instance, of: app) } }
                try await group.waitForAll()
            }
        }
    }

    private func leaving(_ app: App) async throws -> [Instance] {
        try await Ps(on: host).instances(of: app).filter { $0.state == .retiring }
    }

    /// Waits until no connection is left or the deadline is there, then ends the instance.
    private func end(_ instance: Instance, of app: App) async throws {
        if let handle = instance.handle {
            try await waitForConnections(of: handle, until: instance.deadline ?? host.time.now())
            let grace = try await Properties("ps", on: host).effective(Ps.stopTimeout, of: app)
            try await host.scheduler.stop(handle, grace: .seconds(Int(grace) ?? 30))
        }
        try await Ps(on: host).remove([instance])
    }

    /// Two quiet seconds in a row count as done: an old nginx worker may still be about to pass on a request.
    private func waitForConnections(of handle: String, until deadline: Timestamp) async throws {
        var quiet = 0
        while host.time.now() < deadline, quiet < 8 {
            guard let state = try await host.scheduler.inspect(handle), state.isRunning else { return }
            let open = (try? host.probes.connections(state.pid)) ?? 0
            quiet = open == 0 ? quiet + 1 : 0
            try await host.time.clock.sleep(for: .milliseconds(250))
        }
    }
}
