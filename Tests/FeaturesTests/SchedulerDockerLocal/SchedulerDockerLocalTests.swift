import ArgumentParser
import Core
import Scheduling
import Testing

@testable import Features

@Suite struct `scheduler-docker-local` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func set(_ words: String...) async throws {
        try await SetProperty<SchedulerDockerLocalCommands>.parse(words).run(on: host)
    }

    @Test func `the init process is part of a release`() async throws {
        let app = try await host.deployedApp()
        #expect(fake.scheduler.entries["c1"]?.workload.usesInit == true)
        try await set("shop", "init-process", "false")
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries["c2"]?.workload.usesInit == false)
        #expect(
            try await Releases(on: host).find(2, of: app).settings.options["scheduler-docker-local.init-process"]
                == "false"
        )
    }

    @Test(arguments: [("init-process", "maybe"), ("parallel-schedule-count", "0"), ("parallel-schedule-count", "x")])
    func `values that cannot be are refused`(name: String, value: String) async throws {
        try await Apps(on: host).create(try AppName("shop"))
        await #expect { try await set("shop", name, value) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `the report has raw, computed and global values`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await set("--global", "parallel-schedule-count", "2")
        try await ReportCommand<SchedulerDockerLocalCommands>.parse(["shop", "--json"]).run(on: host)
        #expect(
            fake.transcript.answer
                == #"{"computed-init-process":"true","computed-parallel-schedule-count":"2","global-init-process":"","#
                + #""global-parallel-schedule-count":"2","init-process":"","parallel-schedule-count":""}"# + "\n"
        )
    }

    private func slots(_ counts: [(String, Int)]) throws -> [Slot] {
        try counts.flatMap { name, count in
            let type = try ProcessType(name)
            return (0..<count).map { Slot(type: type, ordinal: $0 + 1) }
        }
    }

    private func names(_ types: Int?, endingFirst: Set<ProcessType> = []) throws -> [[String]] {
        let slots = try slots([("web", 2), ("clock", 1), ("worker", 1)])
        return Batch.plan(slots, typesAtOnce: types, atOnce: nil, most: [:], endingFirst: endingFirst)
            .map { $0.slots.map(\.name) }
    }

    @Test func `so many types start side by side, web first and what ends first last`() throws {
        #expect(try names(nil) == [["web.1", "web.2", "clock.1", "worker.1"]])
        #expect(try names(1) == [["web.1", "web.2"], ["clock.1"], ["worker.1"]])
        #expect(try names(2) == [["web.1", "web.2", "clock.1"], ["worker.1"]])
        #expect(try names(3) == [["web.1", "web.2", "clock.1", "worker.1"]])
        let late = try ProcessType("clock")
        #expect(try names(1, endingFirst: [late]) == [["web.1", "web.2"], ["worker.1"], ["clock.1"]])
    }

    @Test func `batches are counted over all types`() throws {
        let plan = Batch.plan(
            try slots([("web", 1), ("worker", 1)]),
            typesAtOnce: 1,
            atOnce: nil,
            most: [:],
            endingFirst: []
        )
        #expect(plan.map(\.words) == [" (1 of 2)", " (2 of 2)"])
    }
}
