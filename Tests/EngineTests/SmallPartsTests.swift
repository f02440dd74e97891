import FoundationEssentials
import NIOCore
import Support
import Testing

@testable import Engine

struct `dates of the engine` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2024-02-29T12:34:56.5Z", 1_709_210_096.5),
        ("2024-02-29T12:34:56.123456789Z", 1_709_210_096.123456789), ("2024-02-29T14:34:56+02:00", 1_709_210_096),
        ("2024-02-29T09:04:56-03:30", 1_709_210_096), ("2000-03-01T00:00:00Z", 951_868_800),
        ("1999-12-31T23:59:59z", 946_684_799),
    ])
    func `are read with their fractions and offsets`(text: String, seconds: Double) throws {
        let date = try #require(EngineDate.date(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 1e-6)
    }

    @Test(arguments: [
        "0001-01-01T00:00:00Z", "", "yesterday", "2024-02-29", "2024-02-29T12:34:56", "2024-13-01T00:00:00Z",
        "2024-02-29T12:34:56Zx", "2024-2-9T12:34:56Z", "2024-02-29T12:34:56+0200",
    ])
    func `are nothing when they are zero or strange`(text: String) { #expect(EngineDate.date(text) == nil) }

    @Test func `are sent with nine digits`() {
        #expect(EngineDate.query(Date(timeIntervalSince1970: 1_709_210_096.0625)) == "1709210096.062500000")
    }

    @Test(arguments: [#"{"d":1709210096}"#, #"{"d":"2024-02-29T12:34:56Z"}"#])
    func `may be a number or text`(json: String) throws {
        let read = try JSONDecoder().decode([String: LenientDate].self, from: Data(json.utf8))
        #expect(read["d"]?.date == Date(timeIntervalSince1970: 1_709_210_096))
    }

    @Test(arguments: [#"{"d":0}"#, #"{"d":""}"#, #"{"d":{}}"#, #"{"d":-62135596800}"#])
    func `may be neither`(json: String) throws {
        let read = try JSONDecoder().decode([String: LenientDate].self, from: Data(json.utf8))
        #expect(read["d"]?.date == nil)
    }
}

struct `images` {
    @Test(arguments: [
        ("a", "a", "latest"), ("a:b", "a", "b"), ("r:5000/a", "r:5000/a", "latest"),
        ("r:5000/a/b:c", "r:5000/a/b", "c"),
        ("a@sha256:00", "a", "sha256:00"),
    ])
    func `have a repository and a tag`(text: String, repository: String, tag: String) {
        let reference = ImageReference(text)
        #expect(reference.repository == repository)
        #expect(reference.tag == tag)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [Recorded.image141, Recorded.image151])
    func `are read in every version's shape`(answer: String) async throws {
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, server in
            let facts = try #require(try await engine.image("r:5000/a/b:c"))
            #expect(server.requests.first?.target == "/v1.41/images/r:5000/a/b:c/json")
            #expect(facts.exposedPorts == ["53/udp", "8080/tcp"])
            #expect(facts.command == ["run"])
            #expect(facts.entrypoint.isEmpty && facts.labels.isEmpty && facts.digests.isEmpty)
            #expect(facts.size == 1234)
            #expect(facts.created == Date(timeIntervalSince1970: 1_709_164_800))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `are fetched with credentials, and errors in the stream are thrown`()
        async throws
    {
        let auth = RegistryAuth(username: "ana", password: "s>?>?cret", server: "r:5000")
        try await StubHTTPServer.with { asked in
            asked.query("tag") == "bad"
                ? .json(
                    "{\"status\":\"Pulling\"}\r\n{\"errorDetail\":{\"message\":\"denied\"},\"error\":\"denied\"}\r\n"
                )
                : .json("{\"status\":\"Downloading\",\"progressDetail\":{\"current\":1,\"total\":2},\"id\":\"l1\"}\r\n")
        } _: { engine, server in
            try await engine.pull("r:5000/a", auth: auth) { progress in
                #expect(progress == TransferProgress(layer: "l1", status: "Downloading", current: 1, total: 2))
            }
            let header = try #require(server.requests.first?.headers["x-registry-auth"])
            #expect(!header.contains("+") && !header.contains("/"))
            let plain = Data(base64Encoded: header.replacing("-", with: "+").replacing("_", with: "/")) ?? Data()
            let words = #"{"password":"s>?>?cret","serveraddress":"r:5000","username":"ana"}"#
            #expect(String(decoding: plain, as: UTF8.self) == words)
            #expect(server.requests.first?.query("tag") == "latest")
            let request = "POST /images/create"
            await #expect(throws: EngineError.refused(status: 500, message: "denied", request: request)) {
                try await engine.pull("r:5000/a:bad")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `are sent, and give their digest`() async throws {
        let answer = """
            {"status":"The push refers to repository [r:5000/a]"}\r
            {"progressDetail":{},"aux":{"Tag":"b","Digest":"sha256:77","Size":1}}\r\n
            """
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, server in
            let digest = try await engine.push("r:5000/a:b")
            #expect(digest == "sha256:77")
            #expect(server.requests.first?.target == "/v1.41/images/r:5000/a/push?tag=b")
            #expect(server.requests.first?.headers["x-registry-auth"] == "e30=")
        }
    }

    @Test(.timeLimit(.minutes(1))) func `are loaded by name or id`() async throws {
        let answer = "{\"stream\":\"Loaded image: a:b\\n\"}\r\n{\"stream\":\"Loaded image ID: sha256:77\\n\"}\r\n"
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, _ in
            let names = try await engine.load(tar([:]))
            #expect(names == ["a:b", "sha256:77"])
        }
    }

    @Test func `never show a password`() {
        let auth = RegistryAuth(username: "ana", password: "hunter2", server: "r")
        var dumped = ""
        dump(auth, to: &dumped)
        #expect(!"\(auth) \(String(reflecting: auth)) \(dumped)".contains("hunter2"))
    }
}

struct `lines of a stream` {
    @Test(arguments: [1, 2, 3, 5, 100])
    func `are cut however they arrive`(size: Int) throws {
        let bytes = Array("one\r\n\ntwo\nthree".utf8)
        var cutter = LineCutter()
        var lines: [ByteBuffer] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            lines += try cutter.feed(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
        }
        lines += cutter.finish()
        #expect(lines.map { String(buffer: $0) } == ["one", "two", "three"])
    }
}
