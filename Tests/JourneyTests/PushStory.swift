import Support
import Testing

@Suite("A push over ssh goes live", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct PushStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `a new app answers by its domain, and the transcript says how`() async throws {
        let app = "story-push"
        _ = try? await sandbox.destroy(app)
        let repo = try await TestRepo(TestApps.hello("one"))
        let push = try await repo.push(to: sandbox, app).succeeded("the first push")
        #expect(try await sandbox.get(app).body == "hello one\n")
        let commit = try await repo.head().prefix(7)
        expectTranscript(
            of: push,
            [
                "-----> \(app) v1  \(commit) \"Say hello\"  by admin",
                "       cancelled if you disconnect before the switch",
                "-----> Build   Dockerfile, ",
                "       image ",
                "-----> Start   web x1",
                "-----> Ready   GET / 200 after ",
                "-----> Switch  nginx tested and reloaded",
                "success: v1 is live after ",
                "=====> http://\(sandbox.name(of: app))",
            ]
        )

        try await repo.commit(TestApps.page("two"), message: "Say two")
        let second = try await repo.push(to: sandbox, app).succeeded("the second push")
        #expect(try await sandbox.get(app).body == "hello two\n")
        expectTranscript(
            of: second,
            ["-----> \(app) v2  ", "success: v2 is live after ", "=====> http://", "       v1 drains, up to 60 s."]
        )
        #expect(second.transcript.contains { $0.contains("releases:rollback \(app) v1") })
        try await sandbox.settle(app, to: 1)
        try await sandbox.destroy(app)
        #expect(try await sandbox.containers(of: app).isEmpty)
        await #expect(throws: NoAnswer.self) { try await sandbox.get(app) }
    }

    @Test func `the app is told its port, its release and its revision`() async throws {
        let app = "story-env"
        try await sandbox.withApp(app) { repo in
            #expect(try await sandbox.variable("PORT", of: app) == "5000")
            #expect(try await sandbox.variable("SLIPWAY_APP", of: app) == app)
            #expect(try await sandbox.variable("SLIPWAY_RELEASE", of: app) == "v1")
            #expect(try await sandbox.variable("SLIPWAY_PROCESS", of: app) == "web.1")
            #expect(try await sandbox.variable("DYNO", of: app) == "web.1")
            let head = try await repo.head()
            #expect(try await sandbox.variable("GIT_REV", of: app) == head)
            #expect(try await sandbox.variable("DOKKU_APP_NAME", of: app) == app)
        }
    }

    @Test func `a branch that is not deployed, a tag and a deletion are refused with a reason`() async throws {
        let app = "story-branches"
        try await sandbox.withApp(app) { repo in
            let before = try await sandbox.containers(of: app).map(\.Id)
            let other = try await repo.push(to: sandbox, app, branch: "feature")
            #expect(other.status != 0)
            #expect(other.err.contains("main"), "\(other)")
            try await repo.git("tag", "v9")
            let tag = try await repo.git("ls-remote", "\(sandbox.remote)/\(app)").answer
            #expect(tag.contains("refs/heads/main"))
            let deletion = try await repo.push(to: sandbox, app, reference: ":refs/heads/main")
            #expect(deletion.status != 0, "\(deletion)")
            let tagged = try await repo.push(to: sandbox, app, reference: "v9:refs/tags/v9")
            #expect(tagged.status != 0, "\(tagged)")
            #expect(try await sandbox.containers(of: app).map(\.Id) == before)
            #expect(try await sandbox.get(app).body == "hello one\n")
        }
    }

    @Test func `workers start beside the web process and need no port`() async throws {
        let app = "story-worker"
        try await sandbox.withApp(app, TestApps.withWorker("one")) { repo in
            try await sandbox.done("ps:scale", app, "worker=2")
            try await repo.commit(TestApps.page("two"), message: "Say two")
            let push = try await repo.push(to: sandbox, app).succeeded("a push with workers")
            expectTranscript(of: push, ["-----> Start   web x1, worker x2"])
            try await sandbox.settle(app, to: 3)
        }
    }

    /// Lines that start so, in this order, in a transcript that keeps its limits.
    private func expectTranscript(
        of push: Finished,
        _ starts: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let lines = push.transcript
        var rest = lines[...]
        for start in starts {
            guard let place = rest.firstIndex(where: { $0.hasPrefix(start) }) else {
                Issue.record("no line \(start) in\n\(push.err)", sourceLocation: sourceLocation)
                return
            }
            rest = rest[(place + 1)...]
        }
        #expect(lines.count <= 40, sourceLocation: sourceLocation)
        #expect(lines.allSatisfy { "remote: \($0)".count <= 92 }, "\(push.err)", sourceLocation: sourceLocation)
        let controls = push.err.unicodeScalars.filter { $0.value < 32 && $0 != "\n" }
        #expect(controls.isEmpty, sourceLocation: sourceLocation)
    }
}
