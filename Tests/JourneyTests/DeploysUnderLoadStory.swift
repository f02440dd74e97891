import Support
import Testing

@Suite("Deploys under load lose nothing", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(20)))
struct DeploysUnderLoadStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `pushes with two web processes, with quick and slow requests in flight`() async throws {
        let app = "story-load"
        let pushes = Sandbox.count(small: 4, full: 20)
        try await sandbox.withApp(app) { repo in
            try await sandbox.done("ps:scale", app, "web=2")
            let address = sandbox.http(sandbox.name(of: app))
            let (_, tallies) = try await under([Load(address, expects: "hello"), .slow(address)]) {
                for number in 1...pushes {
                    try await repo.commit(TestApps.page("\(number)"), message: "Say \(number)")
                    _ = try await repo.push(to: sandbox, app).succeeded("push \(number) under load")
                }
            }
            expectNothingLost(tallies)
            #expect(tallies.allSatisfy { $0.byStatus.keys.allSatisfy { $0 == 200 } })
            #expect(try await sandbox.get(app).body == "hello \(pushes)\n")
            try Results.record("deploys", ["quick": tallies[0], "slow": tallies[1]])
        }
    }

    @Test func `the load notices what is lost`() async throws {
        let nobody = sandbox.http("nobody.example")
        let (_, tallies) = try await under([Load(nobody, connections: 2, rate: 20)]) {
            try await Task.sleep(for: .seconds(1))
        }
        #expect(tallies[0].sent > 5)
        #expect(tallies[0].lost == tallies[0].sent)
    }
}

/// Every request of every load was answered rightly, and there were some.
func expectNothingLost(_ tallies: [Tally], sourceLocation: SourceLocation = #_sourceLocation) {
    for tally in tallies {
        #expect(tally.sent > 0, sourceLocation: sourceLocation)
        #expect(tally.lost == 0, "\(tally)", sourceLocation: sourceLocation)
        #expect(tally.right == tally.sent, "\(tally)", sourceLocation: sourceLocation)
    }
}
