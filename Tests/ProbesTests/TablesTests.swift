import Core
import Testing

@testable import Probes

@Suite struct `The table of listening sockets` {
    private static let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"

    private func parsed(_ local: String, state: String = "0A") -> Set<ListeningSocket> {
        parseListening(Self.head + "   0: \(local) 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000  0\n")
    }

    // Words are in the machine's byte order: these lines are from little-endian machines, as all we build for.
    @Test(arguments: [
        ("00000000:1388", "0.0.0.0", 5000, false, true),
        ("0100007F:0BB8", "127.0.0.1", 3000, true, false),
        ("0200007F:0050", "127.0.0.2", 80, true, false),
        ("0502000A:FFFF", "10.0.2.5", 65535, false, false),
        ("00000000000000000000000000000000:1388", "::", 5000, false, true),
        ("00000000000000000000000001000000:1388", "::1", 5000, true, false),
        ("0000000000000000FFFF00000100007F:1388", "127.0.0.1", 5000, true, false),
        ("0000000000000000FFFF000000000000:1388", "0.0.0.0", 5000, false, true),
        ("B80D0120000000000000000001000000:01BB", "2001:db8::1", 443, false, false),
    ])
    func `an address is read as people write it`(
        local: String,
        address: String,
        port: Int,
        isLoopback: Bool,
        isAny: Bool
    ) throws {
        let wanted = ListeningSocket(address: address, port: try Port(port), isLoopback: isLoopback, isAny: isAny)
        #expect(parsed(local) == [wanted])
    }

    @Test(arguments: ["01", "06", "07"]) func `only listening sockets count`(state: String) {
        #expect(parsed("00000000:1388", state: state).isEmpty)
    }

    @Test func `the engine's resolver is no socket of the app`() {
        #expect(parsed("0B00007F:9D2C").isEmpty)
        #expect(!parsed("0C00007F:9D2C").isEmpty)
    }

    @Test func `open connections are those to a listening port`() {
        let table =
            Self.head + """
                   0: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0
                   1: 0200000A:1388 0100000A:C001 01 00000000:00000000 00:00000000 00000000  0
                   2: 0200000A:1388 0100000A:C002 01 00000000:00000000 00:00000000 00000000  0
                   3: 0200000A:1388 0100000A:C003 06 00000000:00000000 00:00000000 00000000  0
                   4: 0200000A:C004 0900000A:1538 01 00000000:00000000 00:00000000 00000000  0
                """
        #expect(countConnections(table, to: [5000]) == 2)
        #expect(countConnections(table, to: []) == 0)
    }

    // A connection counts as long as somebody waits: also for bytes of an answer whose sender has closed it.
    @Test(arguments: [
        ("01", "00000000", 1), ("03", "00000000", 1), ("04", "00000000", 0), ("04", "00000400", 1),
        ("09", "00000001", 1), ("09", "00000000", 0), ("05", "00000001", 0), ("06", "00000000", 0),
        ("08", "00000001", 0), ("0A", "00000005", 0),
    ])
    func `a connection that is being closed counts while bytes are under way`(state: String, unsent: String, count: Int)
    {
        let line = "   1: 0200000A:1388 0100000A:C001 \(state) \(unsent):00000000 00:00000000 00000000  0"
        #expect(countConnections(Self.head + line, to: [5000]) == count)
    }

    @Test(arguments: ["", "nonsense", "zz:zz", "00000000:0000", "0000:1388", "00000000"])
    func `a line that is none is passed over`(local: String) {
        #expect(parsed(local).isEmpty)
    }
}

@Suite struct `Reading an answer` {
    /// Feeds the text in pieces of `size` bytes, then the end of the connection.
    private func read(_ text: String, by size: Int, wantsBody: Bool = true) throws -> HTTPAnswer? {
        var reader = HTTPReader(wantsBody: wantsBody)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            if let answer = try reader.push(Array(rest.prefix(size))) { return answer }
            rest = rest.dropFirst(size)
        }
        return try reader.push([])
    }

    @Test(arguments: [1, 2, 7, 1000]) func `chunks are put together wherever they are cut`(size: Int) throws {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n"
        #expect(try read(text, by: size)?.text == "hello world")
    }

    @Test(arguments: [1, 1000]) func `interim answers are passed over`(size: Int) throws {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n"
        #expect(try read(text, by: size) == HTTPAnswer(status: 204))
    }

    @Test func `a bare line feed ends a line`() throws {
        let answer = try read("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", by: 3)
        #expect(answer?.text == "ok")
        #expect(answer?.headers == ["content-length": "2"])
    }

    @Test func `without wish for the body the head is enough`() throws {
        #expect(try read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", by: 1000, wantsBody: false)?.status == 200)
    }

    @Test(arguments: ["HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/2 200\r\n\r\n", "hello\r\n\r\n", "HTTP/1.1\r\n\r\n"])
    func `a first line that is none is not HTTP`(text: String) {
        #expect { try read(text, by: 1000) } throws: { error in
            if case .notHTTP = error as? ProbeError { true } else { false }
        }
    }

    @Test(arguments: ["zz\r\nhello\r\n", "-5\r\nhello\r\n"])
    func `a size of a chunk that is none is not HTTP`(chunk: String) {
        #expect { try read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)", by: 1000) } throws: {
            error in
            if case .notHTTP = error as? ProbeError { true } else { false }
        }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"])
    func `an answer cut short is a close, not an answer`(text: String) {
        #expect(throws: ProbeError.closedEarly) { try read(text, by: 1000) }
    }
}
