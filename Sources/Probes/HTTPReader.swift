import Core

/// Reads one HTTP/1.x answer from the bytes of a connection (RFC 9112 §6.3 says where it ends).
struct HTTPReader {
    static let bodyLimit = 64 << 10
    private static let headLimit = 64 << 10

    private let wantsBody: Bool
    private var buffer: [UInt8] = []
    private var head: HTTPAnswer?
    private var extent = Extent.untilClose

    private enum Extent {
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    init(wantsBody: Bool) { self.wantsBody = wantsBody }

    /// The answer once it is whole, or once the body has reached ``bodyLimit``.
    ///
    /// - Parameter bytes: What came; none says that the other side has ended the connection.
    /// - Returns: Nil when more is needed.
    /// - Throws: ``ProbeError/closedEarly`` and ``ProbeError/notHTTP(_:)``.
    mutating func push(_ bytes: [UInt8]) throws -> HTTPAnswer? {
        buffer += bytes
        while head == nil {
            guard let end = endOfHead() else {
                if let first = buffer.first, first != UInt8(ascii: "H") { throw notHTTP() }
                if buffer.count > Self.headLimit { throw ProbeError.notHTTP("the header has no end") }
                if bytes.isEmpty { throw buffer.isEmpty ? ProbeError.closedEarly : notHTTPOrClosed() }
                return nil
            }
            try takeHead(end)
        }
        return try body(ended: bytes.isEmpty)
    }

    /// Where the blank line after the header begins and ends; a bare line feed ends a line too (RFC 9112 §2.2).
    private func endOfHead() -> (lines: Int, body: Int)? {
        var index = 0
        while let feed = buffer[index...].firstIndex(of: UInt8(ascii: "\n")) {
            if buffer[(feed + 1)...].first == UInt8(ascii: "\n") { return (feed, feed + 2) }
            if buffer[(feed + 1)...].starts(with: [UInt8(ascii: "\r"), UInt8(ascii: "\n")]) { return (feed, feed + 3) }
            index = feed + 1
        }
        return nil
    }

    private mutating func takeHead(_ end: (lines: Int, body: Int)) throws {
        let lines = String(decoding: buffer[..<end.lines], as: UTF8.self)
            .split(whereSeparator: \.isNewline).map(String.init)
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = Int(words[1]),
            status >= 100
        else { throw notHTTP() }
        var answer = HTTPAnswer(status: status)
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].lowercased()
            let value = String(line[line.index(after: colon)...]).trimmed
            answer.headers[name] = answer.headers[name].map { "\($0), \(value)" } ?? value
        }
        buffer.removeFirst(end.body)
        if (100..<200).contains(status), status != 101 { return }
        extent = Self.extent(of: answer)
        head = answer
    }

    private static func extent(of answer: HTTPAnswer) -> Extent {
        if answer.status < 200 || answer.status == 204 || answer.status == 304 { return .none }
        if answer.headers["transfer-encoding"]?.lowercased().hasSuffix("chunked") == true { return .chunked }
        return answer.headers["content-length"].flatMap { Int($0) }.map { .length(max(0, $0)) } ?? .untilClose
    }

    private func body(ended: Bool) throws -> HTTPAnswer? {
        guard var answer = head else { return nil }
        guard wantsBody else { return answer }
        var isWhole = ended
        switch extent {
        case .none: isWhole = true
        case .length(let length):
            answer.body = Array(buffer.prefix(length))
            isWhole = buffer.count >= length
        case .chunked: (answer.body, isWhole) = try dechunked(buffer)
        case .untilClose: answer.body = buffer
        }
        if answer.body.count >= Self.bodyLimit {
            answer.body.removeLast(answer.body.count - Self.bodyLimit)
            return answer
        }
        if isWhole { return answer }
        if ended { throw ProbeError.closedEarly }
        return nil
    }

    private func notHTTPOrClosed() -> ProbeError { buffer.starts(with: Array("HTTP/".utf8)) ? .closedEarly : notHTTP() }

    private func notHTTP() -> ProbeError {
        .notHTTP("it begins with \(quoted(String(decoding: buffer.prefix(60), as: UTF8.self)))")
    }
}

/// The body in chunks (RFC 9112 §7.1) put together, as far as it has come, and whether the last chunk is there.
func dechunked(_ bytes: [UInt8]) throws -> (body: [UInt8], isWhole: Bool) {
    var body: [UInt8] = []
    var rest = bytes[...]
    while let feed = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let size = String(decoding: rest[..<feed].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self).trimmed
        guard !size.hasPrefix("-"), !size.hasPrefix("+"), let length = Int(size, radix: 16) else {
            throw ProbeError.notHTTP("\(quoted(size)) is not the size of a chunk")
        }
        rest = rest[(feed + 1)...]
        if length == 0 { return (body, true) }
        body += rest.prefix(length)
        guard rest.count > length, let end = rest.dropFirst(length).firstIndex(of: UInt8(ascii: "\n")) else { break }
        rest = rest[(end + 1)...]
    }
    return (body, false)
}
