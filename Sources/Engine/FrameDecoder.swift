import NIOCore

/// A piece of what a container wrote.
package struct LogFrame: Equatable, Sendable {
    package enum Stream: Sendable { case stdout, stderr }

    package var stream: Stream
    package var bytes: [UInt8]

    package init(stream: Stream, bytes: [UInt8]) {
        self.stream = stream
        self.bytes = bytes
    }
}

/// Takes apart the engine's multiplexed stream.
///
/// A frame is eight bytes of header (stream, three zeros, big-endian length) and its payload.
/// A frame of up to ``longest`` bytes comes whole, a longer one in pieces. With a terminal there are no headers and all
/// is standard output.
struct FrameDecoder: StreamDecoder {
    static let longest = 1 << 20

    private enum State {
        case header
        case payload(LogFrame.Stream, missing: Int)
        case complaint(missing: Int)
    }

    private let isRaw: Bool
    private var state = State.header
    private var pending = ByteBuffer()

    init(terminal: Bool) { isRaw = terminal }

    mutating func feed(_ chunk: ByteBuffer) throws(EngineError) -> [LogFrame] {
        if isRaw {
            return chunk.readableBytes > 0 ? [LogFrame(stream: .stdout, bytes: Array(chunk.readableBytesView))] : []
        }
        pending.writeImmutableBuffer(chunk)
        var frames: [LogFrame] = []
        while try advance(&frames) {}
        if pending.readableBytes == 0 { pending.clear() } else { pending.discardReadBytes() }
        return frames
    }

    mutating func finish() throws(EngineError) -> [LogFrame] {
        guard case .header = state, pending.readableBytes == 0 else {
            throw .undecodable(request: "a container's output", detail: "it ends in the middle of a frame")
        }
        return []
    }

    /// Takes one step; false when more bytes are needed.
    private mutating func advance(_ frames: inout [LogFrame]) throws(EngineError) -> Bool {
        switch state {
        case .header:
            guard let header = pending.readBytes(length: 8) else { return false }
            state = try Self.payload(header)
        case .payload(let stream, let missing):
            let wanted = min(missing, Self.longest)
            guard let bytes = pending.readBytes(length: wanted) else { return false }
            if !bytes.isEmpty { frames.append(LogFrame(stream: stream, bytes: bytes)) }
            state = missing == wanted ? .header : .payload(stream, missing: missing - wanted)
        case .complaint(let missing):
            guard let text = pending.readString(length: missing) else { return false }
            throw .refused(status: 500, message: text, request: "a container's output")
        }
        return true
    }

    private static func payload(_ header: [UInt8]) throws(EngineError) -> State {
        let length = header[4...7].reduce(0) { $0 << 8 | Int($1) }
        switch header[0] {
        // Streams 0 and 1 are standard input and output; the engine's own client writes both to standard output.
        case 0, 1: return .payload(.stdout, missing: length)
        case 2: return .payload(.stderr, missing: length)
        case 3: return .complaint(missing: min(length, longest))
        default: throw .undecodable(request: "a container's output", detail: "unknown stream \(header[0])")
        }
    }
}
