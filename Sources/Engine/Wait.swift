import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// What a wait waits for.
package enum WaitCondition: String, Sendable {
    /// That it does not run: true at once for one that was never started.
    case notRunning = "not-running"
    /// That it exits the next time, so that the wait can begin before the start.
    case nextExit = "next-exit"
    /// That it is gone; for containers that remove themselves.
    case removed
}

/// A wait that the engine has taken note of.
package struct PendingExit: Sendable {
    fileprivate let request: Request
    fileprivate let transport: Transport
    fileprivate let body: HTTPClientResponse.Body

    /// Waits, however long it takes; to be called once.
    ///
    /// - Returns: The exit status of process 1.
    package func status() async throws -> Int {
        let bytes = try await transport.explaining(request) { try await body.collect(upTo: 1 << 20) }
        let answer = Answer(request: request.words, status: 200, headers: [], body: Data(bytes.readableBytesView))
        let exit = try answer.decoded(ExitAnswer.self)
        if let message = exit.error?.message, !message.isEmpty {
            throw EngineError.refused(status: 500, message: message, request: request.words)
        }
        return exit.status
    }
}

extension Engine {
    /// Waits until a container has stopped.
    ///
    /// - Returns: The exit status of process 1.
    package func waitContainer(_ container: String, until condition: WaitCondition = .notRunning) async throws -> Int {
        try await beginWait(container, until: condition).status()
    }

    /// Registers a wait; what happens after this returned is not missed.
    package func beginWait(_ container: String, until condition: WaitCondition) async throws -> PendingExit {
        let path = "/containers/\(Request.segment(container))/wait"
        let request = Request(.POST, path, query: ["condition": condition.rawValue], limit: nil)
        let body = try await transport.open(request).body
        return PendingExit(request: request, transport: transport, body: body)
    }
}

private struct ExitAnswer: Decodable {
    let status: Int
    let error: Complaint?

    struct Complaint: Decodable {
        let message: String?

        private enum CodingKeys: String, CodingKey { case message = "Message" }
    }

    private enum CodingKeys: String, CodingKey {
        case status = "StatusCode"
        case error = "Error"
    }
}
