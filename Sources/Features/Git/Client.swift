import Core
import Glibc
import Programs
import Store

/// The person at the other end of the connection, and whether they are still there.
struct Client: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Runs git on our own descriptors and stays its parent: git's hooks are never told of a lost client, so the
    /// connection is watched here and the push's operation is asked to stop.
    func serve(_ program: Program, token: String) async throws -> Ending {
        let host = host
        return try await withThrowingTaskGroup(of: Ending?.self) { group in
            group.addTask { try await host.programs.passThrough(program) { _ in } }
            group.addTask {
                while true {
                    try await host.time.clock.sleep(for: .milliseconds(250))
                    guard Self.isGone() else { continue }
                    // Again and again: between two of its rows a push has none that could be marked.
                    try? await host.store.write { try OperationsTable.cancel(token: token, $0) }
                    try await host.time.clock.sleep(for: .milliseconds(750))
                }
            }
            defer { group.cancelAll() }
            while let ending = try await group.next() { if let ending { return ending } }
            return .exited(1)
        }
    }

    /// Whether nobody reads what we write any more.
    ///
    /// The end of standard input says nothing: git's client closes that side once it has sent its objects.
    private static func isGone() -> Bool {
        var descriptor = pollfd(fd: 1, events: 0, revents: 0)
        return poll(&descriptor, 1, 0) > 0 && Int32(descriptor.revents) & (POLLHUP | POLLERR | POLLNVAL) != 0
    }
}
