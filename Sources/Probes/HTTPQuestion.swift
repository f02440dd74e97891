package import Core
package import SystemPackage

/// One HTTP question.
package struct HTTPQuestion: Sendable, Equatable {
    /// An IP address without brackets; not used with ``unixSocket``.
    package var address: String
    package var port: Port?
    package var unixSocket: FilePath?
    /// Starts with `/`; a query may follow.
    package var path: String
    /// The Host header; the address and port when nil.
    package var host: String?
    package var headers: [String: String]
    /// For everything together: connecting, asking, the whole answer.
    package var limit: Duration
    package var method: String
    /// Whether the answer is awaited to the end of its body; without it the head is enough, and an app that streams
    /// from `/` without end is still an app that answers.
    package var wantsBody: Bool

    package init(
        address: String,
        port: Port,
        path: String = "/",
        host: String? = nil,
        headers: [String: String] = [:],
        limit: Duration,
        method: String = "GET",
        wantsBody: Bool = true
    ) {
        self.address = address
        self.port = port
        self.path = path
        self.host = host
        self.headers = headers
        self.limit = limit
        self.method = method
        self.wantsBody = wantsBody
    }

    package init(unixSocket: FilePath, path: String = "/", host: String = "localhost", limit: Duration) {
        address = ""
        self.unixSocket = unixSocket
        self.path = path
        self.host = host
        headers = [:]
        self.limit = limit
        method = "GET"
        wantsBody = true
    }
}

/// What came back.
package struct HTTPAnswer: Sendable, Equatable {
    /// 200 to 999; interim answers (1xx) are passed over, except 101.
    package var status: Int
    /// By lower-case name; repeated ones are joined by a comma and a blank.
    package var headers: [String: String]
    /// At most 64 KiB of it, without transfer coding; content coding is left as it is.
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

extension HTTPQuestion {
    var target: Connection.Target {
        get throws {
            if let unixSocket { return .unix(unixSocket) }
            guard let port else { throw ProbeError.badQuestion("a question over TCP needs a port") }
            return .internet(address, port)
        }
    }

    /// The request as it goes over the wire.
    ///
    /// - Throws: ``ProbeError/badQuestion(_:)`` for anything that would end a line early: paths and headers come from
    ///   a repository's app.json.
    func bytes() throws -> [UInt8] {
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw ProbeError.badQuestion("\(quoted(path)) is not a path: it starts with / and has no blanks")
        }
        guard isToken(method) else { throw ProbeError.badQuestion("\(quoted(method)) is not an HTTP method") }
        var fields = ["user-agent": "slipway", "accept": "*/*"]
        for (name, value) in headers { fields[name.lowercased()] = value }
        fields["host"] = host ?? fields["host"] ?? authority
        fields["connection"] = "close"
        var text = "\(method) \(path) HTTP/1.1\r\n"
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard isToken(name), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                throw ProbeError.badQuestion("\(quoted(name)) is not a header that can be sent")
            }
            text += "\(name): \(value)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }

    private var authority: String {
        let shown = address.contains(":") ? "[\(address)]" : address
        return port.map { "\(shown):\($0)" } ?? shown
    }
}

/// A token of RFC 9110 §5.6.2.
private func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains($0) }
}
