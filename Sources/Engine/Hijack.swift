import Core
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// A connection that stopped speaking HTTP: the streams of a container or of a program in it.
///
/// It is closed by ``close()``, and when nobody holds it or its output any more.
package struct Hijacked: Sendable {
    /// What comes out, taken apart into standard output and error unless there is a terminal; to be read once.
    ///
    /// It is read from the engine only as fast as it is read here, and ends when the program's output does.
    package let output: AsyncThrowingStream<LogFrame, any Error>

    private let channel: any Channel
    private let socket: String

    fileprivate init(channel: any Channel, source: HijackSource, request: Request, transport: Transport, terminal: Bool)
    {
        self.channel = channel
        socket = transport.socket
        output =
            Pump(explain: { transport.explained($0, during: request.words) }) {
                (source, FrameDecoder(terminal: terminal))
            }.stream
    }

    /// Writes to the program's input; returns when the engine's socket has taken all of it.
    ///
    /// Being cancelled in the middle closes the connection, because the rest could not be told from a new beginning.
    ///
    /// - Throws: ``EngineError/unreachable(socket:reason:)`` when the other side is gone.
    package func send(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        do {
            try await withTaskCancellationHandler {
                try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            try Task.checkCancellation()
            throw EngineError.unreachable(socket: socket, reason: "the program's input is closed")
        }
    }

    /// Ends the program's input; its output can still be read.
    package func closeInput() async throws {
        do {
            try await channel.close(mode: .output).get()
        } catch ChannelError.alreadyClosed, ChannelError.outputClosed {
            // It is what was asked for.
        }
    }

    package func close() async { try? await channel.close().get() }
}

extension Engine {
    /// Sends a request that turns the connection into a plain stream of bytes both ways.
    ///
    /// - Throws: ``EngineError``, as ordinary requests do.
    func hijack(_ request: Request, terminal: Bool) async throws -> Hijacked {
        let api = try await transport.negotiated()
        let transport = transport
        do {
            let (channel, handler) = try await connect()
            let source = handler.source
            let head = try await upgraded(channel, handler, request.upgradeText(api: api))
            guard head.isUpgraded else {
                channel.close(promise: nil)
                throw EngineError.refused(
                    status: head.status,
                    message: Answer.message(in: Data(head.body)),
                    request: request.words
                )
            }
            return Hijacked(
                channel: channel,
                source: source,
                request: request,
                transport: transport,
                terminal: terminal
            )
        } catch {
            throw transport.explained(error, during: request.words)
        }
    }

    private func connect() async throws -> (any Channel, HijackHandler) {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .connect(unixDomainSocketPath: transport.socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = HijackHandler(channel: channel)
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return (channel, handler)
                }
            }
    }

    /// Sends the request and waits for the head of the answer, at most 60 s.
    private func upgraded(
        _ channel: any Channel,
        _ handler: HijackHandler,
        _ text: String
    ) async throws -> HijackHead {
        let limit = channel.eventLoop.scheduleTask(in: .seconds(60)) { channel.close(promise: nil) }
        defer { limit.cancel() }
        return try await withTaskCancellationHandler {
            channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            channel.read()
            do {
                return try await handler.head.get()
            } catch {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

extension Request {
    /// The whole request as text, asking for the upgrade.
    fileprivate func upgradeText(api: APIVersion) -> String {
        let content: String
        if case .json(let json) = body { content = json.text } else { content = "" }
        let lines = [
            "\(method.rawValue) \(target(api: api)) HTTP/1.1", "Host: docker", "Connection: Upgrade", "Upgrade: tcp",
            "Content-Type: application/json", "Content-Length: \(content.utf8.count)", "", content,
        ]
        return lines.joined(separator: "\r\n")
    }
}
