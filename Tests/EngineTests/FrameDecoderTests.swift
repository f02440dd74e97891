import NIOCore
import Testing

@testable import Engine

struct `frames of a container's output` {
    private func frame(_ stream: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        let count = UInt32(bytes.count)
        return [stream, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + bytes
    }

    private func decode(_ bytes: [UInt8], inPiecesOf size: Int, terminal: Bool = false) throws -> [LogFrame] {
        var decoder = FrameDecoder(terminal: terminal)
        var frames: [LogFrame] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            frames += try decoder.feed(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
        }
        return try frames + decoder.finish()
    }

    @Test(arguments: [1, 2, 7, 8, 9, 13, 1000])
    func `come apart however the bytes arrive`(size: Int) throws {
        let bytes = frame(1, Array("one\n".utf8)) + frame(2, Array("two\n".utf8)) + frame(1, []) + frame(0, [0, 255])
        #expect(
            try decode(bytes, inPiecesOf: size) == [
                LogFrame(stream: .stdout, bytes: Array("one\n".utf8)),
                LogFrame(stream: .stderr, bytes: Array("two\n".utf8)),
                LogFrame(stream: .stdout, bytes: [0, 255]),
            ]
        )
    }

    @Test func `come in pieces when they are very long`() throws {
        let payload = (0..<(5 << 19)).map { UInt8(truncatingIfNeeded: $0) }
        let frames = try decode(frame(2, payload), inPiecesOf: 65536)
        #expect(frames.map(\.bytes.count) == [1 << 20, 1 << 20, 1 << 19])
        #expect(frames.flatMap(\.bytes) == payload)
    }

    @Test func `are the bytes themselves with a terminal`() throws {
        let bytes: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 9]
        #expect(try decode(bytes, inPiecesOf: 8, terminal: true) == [LogFrame(stream: .stdout, bytes: bytes)])
    }

    @Test(arguments: [3, 8, 10]) func `that break off are an error`(kept: Int) {
        let bytes = Array(frame(1, Array("word".utf8)).prefix(kept))
        #expect(throws: EngineError.self) { try decode(bytes, inPiecesOf: 64) }
    }

    @Test func `of the engine itself are its complaint`() {
        #expect(throws: EngineError.refused(status: 500, message: "disk full", request: "a container's output")) {
            try decode(frame(3, Array("disk full".utf8)), inPiecesOf: 5)
        }
    }

    @Test func `of an unknown stream are refused`() {
        #expect(throws: EngineError.self) { try decode(frame(9, [1]), inPiecesOf: 64) }
    }
}
