import FoundationEssentials
import Support
import Testing

@Suite(
    "Tasks run at their minute, once, and what was missed is told",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(10))
)
struct ClockStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    private struct Run: Decodable {
        let command: String
        let state: String
        let times: Int
        let exitCode: Int?
        let startedAt: String

        private enum CodingKeys: String, CodingKey {
            case command, state, times
            case exitCode = "exit_code"
            case startedAt = "started_at"
        }
    }

    private func runs(_ app: String, of command: String) async throws -> [Run] {
        let words = ["cron:runs", app, "--num", "100", "--format", "json"]
        let body = try await sandbox.slipway(words).succeeded("cron:runs").bytes
        return try JSONDecoder().decode([Run].self, from: Data(body)).filter { $0.command.hasPrefix(command) }
    }

    @Test func `of two that are due each minute one overlaps with itself`() async throws {
        let app = "story-clock"
        var files = TestApps.hello("one")
        files["tick"] = "#!/bin/sh\necho tick for $1 seconds, I am $DYNO\nexec sleep $1\n"
        files["app.json"] = """
            { "cron": [
                { "command": "/tick 0", "schedule": "* * * * *" },
                { "command": "/tick 130", "schedule": "* * * * *", "concurrency_policy": "forbid" },
            ] }
            """
        try await sandbox.withApp(app, files) { _ in
            #expect(try await sandbox.done("cron:list", app).out.contains("* * * * *"))
            try sandbox.pretendNobodyWasThere(minutes: 10, app)
            _ = try await sandbox.slipway("tick").succeeded("tick")
            for command in ["/tick 0", "/tick 130"] {
                let missed = try await runs(app, of: command).filter { $0.state == "missed" }
                #expect(missed.count == 1 && (missed.first?.times ?? 0) >= 7, "\(missed)")
            }
            // From here on somebody looks all the time, as a timer or the daemon does.
            try await eventually("a minute has come, and both were due", within: .seconds(70)) {
                _ = try await sandbox.slipway("tick").succeeded("tick")
                let quick = try await runs(app, of: "/tick 0").filter { $0.state == "ended" }
                let long = try await runs(app, of: "/tick 130")
                return quick.count >= 2 && long.contains { $0.state == "skipped" }
            }
            let quick = try await runs(app, of: "/tick 0").filter { $0.state == "ended" }
            #expect(quick.allSatisfy { $0.exitCode == 0 })
            let minutes = quick.map { $0.startedAt.prefix(16) }
            #expect(Set(minutes).count == minutes.count, "each minute once: \(minutes)")
            let long = try await runs(app, of: "/tick 130")
            #expect(long.count { $0.state == "running" } == 1, "\(long)")
        }
    }
}
