import Support
import Testing

@Suite(
    "After restarts every app answers as itself",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(10))
)
struct RestartsStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `of nginx`() async throws {
        try await withTwoApps {
            _ = try await sandbox.script(["restart", "nginx"]).succeeded("restart nginx")
        }
    }

    /// Only an engine of the sandbox's own may be restarted; where no other runs, as in CI, it has one.
    @Test(.enabled(if: (try? Sandbox.current().ownsEngine) == true)) func `of the engine`() async throws {
        try await withTwoApps {
            _ = try await sandbox.script(["restart", "engine"]).succeeded("restart engine")
        }
    }

    @Test func `an unknown host and https without a certificate never see an app`() async throws {
        let app = "story-foreign"
        try await sandbox.withApp(app) { _ in
            let name = sandbox.name(of: app)
            for host in ["nobody.example", "127.0.0.1", "\(name).evil.example"] {
                await #expect(throws: NoAnswer.self) { try await sandbox.http(host).get() }
            }
            let certificate = try await Certificate(for: ["story-secured.localhost"], commonName: "secured")
            try await sandbox.withApp("story-secured") { _ in
                _ = try await sandbox.ssh(["certs:add story-secured"], input: certificate.archive)
                    .succeeded("certs:add")
                #expect(try await sandbox.commonName(shownFor: "story-secured.localhost") == "secured")
                #expect(try await sandbox.commonName(shownFor: name) == nil)
                #expect(try await sandbox.commonName(shownFor: "nobody.example") == nil)
            }
        }
    }

    private func withTwoApps(_ restart: () async throws -> Void) async throws {
        let apps = ["story-first", "story-second"]
        try await sandbox.withApp(apps[0], TestApps.hello(apps[0])) { _ in
            try await sandbox.withApp(apps[1], TestApps.hello(apps[1])) { _ in
                try await sandbox.done("ps:scale", apps[0], "web=2")
                try await restart()
                for app in apps {
                    try await eventually("\(app) answers again", within: .seconds(60)) {
                        guard let answer = try? await sandbox.get(app), answer.status == 200 else { return false }
                        #expect(answer.body == "hello \(app)\n", "nobody else answers by its name")
                        return true
                    }
                }
            }
        }
    }
}
