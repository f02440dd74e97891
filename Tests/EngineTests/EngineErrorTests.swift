import Core
import NIOHTTP1
import Support
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1)))
struct `an engine that does not do it` {
    @Test func `is unreachable without a socket, and the fix starts docker`() async throws {
        let engine = Engine(socket: "/tmp/slipway-no-such.sock", instance: "0badcafe")
        let error = await #expect(throws: EngineError.self) { try await engine.info() }
        #expect(error == .unreachable(socket: "/tmp/slipway-no-such.sock", reason: "the socket does not exist"))
        #expect(error?.failure.code == .engineUnreachable)
        #expect(error?.failure.fix?.contains("start docker") == true)
        let upgrade = await #expect(throws: EngineError.self) {
            try await engine.attach("a", stdin: true, terminal: true)
        }
        #expect(upgrade?.failure.code == .engineUnreachable)
    }

    @Test func `is unreachable when nobody listens any more`() async throws {
        let server = try await StubHTTPServer { _ in .json("[]") }
        let engine = Engine(socket: server.socket, instance: "0badcafe")
        _ = try await engine.networks()
        await server.stop()
        let other = Engine(socket: server.socket, instance: "0badcafe")
        let error = await #expect(throws: EngineError.self) { try await other.networks() }
        #expect(error?.failure.code == .engineUnreachable)
        await engine.shutdown()
    }

    @Test func `keeps its own words, and ours keep the query out`() async throws {
        let words = "failed to parse Dockerfile: unknown instruction: FRUM"
        try await StubHTTPServer.with { _ in
            .json(#"{"message":"\#(words)"}"#, status: 400)
        } _: { engine, _ in
            var options = BuildOptions()
            options.buildArguments = ["PASSWORD": "hunter2"]
            let error = await #expect(throws: EngineError.self) {
                for try await _ in engine.build(options, context: tar([:])) {}
            }
            #expect(error == .refused(status: 400, message: words, request: "POST /build"))
            #expect(error?.failure.why == "\(words) (status 400)")
            #expect(error?.failure.code == .engineRefused)
        }
    }

    @Test(arguments: [("plain words\n", "plain words"), ("", "no reason given"), (#"{"other":1}"#, #"{"other":1}"#)])
    func `may refuse without the usual shape`(body: String, words: String) async throws {
        try await StubHTTPServer.with { _ in
            StubHTTPServer.Reply(status: 500, body: body)
        } _: { engine, _ in
            await #expect(throws: EngineError.refused(status: 500, message: words, request: "GET /info")) {
                try await engine.info()
            }
        }
    }

    @Test func `names the member that does not fit`() async throws {
        try await StubHTTPServer.with { _ in
            .json(#"[{"Id":"a"},{"Name":"b"}]"#)
        } _: { engine, _ in
            await #expect(throws: EngineError.undecodable(request: "GET /networks", detail: "1.Id is missing")) {
                try await engine.networks()
            }
        }
        try await StubHTTPServer.with { _ in
            .json("<html>")
        } _: { engine, _ in
            await #expect(throws: EngineError.undecodable(request: "GET /networks", detail: "it is not JSON")) {
                try await engine.networks()
            }
        }
    }

    @Test func `is not waited for by a cancelled task`() async throws {
        try await StubHTTPServer.with { _ in
            .silence
        } _: { engine, server in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await engine.waitContainer("a") }
                }
                try? await eventually("the question arrived") { !server.requests.isEmpty }
                group.cancelAll()
            }
        }
    }

    @Test func `gets its time-out from the request`() async throws {
        try await StubHTTPServer.with { _ in
            .silence
        } _: { engine, _ in
            let error = await #expect(throws: EngineError.self) {
                try await engine.transport.call(Request(.GET, "/info", limit: .milliseconds(50)))
            }
            #expect(error?.failure.why == "no answer to GET /info in 0.1 s")
        }
    }

    @Test func `says the sentence as description`() {
        let error = EngineError.refused(status: 409, message: "name\u{1b}[31m taken", request: "POST /x")
        #expect("\(error)" == "the Docker Engine refused POST /x: name taken (status 409)")
    }

    @Test func `a full disk of the engine's is called that`() {
        let words = "write /var/lib/docker/overlay2/x/link: no space left on device"
        let failure = EngineError.refused(status: 500, message: words, request: "POST /containers/create").failure
        #expect(failure.code == .disk && failure.why == words)
    }
}
