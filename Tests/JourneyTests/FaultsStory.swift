import Features
import FoundationEssentials
import Support
import Testing

@Suite(
    "Whatever dies, stops or fails at any step of any change, the next command puts it right",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(Sandbox.count(small: 20, full: 120)))
)
struct FaultsStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    private static let moments = ["begin", "end", "after"]

    @Test func `killed at every step`() async throws {
        try await perform(Trial.all(at: Self.moments).flatMap { $0.map { ($0, .kill) } })
    }

    @Test func `frozen, failing or late`() async throws {
        let actions = PlantedFault.Action.allCases.filter { $0 != .kill }
        try await perform(Trial.middles(at: Self.moments).flatMap { trial in actions.map { (trial, $0) } })
    }

    private func perform(_ trials: [(Trial, PlantedFault.Action)]) async throws {
        let stage = try await Stage(sandbox, "story-faults")
        try await stage.destroy()
        for (trial, action) in trials {
            do {
                try await attempt(stage, trial.way, trial.point, action)
            } catch {
                Issue.record("\(action) at \(trial.point) by \(trial.way.name): \(error)")
                try await stage.destroy()
            }
        }
        // What went through all of it takes a push as on its first day.
        let app = try await stage.app()
        _ = try await stage.push(app).succeeded("a push after all of it")
        try await Invariants.check(sandbox, after: "all faults")
        try await stage.destroy()
    }

    private func attempt(_ stage: Stage, _ way: Way, _ point: String, _ action: PlantedFault.Action) async throws {
        let app = try await stage.app()
        try await way.prepare(stage, app)
        let fault = try PlantedFault(action, at: point, in: sandbox)
        defer { fault.remove() }
        switch action {
        case .freeze:
            try await freeze(stage, way, app, fault)
        case .kill:
            let end = try await way.act(stage, app)
            try #require(fault.hasStruck, "nothing passed \(point): \(end)")
            #expect(end.status != 0, "\(point): \(end)")
            try await next(stage, way)
        case .fail:
            let end = try await way.act(stage, app)
            try #require(fault.hasStruck, "nothing passed \(point): \(end)")
            #expect(end.status != 0 && (end.out + end.err).contains("planted fault at \(point)"), "\(end)")
            try await way.again?(stage)
        case .delay:
            let end = try await way.act(stage, app)
            try #require(fault.hasStruck, "nothing passed \(point): \(end)")
            #expect(end.status == 0, "\(end)")
        }
        try await Invariants.check(sandbox, after: "\(action) at \(point) by \(way.name)")
    }

    /// A frozen owner keeps its lock; a person ends it, and what it did is settled at once.
    private func freeze(_ stage: Stage, _ way: Way, _ app: String, _ fault: PlantedFault) async throws {
        async let end = way.act(stage, app)
        let entry = try await Trial.frozen(at: fault, in: sandbox)
        try await stage.run("operations:resume", "\(entry.id)", "--force")
        #expect(try await end.status != 0)
        try await way.again?(stage)
    }

    private func next(_ stage: Stage, _ way: Way) async throws {
        if let again = way.again { try await again(stage) } else { try await stage.nextCommand() }
    }
}
