import AsyncHTTPClient
import NIOCore

/// Makes elements out of the bytes of a body as they come.
protocol StreamDecoder<Element>: Sendable {
    associatedtype Element: Sendable

    mutating func feed(_ chunk: ByteBuffer) throws -> [Element]

    /// What is left when the body ends.
    mutating func finish() throws -> [Element]
}

/// Pulls bytes only when an element is asked for, so that a slow reader slows the engine down.
///
/// The source is opened by the first ``next()``, and closed when this is dropped or the reading task is cancelled.
actor Pump<Source: AsyncSequence & Sendable, Decoder: StreamDecoder> where Source.Element == ByteBuffer {
    private let open: @Sendable () async throws -> (Source, Decoder)
    private let explain: @Sendable (any Error) -> any Error
    private var iterator: Source.AsyncIterator?
    private var decoder: Decoder?
    private var ready: [Decoder.Element] = []
    private var isFinished = false

    init(
        explain: @escaping @Sendable (any Error) -> any Error,
        open: @escaping @Sendable () async throws -> (Source, Decoder)
    ) {
        self.open = open
        self.explain = explain
    }

    func next() async throws -> Decoder.Element? {
        do {
            while ready.isEmpty, !isFinished { try await refill() }
        } catch {
            isFinished = true
            iterator = nil
            throw explain(error)
        }
        return ready.popLast()
    }

    /// Takes one chunk; elements wait in reverse, because the last of an array is the cheap one to take.
    private func refill() async throws {
        if decoder == nil {
            let (source, fresh) = try await open()
            decoder = fresh
            iterator = source.makeAsyncIterator()
        }
        guard var decoder, var iterator else { return isFinished = true }
        self.iterator = nil
        let chunk = try await iterator.next(isolation: self)
        if let chunk {
            ready = try decoder.feed(chunk).reversed()
            self.iterator = iterator
        } else {
            // Some sources end quietly when their reader is cancelled; that is not the end of the body.
            try Task.checkCancellation()
            ready = try decoder.finish().reversed()
            isFinished = true
        }
        self.decoder = decoder
    }
}

extension Pump {
    nonisolated var stream: AsyncThrowingStream<Decoder.Element, any Error> {
        AsyncThrowingStream { try await self.next() }
    }
}

extension Engine {
    /// The elements that `decoder` makes of the answer's body; nothing is sent before the first is asked for.
    func stream<Decoder: StreamDecoder>(
        _ request: Request,
        _ decoder: Decoder
    ) -> AsyncThrowingStream<Decoder.Element, any Error> {
        stream(words: request.words) { (request, decoder) }
    }

    /// The same for a request that is only known after asking something else.
    func stream<Decoder: StreamDecoder>(
        words: String,
        _ prepare: @escaping @Sendable () async throws -> (Request, Decoder)
    ) -> AsyncThrowingStream<Decoder.Element, any Error> {
        let transport = transport
        return Pump(explain: { transport.explained($0, during: words) }) {
            let (request, decoder) = try await prepare()
            return (try await transport.open(request).body, decoder)
        }.stream
    }
}

/// Cuts bytes into lines; a carriage return before the line end is dropped with it.
struct LineCutter: Sendable {
    /// Longer lines are an error rather than a growing buffer.
    static let longest = 16 << 20

    private var pending = ByteBuffer()

    mutating func feed(_ chunk: ByteBuffer) throws(EngineError) -> [ByteBuffer] {
        pending.writeImmutableBuffer(chunk)
        var lines: [ByteBuffer] = []
        while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")),
            var line = pending.readSlice(length: end - pending.readerIndex)
        {
            pending.moveReaderIndex(forwardBy: 1)
            if line.readableBytesView.last == UInt8(ascii: "\r") { line.moveWriterIndex(to: line.writerIndex - 1) }
            if line.readableBytes > 0 { lines.append(line) }
        }
        pending.discardReadBytes()
        guard pending.readableBytes <= Self.longest else {
            throw .undecodable(request: "a stream", detail: "a line is longer than \(Self.longest) bytes")
        }
        return lines
    }

    mutating func finish() -> [ByteBuffer] {
        defer { pending.clear() }
        return pending.readableBytes > 0 ? [pending] : []
    }
}

/// Passes bytes on as they are.
struct RawDecoder: StreamDecoder {
    mutating func feed(_ chunk: ByteBuffer) -> [[UInt8]] { [Array(chunk.readableBytesView)] }
    mutating func finish() -> [[UInt8]] { [] }
}
