import Engine
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An engine of our own making: a real HTTP server on a real Unix socket that remembers what it was asked.
final class StubHTTPServer: Sendable {
    struct Asked: Sendable, Equatable {
        var method: String
        /// With the query.
        var target: String
        var headers: [String: String]
        var body: String

        /// The path without version and query.
        var path: String {
            let path = target.prefix { $0 != "?" }
            guard path.hasPrefix("/v1."), let slash = path.dropFirst().firstIndex(of: "/") else { return String(path) }
            return String(path[slash...])
        }

        /// The value of a query item, unescaped.
        func query(_ name: String) -> String? {
            let items = URLComponents(string: "http://stub" + target)?.queryItems
            return items?.first { $0.name == name }?.value
        }
    }

    struct Reply: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body: String = ""
        /// Nothing is ever answered.
        var isSilent = false

        static func json(_ body: String, status: Int = 200) -> Reply {
            Reply(status: status, headers: [("Content-Type", "application/json")], body: body)
        }

        static let silence = Reply(isSilent: true)
    }

    let socket: String
    private let channel: any Channel

    /// - Parameters:
    ///   - api: What `/_ping` says.
    ///   - reply: The answers to everything else, by the path without version and query.
    /// - Throws: When the socket cannot be made.
    init(api: String? = "1.41", reply: @escaping @Sendable (Asked) -> Reply) async throws {
        let path = "/tmp/slipway-stub-\(UUID().uuidString).sock"
        socket = path
        let record = Recorder()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
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
            .bind(unixDomainSocketPath: path).get()
        recorder = record
    }

    private let recorder: Recorder

    /// What was asked so far, pings left out.
    var requests: [Asked] { recorder.all.filter { $0.path != "/_ping" } }

    var pings: Int { recorder.all.count { $0.path == "/_ping" } }

    func stop() async {
        try? await channel.close()
        try? FileManager.default.removeItem(atPath: socket)
    }

    private final class Recorder: Sendable {
        private let asked = Mutex<[Asked]>([])
        func add(_ request: Asked) { asked.withLock { $0.append(request) } }
        var all: [Asked] { asked.withLock { $0 } }
    }

    /// Runs `work` with a server and an engine handle that speaks to it.
    static func with(
        api: String? = "1.41",
        reply: @escaping @Sendable (Asked) -> Reply,
        _ work: @Sendable (Engine, StubHTTPServer) async throws -> Void
    ) async throws {
        let server = try await StubHTTPServer(api: api, reply: reply)
        let engine = Engine(socket: server.socket, instance: "0badcafe")
        let result: Result<Void, any Error>
        do { result = .success(try await work(engine, server)) } catch { result = .failure(error) }
        await engine.shutdown()
        await server.stop()
        try result.get()
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
