package import Core

/// How a host is asked whether somebody answers: by connecting, by one HTTP question, by looking at open sockets;
/// and what is left on its disks.
///
/// A struct of closures, so that a test replaces one and keeps the rest. Nothing here blocks a thread: sockets are
/// non-blocking and waiting is a cancellable sleep.
package struct Probes: Sendable {
    /// Opens a TCP connection to an IP address and closes it at once.
    package var connect: @Sendable (_ address: String, _ port: Port, _ limit: Duration) async throws -> ConnectResult

    /// Asks one HTTP/1.1 question on a connection of its own and follows no redirect.
    ///
    /// Throws ``ProbeError``; every status, also 500, is an answer.
    package var get: @Sendable (HTTPQuestion) async throws -> HTTPAnswer

    /// The TCP sockets that listen in the network namespace of a process.
    ///
    /// Throws ``ProbeError/noProcess(_:)`` when the process is gone.
    package var listening: @Sendable (_ pid: Int32) throws -> Set<ListeningSocket>
    /// How many connections are open to the ports a process of this machine listens on, in its own network namespace.
    ///
    /// - Throws: ``ProbeError`` when the process is gone.
    package var connections: @Sendable (_ pid: Int32) throws -> Int
    /// What is left on the file system a path lies on; nil when it cannot be seen from here.
    package var space: @Sendable (_ path: String) -> FreeSpace?

    package init(
        connect: @escaping @Sendable (String, Port, Duration) async throws -> ConnectResult,
        get: @escaping @Sendable (HTTPQuestion) async throws -> HTTPAnswer,
        listening: @escaping @Sendable (Int32) throws -> Set<ListeningSocket>,
        connections: @escaping @Sendable (Int32) throws -> Int = { try openConnections(of: $0) },
        space: @escaping @Sendable (String) -> FreeSpace? = { FreeSpace(at: $0) }
    ) {
        self.connect = connect
        self.get = get
        self.listening = listening
        self.connections = connections
        self.space = space
    }

    /// The real ones.
    package static let live = Probes(
        connect: { try await connected(to: $0, $1, within: $2) },
        get: { try await answered($0) },
        listening: { try listeningSockets(of: $0) }
    )
}

/// What came of a connection attempt.
package enum ConnectResult: Equatable, Sendable {
    case open
    /// Nobody listens there.
    case refused
    case timedOut
    /// No way leads there, in the kernel's words.
    case unreachable(String)
}

private func connected(to address: String, _ port: Port, within limit: Duration) async throws -> ConnectResult {
    do {
        _ = try await Connection.open(.internet(address, port), until: .now + limit)
        return .open
    } catch ProbeError.refused {
        return .refused
    } catch ProbeError.timedOut {
        return .timedOut
    } catch ProbeError.unreachable(let reason) {
        return .unreachable(reason)
    }
}

private func answered(_ question: HTTPQuestion) async throws -> HTTPAnswer {
    let request = try question.bytes()
    let deadline = ContinuousClock.now + question.limit
    let connection = try await Connection.open(question.target, until: deadline)
    try await connection.send(request, until: deadline)
    var reader = HTTPReader(wantsBody: question.wantsBody && question.method != "HEAD")
    while true {
        let bytes = try await connection.receive(until: deadline)
        if let answer = try reader.push(bytes) { return answer }
    }
}
