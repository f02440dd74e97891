import Core
import NIOCore
import NIOPosix
import Synchronization

/// An open web socket, as far as its being open can be seen: it is upgraded, and what is sent comes back.
package final class WebSocket: Sendable {
    private let channel: any Channel
    private let received: Received

    private init(_ channel: any Channel, _ received: Received) { (self.channel, self.received) = (channel, received) }

    /// Opens one (RFC 6455 section 4.1).
    ///
    /// - Throws: ``NotSoon`` when nobody answers with 101 within half a minute; NIO's errors.
    package static func open(_ address: WebAddress) async throws -> WebSocket {
        let received = Received()
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(10))
            .channelInitializer { $0.pipeline.addHandler(received) }
            .connect(host: "127.0.0.1", port: address.port).get()
        let socket = WebSocket(channel, received)
        let head = [
            "GET / HTTP/1.1", "Host: \(address.host)", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "",
        ]
        try await channel.writeAndFlush(ByteBuffer(string: head.joined(separator: "\r\n")))
        try await eventually("a web socket is opened") {
            let text = String(decoding: received.bytes, as: UTF8.self)
            // The answer of the example in section 1.3.
            return text.hasPrefix("HTTP/1.1 101 ") && text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                && text.hasSuffix("\r\n\r\n")
        }
        return socket
    }

    package var isOpen: Bool { channel.isActive }

    /// Sends a masked ping frame with a number in it (section 5.5.2), and waits for it to come back.
    package func ping(_ number: UInt8) async throws -> Bool {
        guard isOpen else { return false }
        let frame: [UInt8] = [0x89, 0x81, 1, 2, 3, 4, number ^ 1]
        received.forget()
        try await channel.writeAndFlush(ByteBuffer(bytes: frame))
        do {
            try await eventually("a ping comes back") { received.bytes.count >= frame.count || !isOpen }
        } catch is NotSoon { return false }
        return received.bytes == frame
    }

    package func close() async { try? await channel.close() }
}

/// Keeps what has arrived.
private final class Received: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let all = Mutex<[UInt8]>([])

    var bytes: [UInt8] { all.withLock { $0 } }
    func forget() { all.withLock { $0 = [] } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let more = Array(unwrapInboundIn(data).readableBytesView)
        all.withLock { $0 += more }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
