import Engine
import FoundationEssentials
import Testing

@testable import Features

@Suite struct `events of the engine` {
    private let begin = Date(timeIntervalSince1970: 1_800_000_000)

    private func event(_ seconds: Double, _ id: String = "c1") -> EngineEvent {
        EngineEvent(kind: "container", action: "die", id: id, attributes: [:], time: begin + seconds)
    }

    @Test func `each is told once, however often the engine tells it`() {
        var memory = EventMemory(from: begin)
        let all = [event(0, "c0"), event(1), event(1, "c2"), event(2)]
        #expect(all.map { memory.isNew($0) } == [true, true, true, true])
        #expect(memory.since < begin + 2 && memory.latest == begin + 2)
        #expect(all.map { memory.isNew($0) } == [false, false, false, false])
    }

    @Test func `those that come a moment out of order are told`() {
        var memory = EventMemory(from: begin)
        #expect([event(3), event(2.999_999, "c2"), event(4)].map { memory.isNew($0) } == [true, true, true])
        #expect(memory.latest == begin + 4)
    }

    @Test func `a clock that was set back makes nothing old`() {
        var memory = EventMemory(from: begin)
        #expect([event(5000), event(1400), event(1401)].map { memory.isNew($0) } == [true, true, true])
        #expect(memory.latest == begin + 1401)
        // After a new connection the engine tells of the time before as well.
        let again = [event(5000), event(1400), event(1401)].map { memory.isNew($0) }
        #expect(again == [false, false, false] && memory.isNew(event(1402)))
    }
}
