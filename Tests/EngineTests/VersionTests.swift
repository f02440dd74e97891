import Core
import Support
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1)))
struct `the API version` {
    @Test(arguments: [("1.40", "1.40"), ("1.41", "1.41"), ("1.51", "1.51"), ("1.99", "1.51"), ("2.0", "1.51")])
    func `is the lower of the engine's newest and ours`(server: String, expected: String) throws {
        let version = try #require(APIVersion(server))
        #expect(try APIVersion.negotiated(with: version).description == expected)
    }

    @Test(arguments: ["1.39", "1.9", "0.99"])
    func `is refused below the oldest`(server: String) throws {
        let version = try #require(APIVersion(server))
        #expect(throws: EngineError.tooOld(api: server)) { try APIVersion.negotiated(with: version) }
    }

    @Test(arguments: ["", "1", "1.", "1.x", "v1.41", "1.41.2", "-1.41"])
    func `is not read from other text`(text: String) { #expect(APIVersion(text) == nil) }

    @Test func `is asked for once, when it is needed first`() async throws {
        try await StubHTTPServer.with(api: "1.44") { _ in
            .json("[]")
        } _: { engine, server in
            #expect(server.pings == 0)
            _ = try await engine.containers(all: true)
            _ = try await engine.networks()
            #expect(server.pings == 1)
            #expect(server.requests.allSatisfy { $0.target.hasPrefix("/v1.44/") })
        }
    }

    @Test func `tells a too old engine by name`() async throws {
        try await StubHTTPServer.with(api: "1.39") { _ in
            .json("[]")
        } _: { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.info() }
            #expect(error == .tooOld(api: "1.39"))
            #expect(error?.failure.code == .engineRefused)
        }
    }

    @Test func `is missing from what is no engine`() async throws {
        try await StubHTTPServer.with(api: nil) { _ in
            .json("[]")
        } _: { engine, _ in
            await #expect(throws: EngineError.undecodable(request: "GET /_ping", detail: "no Api-Version header")) {
                try await engine.info()
            }
        }
    }

    @Test func `comes with what the engine says of itself`() async throws {
        let answer = #"{"Version":"28.3.0","ApiVersion":"1.51","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"}"#
        try await StubHTTPServer.with(api: "1.51") { _ in
            .json(answer)
        } _: { engine, _ in
            let version = try await engine.version()
            #expect(version == EngineVersion(api: .newest, server: "28.3.0", os: "linux", architecture: "amd64"))
        }
    }
}
