import Support
import Testing

@Suite("Every strategy deploys under load", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(20)))
struct StrategiesStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test(arguments: ["all-at-once", "one-by-one", "batches:2", "stop-first"])
    func `pushes with three web processes lose nothing`(_ strategy: String) async throws {
        let app = "story-strategy"
        let pushes = Sandbox.count(small: 3, full: 50)
        // While nothing of the app runs, 503 is the true answer.
        let isAway = strategy == "stop-first"
        try await sandbox.withApp(app) { repo in
            try await sandbox.done("ps:scale", app, "web=3")
            try await sandbox.done("ps:set", app, "deploy-strategy", strategy)
            let address = sandbox.http(sandbox.name(of: app))
            let load = Load(address, accepts: isAway ? [200, 503] : [200], expects: isAway ? "" : "hello")
            let (_, tallies) = try await under([load]) {
                for number in 1...pushes {
                    try await repo.commit(TestApps.page("\(number)"), message: "Say \(number)")
                    let push = try await repo.push(to: sandbox, app).succeeded("push \(number), \(strategy)")
                    #expect(push.err.contains("web x3 first: deploy-strategy is stop-first") == isAway)
                }
            }
            expectNothingLost(tallies)
            #expect((tallies[0].byStatus[200] ?? 0) > 0)
            #expect(try await sandbox.get(app).body == "hello \(pushes)\n")
            try await sandbox.settle(app, to: 3)
            try Results.record("strategy-\(strategy.replacing(":", with: "-"))", tallies[0])
        }
    }
}
