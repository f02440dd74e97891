import Core
import NIOCore
import NIOHTTP1
import Synchronization

/// A stream of GET requests over connections that are kept open.
package struct Load: Sendable {
    package var address: WebAddress
    package var path: String
    package var connections: Int
    /// Requests a second over all connections together.
    package var rate: Double
    /// Statuses that count as right.
    package var accepts: Set<Int>
    /// Text that a right answer holds.
    package var expects: String
    /// How long an answer may take before the request counts as lost.
    package var patience: Duration

    package init(
        _ address: WebAddress,
        _ path: String = "/",
        connections: Int = 20,
        rate: Double = 200,
        accepts: Set<Int> = [200],
        expects: String = "",
        patience: Duration = .seconds(10)
    ) {
        self.address = address
        self.path = path
        self.connections = connections
        self.rate = rate
        self.accepts = accepts
        self.expects = expects
        self.patience = patience
    }

    /// Requests that take ten seconds each, two new ones a second: some are in flight whenever something is switched.
    package static func slow(_ address: WebAddress) -> Load {
        Load(address, "/cgi-bin/slow?10", connections: 20, rate: 2, expects: "done", patience: .seconds(25))
    }
}

/// Runs `work` while all loads press; ends when the requests then in flight have been answered.
///
/// - Returns: what `work` returned, and a tally for each load, in their order.
package func under<Value>(_ loads: [Load], _ work: () async throws -> Value) async throws -> (Value, [Tally]) {
    let presses = loads.map(Press.init)
    let result: Result<Value, any Error> = await withTaskGroup(of: Void.self) { group in
        for press in presses {
            for number in 0..<press.load.connections {
                group.addTask { await press.client(number) }
            }
        }
        let result: Result<Value, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        for press in presses { press.stop() }
        await group.waitForAll()
        return result
    }
    return (try result.get(), presses.map(\.tally))
}

/// A load that runs.
private final class Press: Sendable {
    let load: Load
    private let state = Mutex((isStopped: false, tally: Tally()))

    init(_ load: Load) { self.load = load }

    func stop() { state.withLock { $0.isStopped = true } }
    var tally: Tally { state.withLock(\.tally) }
    private var isStopped: Bool { state.withLock(\.isStopped) }
    private func count(_ change: (inout Tally) -> Void) { state.withLock { change(&$0.tally) } }

    /// One client: a connection after the other, each for as many requests as it lasts.
    func client(_ number: Int) async {
        let interval = Duration.seconds(Double(load.connections) / load.rate)
        var next = ContinuousClock.now + interval * (Double(number) / Double(load.connections))
        var isRepeat = false
        while isRepeat || !isStopped {
            var end: End?
            do {
                let channel = try await load.address.connect()
                try await channel.executeThenClose { inbound, outbound in
                    var parts = inbound.makeAsyncIterator()
                    end = await requests(on: channel, &parts, outbound, &next, interval, isRepeat: isRepeat)
                }
            } catch {
                // Closing what the server has closed throws as well; by then the requests have their end.
                if end == nil { end = unopened(error, isRepeat: isRepeat) }
            }
            isRepeat = end == .sendAgain
            if end == .unopened { guard await pause(until: &next, interval) else { return } }
        }
    }

    private enum End { case done, sendAgain, unopened }

    private func unopened(_ error: any Error, isRepeat: Bool) -> End {
        count { tally in
            if !isRepeat { tally.sent += 1 }
            tally.lose("no connection: \(error)")
        }
        return .unopened
    }

    /// Sends until the connection ends, by the server's wish or ours.
    private func requests(
        on channel: WebChannel,
        _ parts: inout WebAnswer.Parts,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>,
        _ next: inout ContinuousClock.Instant,
        _ interval: Duration,
        isRepeat: Bool
    ) async -> End {
        var isRepeat = isRepeat
        var isReused = false
        while true {
            if !isRepeat {
                guard await pause(until: &next, interval), !isStopped else { return .done }
                count { $0.sent += 1 }
            }
            switch await ask(channel, &parts, outbound) {
            case .answer(let answer, let time):
                judge(answer, time)
                guard !answer.isLast else { return .done }
            case .closed where isReused && !isRepeat:
                count { $0.reopened += 1 }
                return .sendAgain
            case .closed:
                count { $0.lose("closed before an answer, connection \(isReused ? "reused" : "new")") }
                return .done
            case .failed(let why):
                count { $0.lose(why) }
                return .done
            }
            isReused = true
            isRepeat = false
        }
    }

    private func judge(_ answer: WebAnswer, _ time: Duration) {
        count { tally in
            tally.byStatus[answer.status, default: 0] += 1
            guard load.accepts.contains(answer.status), answer.body.contains(load.expects) || load.expects.isEmpty
            else {
                return tally.lose("status \(answer.status): \(answer.body.prefix(120))")
            }
            tally.right += 1
            tally.slowest = max(tally.slowest, time.inSeconds)
        }
    }

    private enum Met { case answer(WebAnswer, Duration), closed, failed(String) }

    private func ask(
        _ channel: WebChannel,
        _ parts: inout WebAnswer.Parts,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async -> Met {
        let start = ContinuousClock.now
        let patience = channel.channel.eventLoop.scheduleTask(in: .init(load.patience)) {
            channel.channel.close(promise: nil)
        }
        defer { patience.cancel() }
        do {
            if let answer = try await load.address.ask(load.path, keepAlive: true, &parts, outbound) {
                return .answer(answer, ContinuousClock.now - start)
            }
        } catch let cut as CutOff {
            return .failed(cut.description)
        } catch {
            // A reset, a closed pipe: no byte of an answer was seen.
        }
        let time = ContinuousClock.now - start
        return time >= load.patience ? .failed("no answer within \(load.patience)") : .closed
    }

    /// Waits for this client's next turn; false when the load is cancelled.
    ///
    /// Turns that a slow answer let pass are left out, not made up for.
    private func pause(until next: inout ContinuousClock.Instant, _ interval: Duration) async -> Bool {
        next = max(next, .now)
        do { try await Task.sleep(until: next) } catch { return false }
        next += interval
        return true
    }
}
