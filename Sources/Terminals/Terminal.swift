package import Core
import Dispatch
import Glibc

/// Our own standard streams, as the near end of a program that runs elsewhere.
///
/// Reading, writing and watching block on threads of their own, never on the shared pool.
package final class Terminal: Sendable {
    package enum Stream: Sendable { case output, error }

    private let input: Int32
    private let output: Int32
    private let error: Int32
    private let signals: [Int32]
    private let stop: Pipe
    private let reader = DispatchQueue(label: "slipway.terminal.input")
    private let writer = DispatchQueue(label: "slipway.terminal.output")
    private let watcher = DispatchQueue(label: "slipway.terminal.watch")

    /// Signals that ask a program to end or to look around, and the one that tells of another size.
    package static let usualSignals = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH]

    /// Signals that ask a daemon to end.
    package static let endingSignals = [SIGINT, SIGTERM, SIGHUP]

    /// The descriptors stay open when this goes.
    ///
    /// - Parameters:
    ///   - input: Where a person types.
    ///   - output: Where a person reads.
    ///   - error: Where a person reads of trouble.
    ///   - signals: What is caught while this is watched; only one terminal of a process can have any.
    /// - Throws: ``TerminalError/noPipe(_:)``.
    package init(
        input: Int32 = 0,
        output: Int32 = 1,
        error: Int32 = 2,
        signals: [Int32] = Terminal.usualSignals
    ) throws(TerminalError) {
        self.input = input
        self.output = output
        self.error = error
        self.signals = signals
        stop = try Pipe()
    }

    /// A person sits at both ends.
    package var isTerminal: Bool { isatty(input) == 1 && isatty(output) == 1 }

    /// Nil without a terminal, or with one that does not know its size.
    package var size: TerminalSize? { TerminalSize(of: output) }

    /// What was typed or sent, at most 64 kB; empty at its end, and once a read was cancelled or the watch is over.
    ///
    /// Nothing is taken from the descriptor before it is asked for.
    package func read() async -> [UInt8] {
        await withTaskCancellationHandler {
            await on(reader) { self.blockingRead() }
        } onCancel: {
            stop.signal()
        }
    }

    /// Returns when all of it is written.
    ///
    /// - Throws: ``TerminalError/gone`` when nobody reads there any more, or once a read was cancelled.
    package func write(_ bytes: [UInt8], to stream: Stream) async throws(TerminalError) {
        let descriptor = stream == .output ? output : error
        guard await on(writer, { self.blockingWrite(bytes, to: descriptor) }) else { throw .gone }
    }

    /// Runs `work` with news of the person and, when `raw`, with every key passed on as it is.
    ///
    /// Signals come as news instead of ending the process meanwhile. Terminal and signals are as before when this
    /// returns or throws; after that nothing can be read or written here.
    @discardableResult
    package func watched<Value: Sendable>(
        raw: Bool,
        _ work: (AsyncStream<TerminalNews>) async throws -> Value
    ) async throws -> Value {
        let caught = try CaughtSignals(signals)
        let mode = raw ? TerminalMode(of: input) : nil
        mode?.makeRaw()
        let (news, sink) = AsyncStream.makeStream(of: TerminalNews.self, bufferingPolicy: .bufferingNewest(64))
        watcher.async {
            self.watch(caught) { sink.yield($0) }
            sink.finish()
        }
        let result: Result<Value, any Error>
        do { result = .success(try await work(news)) } catch { result = .failure(error) }
        mode?.restore()
        stop.signal()
        // The queue is serial: this runs when the watch is over.
        await on(watcher) { caught.release() }
        return try result.get()
    }

    private func on<Value: Sendable>(_ queue: DispatchQueue, _ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
    }
}

// MARK: What blocks

extension Terminal {
    private func blockingRead() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            guard isReady(input, for: POLLIN) else { return [] }
            let count = Glibc.read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            return count > 0 ? Array(buffer[..<count]) : []
        }
    }

    private func blockingWrite(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard isReady(descriptor, for: POLLOUT) else { return false }
            // What a pipe that is ready takes without blocking, so that a stop is noticed between two pieces.
            let count = rest.prefix(Int(PIPE_BUF)).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Waits until a descriptor has something to say; false when there is a stop.
    private func isReady(_ descriptor: Int32, for events: Int32) -> Bool {
        var both = [
            pollfd(fd: descriptor, events: Int16(events), revents: 0),
            pollfd(fd: stop.outlet, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&both, 2, -1) < 0, errno == EINTR {}
        return both[1].revents == 0
    }

    /// Tells of signals until there is a stop or nobody reads our output any more.
    ///
    /// The end of input says nothing: whoever sends a file closes that side first.
    private func watch(_ caught: CaughtSignals, _ tell: (TerminalNews) -> Void) {
        let lost = POLLHUP | POLLERR | POLLNVAL
        while true {
            var all = [
                pollfd(fd: stop.outlet, events: Int16(POLLIN), revents: 0),
                pollfd(fd: caught.outlet, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output, events: 0, revents: 0),
            ]
            if poll(&all, 3, -1) < 0, errno == EINTR { continue }
            guard all[0].revents == 0 else { return }
            for number in all[1].revents == 0 ? [] : caught.take() {
                if number != SIGWINCH { tell(.signal(number)) } else if let size { tell(.resized(size)) }
            }
            if Int32(all[2].revents) & lost != 0 { return tell(.gone) }
        }
    }
}
