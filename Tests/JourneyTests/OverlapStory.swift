import Support
import Testing

@Suite("Pushes that overlap", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct OverlapStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    /// What a push says as soon as it has the app to itself.
    private static let building = "cancelled if you disconnect"

    @Test func `the second waits, and is refused when the branch moved meanwhile`() async throws {
        let app = "story-overlap"
        try await sandbox.withApp(app) { repo in
            try await repo.commit(TestApps.slowBuild("two", seconds: 5), message: "Say two")
            let first = repo.watchedPush(to: sandbox, app)
            async let firstEnd = first.run()
            try await first.says(Self.building)
            let second = try await successor(of: app, "three")
            async let secondEnd = second.push.run()
            try await second.push.says("waiting for")
            #expect(second.push.text.contains("admin"))

            _ = try await firstEnd.succeeded("the first push")
            let refused = try await secondEnd
            #expect(refused.status != 0)
            #expect(refused.err.contains("P205"), "\(refused)")
            #expect(refused.err.contains("fetch and push again"), "\(refused)")
            #expect(try await sandbox.get(app).body == "hello two\n")
        }
    }

    @Test func `of three the newest waiting one goes live, the one between is superseded`() async throws {
        let app = "story-three"
        try await sandbox.withApp(app) { repo in
            try await repo.commit(TestApps.slowBuild("two", seconds: 6, fails: true), message: "Say two")
            let first = repo.watchedPush(to: sandbox, app)
            async let firstEnd = first.run()
            try await first.says(Self.building)
            let between = try await successor(of: app, "between")
            async let betweenEnd = between.push.run()
            try await between.push.says("waiting for")
            let newest = try await successor(of: app, "newest")
            async let newestEnd = newest.push.run()

            let superseded = try await betweenEnd
            #expect(superseded.status != 0)
            #expect(superseded.err.contains("P202"), "\(superseded)")
            #expect(try await firstEnd.status != 0)
            _ = try await newestEnd.succeeded("the newest push")
            #expect(try await sandbox.get(app).body == "hello newest\n")
            try await sandbox.settle(app, to: 1)
        }
    }

    @Test func `a push cut off while it builds is cancelled, at the engine too`() async throws {
        let app = "story-cut"
        // A number that no other program on this machine sleeps for.
        let seconds = Int.random(in: 100_000...999_999)
        try await sandbox.withApp(app) { repo in
            let before = try await sandbox.containers(of: app).map(\.Id)
            try await repo.commit(TestApps.slowBuild("two", seconds: seconds), message: "Say two")
            let push = repo.watchedPush(to: sandbox, app)
            let session = try push.start()
            try await eventually("the build runs") { try runs(["sleep", "\(seconds)"]) }
            WatchedPush.cutOff(session)
            try await eventually("the build has ended at the engine", within: .seconds(6)) {
                try !runs(["sleep", "\(seconds)"])
            }
            try await repo.commit(TestApps.hello("three"), message: "Say three")
            _ = try await repo.push(to: sandbox, app).succeeded("the push afterwards")
            #expect(try await sandbox.get(app).body == "hello three\n")
            try await sandbox.settle(app, to: 1)
            #expect(try await sandbox.containers(of: app).map(\.Id) != before)
        }
    }

    /// A repository that goes on from what the app's branch holds now, with another page.
    private func successor(of app: String, _ version: String) async throws -> (repo: TestRepo, push: WatchedPush) {
        let repo = try await TestRepo(TestApps.hello(version), message: "Say \(version)")
        try await repo.git("fetch", "-q", "\(sandbox.remote)/\(app)", "main")
        try await repo.git("reset", "-q", "--soft", "FETCH_HEAD")
        try await repo.commit([:], message: "Say \(version)")
        return (repo, repo.watchedPush(to: sandbox, app))
    }
}
