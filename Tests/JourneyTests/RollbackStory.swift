import Support
import Testing

@Suite("Rollback brings back image and settings", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct RollbackStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `without a version it is the last good one before the current`() async throws {
        let app = "story-rollback"
        try await sandbox.withApp(app) { repo in
            try await sandbox.done("config:set", app, "GREETING=good")
            try await sandbox.settle(app, to: 1)
            let goodImage = try await sandbox.containers(of: app).map(\.ImageID)
            // A failed release between them is no place to go back to.
            try await repo.commit(TestApps.exitsAtOnce, message: "Break it")
            #expect(try await repo.push(to: sandbox, app).status != 0)
            try await repo.git("reset", "-q", "--hard", "HEAD~1")
            try await sandbox.done("config:set", "--no-restart", app, "GREETING=bad")
            try await repo.commit(TestApps.page("two"), message: "Say two")
            _ = try await repo.push(to: sandbox, app).succeeded("the push of two")
            #expect(try await sandbox.variable("GREETING", of: app) == "bad")
            let builds = try await sandbox.done("builds:list", app, "--kind", "build", "--format", "json").answer

            let back = try await sandbox.done("releases:rollback", app)
            #expect(back.duration < .seconds(5) * leniency, "\(back)")
            #expect(try await sandbox.get(app).body == "hello one\n")
            #expect(try await sandbox.variable("GREETING", of: app) == "good")
            try await sandbox.settle(app, to: 1)
            #expect(try await sandbox.containers(of: app).map(\.ImageID) == goodImage)
            #expect(try await sandbox.done("builds:list", app, "--kind", "build", "--format", "json").answer == builds)
            try Results.record("rollback", ["seconds": back.duration.inSeconds])

            try await repo.commit(TestApps.page("three"), message: "Say three")
            _ = try await repo.push(to: sandbox, app).succeeded("the push after the rollback")
            #expect(try await sandbox.get(app).body == "hello three\n")
            #expect(try await sandbox.variable("GREETING", of: app) == "good")
        }
    }

    @Test func `with a version it is that one, and one that is not there is refused`() async throws {
        let app = "story-rollback-to"
        try await sandbox.withApp(app) { repo in
            for version in ["two", "three"] {
                try await repo.commit(TestApps.page(version), message: "Say \(version)")
                _ = try await repo.push(to: sandbox, app).succeeded("the push of \(version)")
            }
            try await sandbox.done("releases:rollback", app, "v1")
            #expect(try await sandbox.get(app).body == "hello one\n")
            let refused = try await sandbox.ssh("releases:rollback", app, "v99")
            #expect(refused.status != 0)
            #expect(refused.err.contains("v99"), "\(refused)")
            #expect(try await sandbox.get(app).body == "hello one\n")
        }
    }
}
