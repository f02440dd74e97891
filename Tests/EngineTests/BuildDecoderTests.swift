import FoundationEssentials
import NIOCore
import SwiftProtobuf
import Testing

@testable import Engine

struct `build progress` {
    private func events(_ text: String, inPiecesOf size: Int = 4096) throws -> [BuildEvent] {
        var decoder = BuildDecoder()
        var events: [BuildEvent] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += try decoder.feed(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
        }
        return try events + decoder.finish()
    }

    @Test(arguments: [1, 100, 1 << 20])
    func `of BuildKit is read as it was recorded`(size: Int) throws {
        let events = try events(RecordedBuild.failing, inPiecesOf: size)
        let steps = events.compactMap { if case .step(let step) = $0 { step } else { nil } }
        let echo = steps.filter { $0.name == "[2/3] RUN echo recorded-$(date +%s)" }
        #expect(echo.count == 2)
        #expect(echo.first?.started != nil && echo.first?.completed == nil)
        let duration = try #require(echo.last?.completed).timeIntervalSince(#require(echo.last?.started))
        #expect((0..<5).contains(duration))
        #expect(echo.allSatisfy { !$0.cached && $0.digest.hasPrefix("sha256:") })
        let logs = events.compactMap { if case .log(let step, let bytes) = $0 { (step, bytes) } else { nil } }
        #expect(logs.map(\.0) == [echo[0].digest])
        #expect(logs.map { String(decoding: $0.1, as: UTF8.self) } == ["recorded-1795245922\n"])
        #expect(steps.last?.error == "executor failed running [/bin/sh -c exit 3]: exit code: 3")
        let words = "executor failed running [/bin/sh -c exit 3]: exit code: 3"
        #expect(events.last == .failed(message: words, code: 3))
    }

    @Test func `of BuildKit ends in the image`() throws {
        let id = "sha256:1ee149b264b8186e62d1687ad993618e358fe8ccda966d78bee9096f798bdd47"
        #expect(try events(RecordedBuild.ending).last == .image(id))
    }

    @Test func `says which steps come from the cache`() throws {
        var vertex = Moby_Buildkit_V1_Vertex()
        vertex.digest = "sha256:aa"
        vertex.cached = true
        vertex.started = Google_Protobuf_Timestamp(seconds: 1_709_164_800, nanos: 500_000_000)
        var status = Moby_Buildkit_V1_StatusResponse()
        status.vertexes = [vertex]
        let text = Data(try status.serializedBytes() as [UInt8]).base64EncodedString()
        let started = Date(timeIntervalSince1970: 1_709_164_800.5)
        let step = BuildStep(digest: "sha256:aa", name: "", cached: true, started: started)
        #expect(try events(#"{"id":"moby.buildkit.trace","aux":"\#(text)"}"#) == [.step(step)])
    }

    @Test func `of the classic builder is lines and images`() throws {
        let text = """
            {"stream":"Step 1/2 : FROM a"}\r
            {"stream":"\\n"}\r
            {"status":"Pulling fs layer","progressDetail":{},"id":"l1"}\r
            {"stream":"one\\ntwo\\n"}\r
            {"aux":{"ID":"sha256:77"}}\r
            {"errorDetail":{"code":42,"message":"non-zero code: 42"},"error":"non-zero code: 42"}\r\n
            """
        #expect(
            try events(text) == [
                .classicLine("Step 1/2 : FROM a"), .classicLine("l1: Pulling fs layer"), .classicLine("one"),
                .classicLine("two"), .image("sha256:77"), .failed(message: "non-zero code: 42", code: 42),
            ]
        )
    }

    @Test(arguments: [
        #"{"id":"moby.buildkit.trace","aux":"!"}"#, #"{"id":"moby.buildkit.trace","aux":"/w=="}"#, "<html>",
    ])
    func `of another shape is an error`(line: String) {
        #expect(throws: EngineError.self) { try events(line) }
    }

    @Test func `may have parts that are not known yet`() throws {
        #expect(try events(#"{"id":"moby.future","aux":{"new":1}}"#).isEmpty)
    }
}
