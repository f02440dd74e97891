import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An engine of our own making: a real HTTP server on a real Unix socket that remembers what it was asked.
package final class StubHTTPServer: Sendable {
    package struct Asked: Sendable, Equatable {
        package var method: String
        /// With the query.
        package var target: String
        package var headers: [String: String]
        package var body: String

        /// The path without version and query.
        package var path: String {
            let path = target.prefix { $0 != "?" }
            guard path.hasPrefix("/v1."), let slash = path.dropFirst().firstIndex(of: "/") else { return String(path) }
            return String(path[slash...])
        }

        /// The value of a query item, unescaped.
        package func query(_ name: String) -> String? {
            let items = URLComponents(string: "http://stub" + target)?.queryItems
            return items?.first { $0.name == name }?.value
        }
    }

    package struct Reply: Sendable {
        package var status = 200
        package var headers: [(String, String)] = []
        package var body: String = ""
        /// Nothing is ever answered.
        package var isSilent = false

        package init(
            status: Int = 200,
            headers: [(String, String)] = [],
            body: String = "",
            isSilent: Bool = false
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.isSilent = isSilent
        }

        package static func json(_ body: String, status: Int = 200) -> Reply {
            Reply(status: status, headers: [("Content-Type", "application/json")], body: body)
        }

        package static let silence = Reply(isSilent: true)
    }

    package let socket: String
    /// Where it listens on this machine alone; nil for one that listens at its socket.
    package let port: Int?
    private let channel: any Channel

    /// - Parameters:
    ///   - hasPort: Whether it listens at a port of its own instead of a socket.
    ///   - api: What `/_ping` says.
    ///   - reply: The answers to everything else, by the path without version and query.
    /// - Throws: When the socket cannot be made.
    package init(hasPort: Bool = false, api: String? = "1.41", reply: @escaping @Sendable (Asked) -> Reply) async throws
    {
        let path = "/tmp/slipway-stub-\(UUID().uuidString).sock"
        socket = path
        let record = Recorder()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(
                        StubHandler { request in
                            record.add(request)
                            guard request.path == "/_ping" else { return reply(request) }
                            return Reply(headers: api.map { [("Api-Version", $0)] } ?? [], body: "OK")
                        }
                    )
                }
            }
        channel = try await
            (hasPort ? bootstrap.bind(host: "127.0.0.1", port: 0) : bootstrap.bind(unixDomainSocketPath: path)).get()
        port = hasPort ? channel.localAddress?.port : nil
        recorder = record
    }

    private let recorder: Recorder

    /// What was asked so far, pings left out.
    package var requests: [Asked] { recorder.all.filter { $0.path != "/_ping" } }

    package var pings: Int { recorder.all.count { $0.path == "/_ping" } }

    package func stop() async {
        try? await channel.close()
        try? FileManager.default.removeItem(atPath: socket)
    }

    private final class Recorder: Sendable {
        private let asked = Mutex<[Asked]>([])
        func add(_ request: Asked) { asked.withLock { $0.append(request) } }
        var all: [Asked] { asked.withLock { $0 } }
    }
}

/// Gathers one request after the other and writes the answer to each.
private final class StubHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: (StubHTTPServer.Asked) -> StubHTTPServer.Reply
    private var asked: StubHTTPServer.Asked?

    init(_ answer: @escaping (StubHTTPServer.Asked) -> StubHTTPServer.Reply) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let headers = head.headers.reduce(into: [:]) { $0[$1.name.lowercased()] = $1.value }
            asked = .init(method: head.method.rawValue, target: head.uri, headers: headers, body: "")
        case .body(let bytes): asked?.body += String(buffer: bytes)
        case .end:
            guard let asked else { return }
            let reply = answer(asked)
            if !reply.isSilent { write(reply, context) }
        }
    }

    private func write(_ reply: StubHTTPServer.Reply, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(reply.headers)
        headers.add(name: "Content-Length", value: "\(reply.body.utf8.count)")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: reply.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
