import Core
import FoundationEssentials
import NIOCore
import NIOPosix
import Testing

@testable import Engine

/// What the other side of an upgraded connection does.
private typealias Side = @Sendable (inout Reader, NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws -> Void

private struct Reader {
    var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    var pending: [UInt8] = []

    /// The head and body of the request, up to `end`.
    mutating func request(endingIn end: String) async throws -> String {
        while !String(decoding: pending, as: UTF8.self).contains(end) {
            guard let next = try await iterator.next(isolation: #isolation) else { break }
            pending += next.readableBytesView
        }
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    /// Everything until the client closes its side.
    mutating func rest() async throws -> [UInt8] {
        var bytes = pending
        while let next = try await iterator.next(isolation: #isolation) { bytes += next.readableBytesView }
        return bytes
    }
}

private let upgraded =
    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n\r\n"

@Suite(.timeLimit(.minutes(1)))
struct `an upgraded connection` {
    /// Plays the engine on a socket: one ping on a connection of its own, then `side` on the next.
    private func with(_ side: @escaping Side, _ work: @Sendable (Engine) async throws -> Void) async throws {
        let socket = "/tmp/slipway-raw-\(UUID().uuidString).sock"
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(unixDomainSocketPath: socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.serve(server, side) }
            let engine = Engine(socket: socket, instance: "0badcafe")
            try await work(engine)
            await engine.shutdown()
            group.cancelAll()
        }
        try? FileManager.default.removeItem(atPath: socket)
    }

    private static func serve(
        _ server: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>,
        _ side: @escaping Side
    ) async throws {
        try await server.executeThenClose { clients in
            await withTaskGroup(of: Void.self) { group in
                var number = 0
                do {
                    for try await client in clients {
                        number += 1
                        let isPing = number == 1
                        group.addTask { try? await serve(client, isPing: isPing, side) }
                    }
                } catch {}
                group.cancelAll()
            }
        }
    }

    private static func serve(
        _ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        isPing: Bool,
        _ side: Side
    ) async throws {
        try await client.executeThenClose { inbound, outbound in
            var reader = Reader(iterator: inbound.makeAsyncIterator())
            guard isPing else { return try await side(&reader, outbound) }
            _ = try await reader.request(endingIn: "\r\n\r\n")
            let answer = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK"
            try await outbound.write(ByteBuffer(string: answer))
            _ = try await reader.rest()
        }
    }

    @Test func `asks for the upgrade and reads what follows the head at once`() async throws {
        try await with { reader, outbound in
            let request = try await reader.request(endingIn: "}")
            #expect(request.hasPrefix("POST /v1.41/exec/e1/start HTTP/1.1\r\n"))
            #expect(request.contains("\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"))
            #expect(request.hasSuffix("\r\n\r\n{\"Detach\":false,\"Tty\":true}"))
            try await outbound.write(ByteBuffer(string: upgraded.replacing("\r\n\r\n", with: "")))
            try await outbound.write(ByteBuffer(string: "\r\n\r\nhello"))
        } _: { engine in
            let connection = try await engine.startExec("e1", terminal: true)
            #expect(try await connection.output.all().text() == "hello")
        }
    }

    @Test func `can be closed one way and still be read`() async throws {
        try await with { reader, outbound in
            _ = try await reader.request(endingIn: "\r\n\r\n")
            try await outbound.write(ByteBuffer(string: upgraded))
            let received = try await reader.rest()
            let text = Array("got \(received.count)".utf8)
            try await outbound.write(ByteBuffer(bytes: [2, 0, 0, 0, 0, 0, 0, UInt8(text.count)] + text))
        } _: { engine in
            let connection = try await engine.attach("c1", stdin: true, terminal: false)
            try await connection.send([UInt8](repeating: 7, count: 1 << 20))
            try await connection.closeInput()
            try await connection.closeInput()
            #expect(try await connection.output.all().text(.stderr) == "got 1048576")
            await #expect(throws: EngineError.self) { try await connection.send([1]) }
        }
    }

    @Test func `is refused in the engine's words`() async throws {
        try await with { reader, outbound in
            _ = try await reader.request(endingIn: "\r\n\r\n")
            let body = #"{"message":"No such container: c1"}"#
            let head = "HTTP/1.1 404 Not Found\r\ncontent-length: \(body.utf8.count)\r\n\r\n"
            try await outbound.write(ByteBuffer(string: head))
            try await outbound.write(ByteBuffer(string: body))
            _ = try await reader.rest()
        } _: { engine in
            let words = "No such container: c1"
            let request = "POST /containers/c1/attach"
            await #expect(throws: EngineError.refused(status: 404, message: words, request: request)) {
                try await engine.attach("c1", stdin: false, terminal: false)
            }
        }
    }

    @Test func `that breaks before the head is unreachable`() async throws {
        try await with { reader, outbound in
            _ = try await reader.request(endingIn: "\r\n\r\n")
            try await outbound.write(ByteBuffer(string: "HTTP/1.1 10"))
        } _: { engine in
            let error = await #expect(throws: EngineError.self) {
                try await engine.attach("c1", stdin: false, terminal: false)
            }
            #expect(error?.failure.code == .engineUnreachable)
        }
    }

    @Test func `stops waiting when its reader is cancelled`() async throws {
        try await with { reader, outbound in
            _ = try await reader.request(endingIn: "\r\n\r\n")
            try await outbound.write(ByteBuffer(string: upgraded + "x"))
            _ = try await reader.rest()
        } _: { engine in
            let connection = try await engine.attach("c1", stdin: false, terminal: true)
            await withTaskGroup(of: Void.self) { group in
                let (seen, sight) = AsyncStream<Void>.makeStream()
                group.addTask {
                    do {
                        for try await _ in connection.output { sight.finish() }
                    } catch {
                        #expect(error is CancellationError)
                    }
                    #expect(Task.isCancelled)
                }
                for await _ in seen {}
                group.cancelAll()
            }
            await #expect(throws: (any Error).self) { try await connection.send([1]) }
        }
    }
}
