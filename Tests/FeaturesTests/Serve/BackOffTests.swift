import Core
import Engine
import Testing

@testable import Features

@Suite struct `backing off` {
    /// A moment so many seconds after some other.
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_800_000_000_000 + seconds * 1000) }

    private func begin(
        _ seen: BackOff.Seen = .restarting,
        restarts: Int = 3,
        _ policy: RestartPolicy = .unlessStopped
    ) -> BackOff.Turn {
        BackOff.begin(deaths: 3, restarts: restarts, seen: seen, policy: policy, at: at(0))
    }

    @Test func `is held first, then tried after 10 s, then every 30 s`() throws {
        let turn = begin()
        #expect(turn.action == .hold)
        var state = try #require(turn.backOff)
        #expect(state.nextTry == at(10))
        #expect(state.next(.down(code: 1), .unlessStopped, at: at(9)).action == .none)
        var now: Int64 = 10
        for deaths in 4...8 {
            let tried = state.next(.down(code: 1), .unlessStopped, at: at(now))
            #expect(tried.action == .start && !tried.hasDied)
            state = try #require(tried.backOff)
            #expect(state.phase == .trying(since: at(now)))
            #expect(state.next(.running, .unlessStopped, at: at(now + 1)).action == .none)
            let died = state.next(.down(code: 1), .unlessStopped, at: at(now + 2))
            #expect(died.action == .none && died.hasDied)
            state = try #require(died.backOff)
            #expect(state.deaths == deaths)
            #expect(state.nextTry == at(now + 32))
            now += 32
        }
    }

    @Test func `lives a minute and is the engine's again`() throws {
        let held = try #require(begin().backOff)
        let state = try #require(held.next(.down(code: 1), .always, at: at(10)).backOff)
        #expect(!state.isDue(at: at(69)))
        #expect(state.next(.running, .always, at: at(69)) == BackOff.Turn(backOff: state, action: .none))
        #expect(state.isDue(at: at(70)))
        #expect(state.next(.running, .always, at: at(70)) == BackOff.Turn(backOff: nil, action: .release))
    }

    @Test func `one that runs already is not ended, only watched`() {
        let turn = begin(.running)
        #expect(turn.action == .hold)
        #expect(turn.backOff?.phase == .trying(since: at(0)))
        #expect(turn.backOff?.nextTry == nil)
    }

    @Test func `whoever starts it meanwhile is not undone`() throws {
        let held = try #require(begin().backOff)
        let turn = held.next(.running, .unlessStopped, at: at(4))
        #expect(turn.action == .hold)
        #expect(turn.backOff?.phase == .trying(since: at(4)))
    }

    @Test func `a start that the engine has planned is taken back`() throws {
        let held = try #require(begin().backOff)
        #expect(held.next(.restarting, .unlessStopped, at: at(1)) == BackOff.Turn(backOff: held, action: .hold))
        let tried = try #require(held.next(.down(code: 1), .unlessStopped, at: at(10)).backOff)
        let turn = tried.next(.restarting, .unlessStopped, at: at(12))
        #expect(turn.action == .hold && turn.hasDied)
        #expect(turn.backOff?.nextTry == at(42))
    }

    @Test(arguments: [BackOff.Seen.running, .restarting, .down(code: 1)])
    func `whom a person wants left dead is left`(_ seen: BackOff.Seen) {
        #expect(begin(seen, .no) == BackOff.Turn(backOff: nil, action: .none))
    }

    @Test func `on-failure counts the engine's starts and ours together`() throws {
        // Three deaths, two starts by the engine, a third one planned: two more of four are left.
        var state = try #require(begin(.restarting, restarts: 3, .onFailure(attempts: 4)).backOff)
        #expect(state.restarts == 2)
        for second in [Int64(10), 100] {
            state = try #require(state.next(.down(code: 1), .onFailure(attempts: 4), at: at(second)).backOff)
            guard second == 10 else { break }
            state = try #require(state.next(.down(code: 1), .onFailure(attempts: 4), at: at(second + 1)).backOff)
        }
        #expect(state.restarts == 4)
        let last = state.next(.down(code: 1), .onFailure(attempts: 4), at: at(101))
        #expect(last == BackOff.Turn(backOff: nil, action: .release, hasDied: true))
    }

    @Test func `on-failure leaves alone what ended well, and what the engine has given up`() {
        #expect(begin(.down(code: 0), .onFailure(attempts: nil)).backOff == nil)
        #expect(
            begin(.down(code: 1), restarts: 2, .onFailure(attempts: 2)) == BackOff.Turn(backOff: nil, action: .none)
        )
        #expect(begin(.down(code: 1), restarts: 2, .onFailure(attempts: nil)).action == .hold)
    }

    @Test func `a clock that was set back puts nothing off`() throws {
        let held = try #require(begin().backOff)
        #expect(held.isDue(at: at(-3600)))
        let tried = try #require(held.next(.down(code: 1), .always, at: at(10)).backOff)
        #expect(tried.isDue(at: at(-3600)))
    }

    @Test func `forgotten is what nobody has looked after for a minute`() throws {
        let held = try #require(begin().backOff)
        #expect(!held.isForgotten(at: at(70)))
        #expect(held.isForgotten(at: at(71)))
        let tried = try #require(held.next(.down(code: 1), .always, at: at(10)).backOff)
        #expect(!tried.isForgotten(at: at(130)))
        #expect(tried.isForgotten(at: at(131)))
    }

    @Test func `is told in words and beside the engine's own`() throws {
        let held = try #require(begin().backOff)
        #expect(held.words == "backing-off after 3 deaths, tried next at \(at(10).text)")
        let facts = "\"Status\":\"backing-off\",\"Deaths\":3,\"NextTry\":\"\(at(10).text)\""
        #expect(held.marked("{\"Id\":\"c1\"}") == "{\"Slipway\":{\(facts)},\"Id\":\"c1\"}")
        let tried = try #require(held.next(.down(code: 1), .always, at: at(10)).backOff)
        #expect(tried.words == nil)
        #expect(tried.marked("{\"Id\":\"c1\"}") == "{\"Id\":\"c1\"}")
    }
}
