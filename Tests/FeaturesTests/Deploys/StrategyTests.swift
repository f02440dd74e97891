import ArgumentParser
import Core
import Testing

@testable import Features

@Suite struct `strategies` {
    @Test(arguments: [
        ("all-at-once", Strategy.allAtOnce), ("one-by-one", .batches(1)), ("batches 2", .batches(2)),
        ("batches:1000", .batches(1000)), ("stop-first", .stopFirst),
    ])
    func `are read as people write them`(text: String, wanted: Strategy) throws {
        #expect(try Strategy(text) == wanted)
    }

    @Test(arguments: [
        "", "batches", "batches 0", "batches 1001", "batches x", "batches 2 3", "one-by-one 2", "rolling",
    ])
    func `what is none is refused`(text: String) {
        #expect { try Strategy(text) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `are set for an app or for all, and make no other release of it`() async throws {
        let host = try Host.fake()
        let app = try await host.deployedApp()
        let draft = try await Releases(on: host).draft(of: app)
        try await SetProperty<PsCommands>.parse(["shop", "deploy-strategy", "batches", "2"]).run(on: host)
        try await SetProperty<PsCommands>.parse(["--global", "deploy-strategy", "one-by-one"]).run(on: host)
        let properties = Properties("ps", on: host)
        #expect(try await properties.effective(Strategy.property, of: app) == "batches 2")
        #expect(try await properties.effective(Strategy.property, of: nil) == "one-by-one")
        #expect(try await Releases(on: host).draft(of: app) == draft)
        await #expect(throws: Failure.self) {
            try await SetProperty<PsCommands>.parse(["shop", "deploy-strategy", "slowly"]).run(on: host)
        }
    }
}

@Suite struct `batches` {
    private func slots(_ counts: [(String, Int)]) throws -> [Slot] {
        try counts.flatMap { name, count in
            let type = try ProcessType(name)
            return (0..<count).map { Slot(type: type, ordinal: $0 + 1) }
        }
    }

    private func names(_ batches: [Batch]) -> [[String]] { batches.map { $0.slots.map(\.name) } }

    @Test func `all at once is one batch`() throws {
        let plan = Batch.plan(try slots([("web", 3), ("worker", 1)]), atOnce: nil)
        #expect(names(plan) == [["web.1", "web.2", "web.3", "worker.1"]])
        #expect(plan[0].words == "")
    }

    @Test func `one by one is one of each type at a time`() throws {
        let plan = Batch.plan(try slots([("web", 3), ("worker", 1)]), atOnce: 1)
        #expect(names(plan) == [["web.1", "worker.1"], ["web.2"], ["web.3"]])
        #expect(plan.map(\.words) == [" (1 of 3)", " (2 of 3)", " (3 of 3)"])
    }

    @Test func `the last batch takes what is left`() throws {
        #expect(
            names(Batch.plan(try slots([("web", 5)]), atOnce: 2)) == [
                ["web.1", "web.2"], ["web.3", "web.4"], ["web.5"],
            ]
        )
    }

    @Test func `a type's own bound holds too, and is at least one`() throws {
        let plan = Batch.plan(
            try slots([("web", 2), ("worker", 3)]),
            atOnce: nil,
            most: [try ProcessType("worker"): 2]
        )
        #expect(names(plan) == [["web.1", "web.2", "worker.1", "worker.2"], ["worker.3"]])
        #expect(names(Batch.plan(try slots([("web", 2)]), atOnce: nil, most: [.web: 0])) == [["web.1"], ["web.2"]])
    }

    @Test func `what must end first comes last and at once`() throws {
        let worker = try ProcessType("worker")
        let plan = Batch.plan(try slots([("web", 2), ("worker", 2)]), atOnce: 1, endingFirst: [worker])
        #expect(names(plan) == [["web.1"], ["web.2"], ["worker.1", "worker.2"]])
        #expect(plan.map(\.endsFirst) == [[], [], [worker]])
    }

    @Test func `nothing to start is one batch, also where something ends`() {
        #expect(Batch.plan([], atOnce: 1) == [Batch(slots: [])])
        #expect(Batch.plan([], atOnce: 1, endingFirst: [.web]) == [Batch(slots: [], endsFirst: [.web])])
    }

    @Test(arguments: [1, 8, 9, 50, 1000]) func `a few of many are told, the last always`(count: Int) throws {
        let plan = Batch.plan(try slots([("web", count)]), atOnce: 1)
        #expect(plan.count == count)
        #expect(plan.count(where: \.isTold) <= 9)
        #expect(plan.last?.isTold == true)
        #expect(plan.first?.isTold == true)
    }
}
