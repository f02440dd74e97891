import FoundationEssentials
import Support
import SystemPackage
import Testing

@Suite(
    "A rollback needs no network",
    .serialized,
    .enabled(if: Sandbox.isWanted && NetworkNamespace.isPossible),
    .timeLimit(.minutes(10))
)
struct OfflineStory {
    let outer: Sandbox

    init() throws { outer = try .current() }

    /// A whole sandbox, engine included, in a network that has only loopback and the engine's own bridges.
    @Test func `with the network unplugged it takes seconds, and the environment is the recorded one`() async throws {
        try await NetworkNamespace.with { space in
            var outer = outer
            outer.namespace = space
            let folder = try TemporaryFolder()
            let root = folder.path.appending("s")
            let words = ["up", "--binary", outer.binary.string, "--own-engine"]
            let result: Result<Void, any Error>
            do {
                var sandbox = try Sandbox(exports: try await outer.script(words, folder: root).succeeded("up").out)
                sandbox.namespace = space
                result = .success(try await goBack(sandbox))
            } catch { result = .failure(error) }
            _ = try await outer.script(["down"], folder: root).succeeded("down")
            try result.get()
        }
    }

    private func goBack(_ sandbox: Sandbox) async throws {
        let app = "story-offline"
        let repo = try await TestRepo(TestApps.hello("one"))
        try await run(sandbox, "apps:create", app)
        try await run(sandbox, "config:set", "--no-restart", app, "GREETING=good", "OLD=1")
        _ = try await repo.push(to: sandbox, app).succeeded("the first push")
        let recorded = try await environment(sandbox, app)
        try await run(sandbox, "config:set", "--no-restart", app, "GREETING=bad", "NEW=1")
        try await run(sandbox, "config:unset", "--no-restart", app, "OLD")
        try await run(sandbox, "resource:limit", "--memory", "64m", app)
        try await repo.commit(TestApps.page("two"), message: "Say two")
        _ = try await repo.push(to: sandbox, app).succeeded("the second push")
        try await expectDifference(sandbox, app)

        let routes = try await Finished.run(sandbox.entered("/usr/sbin/ip", ["route", "show", "default"]))
        #expect(routes.answer.isEmpty, "no way leads out")
        let back = try await run(sandbox, "releases:rollback", app)
        #expect(back.duration < .seconds(5) * leniency, "\(back)")
        #expect(try await sandbox.get(app).body == "hello one\n")
        #expect(try await environment(sandbox, app) == recorded)
        try Results.record("rollback-offline", ["seconds": back.duration.inSeconds])
        try await Invariants.check(sandbox, after: "a rollback without a network")
        try await run(sandbox, "apps:destroy", app, "--force", "--purge")
    }

    /// Code, configuration and limits, and no value of the configuration.
    private func expectDifference(_ sandbox: Sandbox, _ app: String) async throws {
        let said = try await run(sandbox, "releases:info", app, "v2", "--diff", "v1").out
        for part in ["commit", "image", "GREETING", "OLD", "NEW", "memory"] {
            #expect(said.contains(part), "\(part) in: \(said)")
        }
        #expect(!said.contains("good") && !said.contains("bad"), "\(said)")
    }

    @discardableResult
    private func run(_ sandbox: Sandbox, _ words: String...) async throws -> Finished {
        try await sandbox.slipway(words).succeeded(words.joined(separator: " "))
    }

    private struct Inspected: Decodable {
        struct Config: Decodable { let Env: [String] }
        let Config: Config
    }

    /// What the engine gives the app's one container, the number of its release left out.
    private func environment(_ sandbox: Sandbox, _ app: String) async throws -> [String] {
        var found: ListedContainer?
        try await eventually("\(app) has one container, and it runs") {
            let all = try await sandbox.containers(of: app)
            found = all.first
            return all.count == 1 && found?.State == "running"
        }
        let body = try await sandbox.engine("GET", "/containers/\(try #require(found).Id)/json")
        let all = try JSONDecoder().decode(Inspected.self, from: Data(body)).Config.Env
        return all.filter { !$0.hasPrefix("SLIPWAY_RELEASE=") }.sorted()
    }
}
