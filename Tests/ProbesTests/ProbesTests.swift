import Core
import Glibc
import Probes
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Asking an address` {
    @Test func `a listening port is open, a closed one refuses`() async throws {
        let server = try Answerer([])
        #expect(try await Probes.live.connect("127.0.0.1", server.port, .seconds(5)) == .open)
        let port = server.port
        server.stop()
        #expect(try await Probes.live.connect("127.0.0.1", port, .seconds(5)) == .refused)
    }

    @Test func `an address that is none is refused before anything is sent`() async throws {
        await #expect(throws: ProbeError.badQuestion("\"localhost\" is not an IP address")) {
            _ = try await Probes.live.connect("localhost", Port(1), .seconds(1))
        }
    }

    @Test func `an address without a way to it is told in the kernel's words`() async throws {
        // Linux never opens TCP to the broadcast address (tcp_v4_connect).
        let result = try await Probes.live.connect("255.255.255.255", Port(9), .seconds(5))
        #expect(result == .unreachable("Network is unreachable"))
    }

    @Test func `a server that accepts nobody ends in a time-out`() async throws {
        let server = try Answerer([], backlog: 0)
        var results: [ConnectResult] = []
        // The first ones wait in its queue and are open; a full queue answers nothing at all.
        while results.last != .timedOut, results.count < 10 {
            results.append(try await Probes.live.connect("127.0.0.1", server.port, .milliseconds(100)))
        }
        #expect(results.first == .open && results.last == .timedOut)
    }

    @Test func `an answer with a length is whole without a close`() async throws {
        let server = try Answerer(
            ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nhello"],
            keepOpen: true
        )
        let answer = try await Probes.live.get(server.question())
        #expect(
            answer
                == HTTPAnswer(status: 200, headers: ["content-length": "5", "x-a": "1, 2"], body: Array("hello".utf8))
        )
    }

    @Test func `the question says whom it asks and closes`() async throws {
        let server = try Answerer(["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
        _ = try await Probes.live.get(
            server.question(path: "/up?x=1", host: "shop.example.com", headers: ["X-Key": "v"])
        )
        #expect(
            server.received()
                == "GET /up?x=1 HTTP/1.1\r\naccept: */*\r\nconnection: close\r\nhost: shop.example.com\r\n"
                + "user-agent: slipway\r\nx-key: v\r\n\r\n"
        )
    }

    @Test func `no redirect is followed and 500 is an answer`() async throws {
        let away = try Answerer(["HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"])
        #expect(try await Probes.live.get(away.question()).status == 302)
        let broken = try Answerer(["HTTP/1.0 500 Oh\r\n\r\nsorry"])
        let answer = try await Probes.live.get(broken.question())
        #expect(answer.status == 500 && answer.text == "sorry")
    }

    @Test func `a close before the first byte is told from one inside the answer and from silence`() async throws {
        await #expect(throws: ProbeError.closedEarly) { try await Probes.live.get(Answerer([""]).question()) }
        let cut = try Answerer(["HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"])
        await #expect(throws: ProbeError.closedEarly) { try await Probes.live.get(cut.question()) }
        let silent = try Answerer([], keepOpen: true)
        await #expect(throws: ProbeError.timedOut) {
            try await Probes.live.get(silent.question(limit: .milliseconds(50)))
        }
    }

    @Test func `something else than HTTP is named`() async throws {
        let server = try Answerer(["SSH-2.0-OpenSSH_9.2\r\n"], keepOpen: true)
        await #expect(throws: ProbeError.notHTTP("it begins with \"SSH-2.0-OpenSSH_9.2\"")) {
            try await Probes.live.get(server.question())
        }
    }

    @Test func `an endless body does not hide that the app answers`() async throws {
        let server = try Answerer(
            ["HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"],
            keepOpen: true
        )
        #expect(try await Probes.live.get(server.question(wantsBody: false)).status == 200)
    }

    @Test func `a large body is cut at 64 KiB`() async throws {
        let text = String(repeating: "x", count: 100_000)
        let server = try Answerer(["HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n\(text)"])
        #expect(try await Probes.live.get(server.question()).body.count == 65536)
    }

    @Test(arguments: ["no-slash", "/a b", "/a\r\nX: y"])
    func `a path that could forge a line is refused`(path: String) async throws {
        let server = try Answerer([])
        await #expect(throws: ProbeError.self) { try await Probes.live.get(server.question(path: path)) }
        #expect(server.received().isEmpty)
    }

    @Test func `a header that could forge a line is refused`() async throws {
        let server = try Answerer([])
        await #expect(throws: ProbeError.self) {
            try await Probes.live.get(server.question(headers: ["X-A": "1\r\nX-B: 2"]))
        }
    }

    @Test func `waiting ends when the task is cancelled`() async throws {
        let server = try Answerer([], keepOpen: true)
        let question = server.question(limit: .seconds(50))
        let asking = Task { try await Probes.live.get(question) }
        asking.cancel()
        await #expect(throws: CancellationError.self) { try await asking.value }
    }

    @Test func `our own listening socket is found and a process that is gone says so`() throws {
        let server = try Answerer([])
        let found = try Probes.live.listening(getpid())
        #expect(
            found.contains(ListeningSocket(address: "127.0.0.1", port: server.port, isLoopback: true, isAny: false))
        )
        #expect(throws: ProbeError.noProcess(4_194_305)) { try Probes.live.listening(4_194_305) }
    }
}
