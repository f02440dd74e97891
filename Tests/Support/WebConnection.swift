import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Programs
import SystemPackage

/// Where a request goes: a port of this machine, under a name.
package struct WebAddress: Sendable {
    package let host: String
    package let port: Int
    package let isSecure: Bool

    package init(host: String, port: Int, isSecure: Bool = false) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }
}

/// What a server answered, as far as a story looks at it.
package struct WebAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: String
    /// The server closes after it.
    package let isLast: Bool
}

typealias WebChannel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

extension WebAddress {
    /// A new connection; any certificate is accepted, the name is sent as SNI.
    func connect() async throws -> WebChannel {
        let tls = isSecure ? try Self.anyCertificate.get() : nil
        let host = host
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(5))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: host)
                        )
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try WebChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Parsed once: making a context takes longer than a request.
    private static let anyCertificate = Result {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }

    func head(_ path: String, keepAlive: Bool) -> HTTPRequestHead {
        var headers: HTTPHeaders = ["Host": host, "User-Agent": "slipway-journeys"]
        if !keepAlive { headers.add(name: "Connection", value: "close") }
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
    }
}

extension Sandbox {
    package func http(_ host: String) -> WebAddress { WebAddress(host: host, port: httpPort) }
    package func https(_ host: String) -> WebAddress { WebAddress(host: host, port: httpsPort, isSecure: true) }

    /// The name under which an app answers without any `domains:add`.
    package func name(of app: String) -> String { "\(app).localhost" }

    /// One request to an app by its own name.
    package func get(_ app: String, _ path: String = "/") async throws -> WebAnswer {
        try await get(host: name(of: app), path)
    }

    /// One request by any name.
    package func get(host: String, _ path: String = "/") async throws -> WebAnswer {
        guard namespace != nil else { return try await http(host).get(path) }
        let words = ["-s", "--max-time", "10", "-H", "Host: \(host)", "-w", "\n%{http_code}"]
        let end = try await run(Program("/usr/bin/curl", words + ["http://127.0.0.1:\(httpPort)\(path)"]))
        let lines = end.out.split(separator: "\n", omittingEmptySubsequences: false)
        guard let status = lines.last.flatMap({ Int($0) }), status > 0 else { throw NoAnswer() }
        return WebAnswer(status: status, headers: [], body: lines.dropLast().joined(separator: "\n"), isLast: true)
    }
}

/// The server closed the connection without any answer.
package struct NoAnswer: Error, Equatable {
    package init() {}
}

extension WebAddress {
    /// One GET on a connection of its own.
    ///
    /// - Throws: ``NoAnswer`` when the server closes without one, which is what nginx's 444 does; NIO's errors.
    package func get(_ path: String = "/") async throws -> WebAnswer {
        var answer: WebAnswer?
        do {
            try await connect().executeThenClose { inbound, outbound in
                var parts = inbound.makeAsyncIterator()
                answer = try await ask(path, keepAlive: false, &parts, outbound)
            }
        } catch let error where Self.isClosing(error) {
            // What the server has closed cannot be closed again; the answer is there by then, or never will be.
        }
        guard let answer else { throw NoAnswer() }
        return answer
    }

    /// Sends one request and reads its answer; nil when the connection ends before its first byte.
    ///
    /// A server may answer and close as soon as it has the head: that the rest of a request, which is empty, could not be
    /// written any more says nothing about the answer.
    func ask(
        _ path: String,
        keepAlive: Bool,
        _ parts: inout WebAnswer.Parts,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws -> WebAnswer? {
        do {
            try await outbound.write(.head(head(path, keepAlive: keepAlive)))
            try await outbound.write(.end(nil))
        } catch let error where Self.isClosing(error) {}
        do { return try await WebAnswer(&parts) } catch let error where Self.isClosing(error) { return nil }
    }

    /// Whether somebody else has ended the connection: a closed channel, a reset, a broken pipe.
    private static func isClosing(_ error: any Error) -> Bool {
        switch error {
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof,
            ChannelError.outputClosed, ChannelError.inputClosed:
            true
        case is NIOAsyncWriterError: true
        case let error as IOError: [ECONNRESET, EPIPE, ENOTCONN].contains(error.errnoCode)
        default: false
        }
    }
}

extension WebAnswer {
    typealias Parts = NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator

    /// Reads one answer; nil when the connection ends before its first byte.
    ///
    /// - Throws: ``CutOff`` when it ends inside the answer.
    init?(_ parts: inout Parts) async throws {
        guard case .head(let head)? = try await parts.next(isolation: #isolation) else { return nil }
        var bytes: [UInt8] = []
        var isWhole = false
        do {
            while !isWhole, let part = try await parts.next(isolation: #isolation) {
                switch part {
                case .head: break
                case .body(let buffer): if bytes.count < 65536 { bytes += buffer.readableBytesView }
                case .end: isWhole = true
                }
            }
        } catch {
            throw CutOff(status: Int(head.status.code))
        }
        guard isWhole else { throw CutOff(status: Int(head.status.code)) }
        status = Int(head.status.code)
        headers = head.headers.map { ($0.name, $0.value) }
        body = String(decoding: bytes, as: UTF8.self)
        isLast = !head.isKeepAlive
    }

    package subscript(header header: String) -> String? {
        headers.first { $0.name.lowercased() == header.lowercased() }?.value
    }
}

/// An answer that ended in its middle.
package struct CutOff: Error, CustomStringConvertible {
    let status: Int
    package var description: String { "an answer with status \(status) was cut off" }
}
