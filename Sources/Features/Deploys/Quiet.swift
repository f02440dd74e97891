import Core
import Probes
import Proxying
import Scheduling

/// Waits until nobody is connected to an instance any more.
struct Quiet: Sendable {
    private static let pause: Duration = .milliseconds(250)
    /// Looks in a row without a connection after which it is taken for quiet: two seconds.
    private static let looks = 8

    let host: Host

    init(on host: Host) { self.host = host }

    /// Returns once the instance is quiet, gone, or the deadline is there.
    ///
    /// An old nginx worker may still be about to pass on a request that it has read; only where none lives is the first
    /// look without a connection enough.
    /// - Returns: How many connections are still open and are cut when it is ended now; nil when it did not run.
    func wait(for handle: String, until deadline: Timestamp) async throws -> Int? {
        guard let state = try await host.scheduler.inspect(handle), state.isRunning else { return nil }
        var quiet = 0
        while true {
            guard let open = try await connections(of: handle, state.pid) else { return 0 }
            if host.time.now() >= deadline { return open }
            quiet = open == 0 ? quiet + 1 : 0
            if quiet >= Self.looks || (quiet > 0 && !mayStillSend()) { return 0 }
            try await host.time.clock.sleep(for: Self.pause)
        }
    }

    /// How many there are; nil where no process is any more.
    ///
    /// Where they cannot be read (the folders of other users' processes may be hidden from us) there may always be one.
    private func connections(of handle: String, _ process: Int32) async throws -> Int? {
        do { return try host.probes.connections(process) } catch {
            return try await host.scheduler.inspect(handle)?.isRunning == true ? 1 : nil
        }
    }

    private func mayStillSend() -> Bool {
        guard let generation = try? host.proxy.generation() else { return true }
        return (try? host.proxy.hasWorkers(olderThan: generation)) ?? true
    }
}
