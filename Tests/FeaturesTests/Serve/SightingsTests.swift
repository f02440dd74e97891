import Core
import Testing

@testable import Features

@Suite struct `what was seen of instances` {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_800_000_000_000 + seconds * 1000) }

    @Test func `deaths of the last minute are counted, of each instance for itself`() {
        var seen = Sightings()
        #expect(seen.died("a", at: at(0)) == .unwanted(count: 1, outOfMemory: false))
        #expect(seen.died("b", at: at(1)) == .unwanted(count: 1, outOfMemory: false))
        #expect(seen.died("a", at: at(59)) == .unwanted(count: 2, outOfMemory: false))
        #expect(seen.died("a", at: at(60)) == .unwanted(count: 3, outOfMemory: false))
        #expect(seen.died("a", at: at(61)) == .unwanted(count: 3, outOfMemory: false))
        #expect(seen.count(of: "a", at: at(121)) == 1)
        #expect(seen.count(of: "b", at: at(200)) == 0)
    }

    @Test(arguments: ["15", "9", "2", "3"])
    func `who was asked to end has not died`(_ signal: String) {
        var seen = Sightings()
        seen.signalled("a", signal)
        #expect(seen.died("a", at: at(0)) == .wanted)
        #expect(seen.died("a", at: at(1)) == .unwanted(count: 1, outOfMemory: false))
    }

    @Test func `a signal to look around asks nobody to end`() {
        var seen = Sightings()
        seen.signalled("a", "1")
        #expect(seen.died("a", at: at(0)) == .unwanted(count: 1, outOfMemory: false))
    }

    @Test func `who lived on, or came back with the engine, is asked no more`() {
        var seen = Sightings()
        seen.signalled("a", "15")
        seen.started("a")
        #expect(seen.died("a", at: at(0)) == .unwanted(count: 1, outOfMemory: false))
        seen.signalled("a", "15")
        seen.lost()
        #expect(seen.died("a", at: at(1)) == .unwanted(count: 2, outOfMemory: false))
    }

    @Test func `want of memory explains a death in either order, once`() {
        var seen = Sightings()
        let first = seen.ranOutOfMemory("a", at: at(0))
        #expect(!first)
        #expect(seen.died("a", at: at(3)) == .unwanted(count: 1, outOfMemory: true))
        let again = seen.ranOutOfMemory("a", at: at(3))
        #expect(!again)
        #expect(seen.died("b", at: at(4)) == .unwanted(count: 1, outOfMemory: false))
        let late = seen.ranOutOfMemory("b", at: at(5))
        #expect(late)
        let later = seen.ranOutOfMemory("b", at: at(5))
        #expect(!later)
        #expect(!seen.isWaiting)
    }

    @Test func `one that dies for want of memory again and again is told of each death once`() {
        var seen = Sightings()
        for (count, second) in [Int64(0), 9, 18].enumerated() {
            let early = seen.ranOutOfMemory("a", at: at(second))
            #expect(!early)
            #expect(seen.died("a", at: at(second)) == .unwanted(count: count + 1, outOfMemory: true))
        }
        _ = seen.died("b", at: at(0))
        seen.explained("b", at: at(0))
        let known = seen.ranOutOfMemory("b", at: at(1))
        #expect(!known)
        #expect(seen.died("b", at: at(3)) == .unwanted(count: 2, outOfMemory: false))
    }

    @Test func `a want of memory that was lived through is told after a while, at most once a minute`() {
        var seen = Sightings()
        _ = seen.ranOutOfMemory("a", at: at(0))
        #expect(seen.isWaiting)
        let soon = seen.survivors(at: at(10))
        #expect(soon.isEmpty)
        let told = seen.survivors(at: at(11))
        #expect(told == ["a"])
        #expect(!seen.isWaiting)
        _ = seen.ranOutOfMemory("a", at: at(20))
        let toldSoon = seen.survivors(at: at(40))
        #expect(toldSoon.isEmpty)
        #expect(!seen.isWaiting)
        _ = seen.ranOutOfMemory("a", at: at(70))
        let toldLater = seen.survivors(at: at(90))
        #expect(toldLater == ["a"])
    }

    @Test func `what was seen before the clock was set back is of another time`() {
        var sightings = Sightings()
        let (late, early) = (Timestamp(milliseconds: 10_000_000), Timestamp(milliseconds: 1_000_000))
        _ = sightings.died("a", at: late)
        _ = sightings.died("a", at: late)
        _ = sightings.ranOutOfMemory("b", at: late)
        #expect(sightings.died("a", at: early) == .unwanted(count: 1, outOfMemory: false))
        #expect(sightings.died("b", at: early) == .unwanted(count: 1, outOfMemory: false))
    }

    @Test func `an old want of memory explains nothing`() {
        var seen = Sightings()
        _ = seen.ranOutOfMemory("a", at: at(0))
        #expect(seen.died("a", at: at(30)) == .unwanted(count: 1, outOfMemory: false))
    }
}
