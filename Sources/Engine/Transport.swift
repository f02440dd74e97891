import AsyncHTTPClient
import Core
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Carries requests to the socket: finds out the API version once, opens connections when they are needed.
final class Transport: Sendable {
    let socket: String

    private struct State {
        var client: HTTPClient?
        var api: APIVersion?
        var watcher: (@Sendable (String, Int?, Duration) -> Void)?
    }

    private let state = Mutex(State())

    init(socket: String) { self.socket = socket }

    // The client must not be dropped without being shut down; it keeps itself alive until that is done.
    deinit { state.withLock { $0.client }?.shutdown { _ in } }

    func shutdown() async {
        let client = state.withLock { state in
            defer { state.client = nil }
            return state.client
        }
        // Only a second shutdown fails, and the client was taken out above.
        try? await client?.shutdown()
    }

    /// From now on this is told of every question, what it was answered with, and after how long.
    func watch(_ watcher: @escaping @Sendable (String, Int?, Duration) -> Void) {
        state.withLock { $0.watcher = watcher }
    }

    /// The API version to speak, asked for once.
    func negotiated() async throws -> APIVersion {
        if let known = state.withLock({ $0.api }) { return known }
        let request = Request(.GET, "/_ping", isVersioned: false)
        let answer = try await call(request)
        guard let server = answer.header("Api-Version").flatMap({ APIVersion($0) }) else {
            throw EngineError.undecodable(request: request.words, detail: "no Api-Version header")
        }
        let api = try APIVersion.negotiated(with: server)
        state.withLock { $0.api = api }
        return api
    }

    /// The whole answer, at most 64 MB of it.
    ///
    /// - Throws: ``EngineError`` for every status that is not fine, and when the request's limit passes.
    func call(_ request: Request) async throws -> Answer {
        guard let limit = request.limit else { return try await collected(request) }
        do {
            return try await withTimeout(limit) { try await self.collected(request) }
        } catch is TimedOut {
            throw EngineError.unreachable(socket: socket, reason: "no answer to \(request.words) in \(limit.words)")
        }
    }

    private func collected(_ request: Request) async throws -> Answer {
        let response = try await open(request)
        return try await explaining(request) {
            let body = try await response.body.collect(upTo: 64 << 20)
            return Answer(
                request: request.words,
                status: Int(response.status.code),
                headers: response.headers.map { ($0.name, $0.value) },
                body: Data(body.readableBytesView)
            )
        }
    }

    /// The head of the answer, its body still to come.
    ///
    /// - Throws: ``EngineError/refused(status:message:request:)`` with the engine's own words.
    func open(_ request: Request) async throws -> HTTPClientResponse {
        let api = request.isVersioned ? try await negotiated() : nil
        let outgoing = outgoing(request, api: api)
        let start = ContinuousClock.now
        let watcher = state.withLock { $0.watcher }
        let response = try await explaining(request) {
            do {
                return try await self.client().execute(outgoing, deadline: .distantFuture)
            } catch {
                watcher?(request.words, nil, ContinuousClock.now - start)
                throw error
            }
        }
        let status = Int(response.status.code)
        watcher?(request.words, status, ContinuousClock.now - start)
        guard !(200..<300).contains(status), !request.alsoFine.contains(status) else { return response }
        let body = try await explaining(request) { try await response.body.collect(upTo: 1 << 20) }
        throw EngineError.refused(
            status: status,
            message: Answer.message(in: Data(body.readableBytesView)),
            request: request.words
        )
    }

    private func outgoing(_ request: Request, api: APIVersion?) -> HTTPClientRequest {
        var outgoing = HTTPClientRequest(
            url: "http+unix://\(Request.escaped(socket))\(request.target(api: api))"
        )
        outgoing.method = request.method
        outgoing.headers.add(name: "Host", value: "docker")
        for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
        switch request.body {
        case .none:
            // An empty body makes the client say Content-Length: 0, without which some engines wait.
            if request.method == .POST { outgoing.body = .bytes(ByteBuffer()) }
        case .json(let json):
            outgoing.headers.add(name: "Content-Type", value: "application/json")
            outgoing.body = .bytes(ByteBuffer(string: json.text))
        case .tar(let chunks):
            outgoing.headers.add(name: "Content-Type", value: "application/x-tar")
            outgoing.body = .stream(chunks, length: .unknown)
        }
        return outgoing
    }

    /// Runs `work` and turns what the client throws into our own errors.
    func explaining<Value>(_ request: Request, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as EngineError {
            throw error
        } catch {
            throw explained(error, during: request.words)
        }
    }

    /// The same error, worded; cancellation stays cancellation.
    func explained(_ error: any Error, during words: String) -> any Error {
        switch error {
        case is EngineError, is CancellationError, is Failure, is any Explained: error
        case let error as HTTPClientError where error == .cancelled: CancellationError()
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            EngineError.unreachable(socket: socket, reason: "it closed the connection during \(words)")
        case let error as HTTPClientError where error == .connectTimeout:
            EngineError.unreachable(socket: socket, reason: "no connection within 5 s")
        case let error as IOError:
            EngineError.unreachable(socket: socket, reason: error.localizedReason)
        case is NIOTooManyBytesError:
            EngineError.undecodable(request: words, detail: "the answer is larger than expected")
        default: EngineError.unreachable(socket: socket, reason: "\(error) during \(words)")
        }
    }

    private func client() -> HTTPClient {
        state.withLock { state in
            if let client = state.client { return client }
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
                configuration: Self.configuration
            )
            state.client = client
            return client
        }
    }

    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(5)
        configuration.httpVersion = .http1Only
        // A refused connection is said at once instead of being tried until the deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Followed logs and waits hold a connection each; ordinary requests must never queue behind them.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
        return configuration
    }
}

extension IOError {
    fileprivate var localizedReason: String {
        switch errnoCode {
        case ENOENT: "the socket does not exist"
        case ECONNREFUSED: "the connection was refused: nothing listens there"
        case EACCES, EPERM: "permission denied: this user may not open the socket"
        default: description
        }
    }
}
