import Core
import NIOCore
import Synchronization

/// The head of the engine's answer to a request for an upgrade; the body only where it refused.
struct HijackHead: Sendable {
    var status: Int
    var contentLength: Int?
    var body: [UInt8] = []

    /// 101 as asked; engines that overlook the upgrade say 200 and go on just the same.
    var isUpgraded: Bool { status == 101 || status == 200 }

    /// Reads a status line and header lines (RFC 9112 §4, §5).
    init?(_ text: String) {
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let parts = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else { return nil }
        self.status = status
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            guard pair.count == 2, pair[0].lowercased() == "content-length" else { continue }
            contentLength = Int(String(pair[1]).trimmed)
        }
    }
}

typealias HijackSource = NIOThrowingAsyncSequenceProducer<
    ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, HijackReader
>

/// Waits for the head of the answer, then hands the bytes behind it to a sequence that says when it wants more.
final class HijackHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    let head: EventLoopFuture<HijackHead>
    let source: HijackSource

    fileprivate enum State {
        case head(ByteBuffer)
        case refusal(HijackHead)
        case stream
        case ended
    }

    private let state = Mutex(State.head(ByteBuffer()))
    private let promise: EventLoopPromise<HijackHead>
    private let sink: HijackSource.Source
    private let reader: HijackReader

    init(channel: any Channel) {
        promise = channel.eventLoop.makePromise()
        head = promise.futureResult
        reader = HijackReader(channel: channel)
        let made = HijackSource.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8),
            finishOnDeinit: false,
            delegate: reader
        )
        source = made.sequence
        sink = made.source
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if reader.wantsMore { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Only the other side's output has ended; ours may go on.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { end(nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { end(nil) }

    private func take(_ chunk: ByteBuffer) {
        let effect = state.withLock { $0.take(chunk) }
        switch effect {
        case .none: break
        case .pass(let bytes): pass(bytes)
        case .open(let head, let rest):
            promise.succeed(head)
            if rest.readableBytes > 0 { pass(rest) }
        case .refuse(let head): promise.succeed(head)
        case .fail(let error): promise.fail(error)
        }
    }

    private func pass(_ bytes: ByteBuffer) {
        if case .stopProducing = sink.yield(bytes) { reader.pause() }
    }

    private func end(_ error: (any Error)?) {
        let previous = state.withLock { state in
            defer { state = .ended }
            return state
        }
        switch previous {
        case .head: promise.fail(error ?? ChannelError.eof)
        case .refusal(let head): promise.succeed(head)
        case .stream, .ended: break
        }
        if let error { sink.finish(error) } else { sink.finish() }
    }

    fileprivate enum Effect {
        case none
        case pass(ByteBuffer)
        case open(HijackHead, rest: ByteBuffer)
        case refuse(HijackHead)
        case fail(any Error)
    }
}

extension HijackHandler.State {
    /// Takes bytes in and says what follows; a head has at most 64 kB, a refusal is kept up to the same.
    fileprivate mutating func take(_ chunk: ByteBuffer) -> HijackHandler.Effect {
        switch self {
        case .stream: return .pass(chunk)
        case .ended: return .none
        case .head(var pending):
            pending.writeImmutableBuffer(chunk)
            return takeHead(pending)
        case .refusal(var head):
            head.body += chunk.readableBytesView.prefix(64 << 10)
            return takeRefusal(head)
        }
    }

    private mutating func takeHead(_ bytes: ByteBuffer) -> HijackHandler.Effect {
        var bytes = bytes
        let end = Array("\r\n\r\n".utf8)
        guard let found = bytes.readableBytesView.firstRange(of: end) else {
            self = .head(bytes)
            return bytes.readableBytes > 64 << 10 ? fail("its head does not end") : .none
        }
        let text = bytes.readString(length: found.lowerBound - bytes.readerIndex) ?? ""
        bytes.moveReaderIndex(forwardBy: end.count)
        guard var head = HijackHead(text) else { return fail("it is not HTTP") }
        if head.isUpgraded {
            self = .stream
            return .open(head, rest: bytes)
        }
        head.body = Array(bytes.readableBytesView)
        return takeRefusal(head)
    }

    private mutating func takeRefusal(_ head: HijackHead) -> HijackHandler.Effect {
        // Without a length the refusal ends with the connection.
        guard head.body.count >= min(head.contentLength ?? .max, 64 << 10) else {
            self = .refusal(head)
            return .none
        }
        self = .ended
        return .refuse(head)
    }

    private mutating func fail(_ detail: String) -> HijackHandler.Effect {
        self = .ended
        return .fail(EngineError.undecodable(request: "an upgrade", detail: detail))
    }
}

/// Reads from the channel when the sequence wants more, and closes it when nobody reads any longer.
final class HijackReader: NIOAsyncSequenceProducerDelegate, Sendable {
    private let channel: any Channel
    private let isWanting = Mutex(true)

    init(channel: any Channel) { self.channel = channel }

    var wantsMore: Bool { isWanting.withLock { $0 } }

    func pause() { isWanting.withLock { $0 = false } }

    func produceMore() {
        isWanting.withLock { $0 = true }
        channel.read()
    }

    func didTerminate() { channel.close(promise: nil) }
}
