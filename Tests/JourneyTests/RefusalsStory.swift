import Features
import FoundationEssentials
import Support
import SystemPackage
import Testing

@Suite(
    "Where nginx refuses or the engine is away, apps go on and nothing has to be repaired",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(Sandbox.count(small: 12, full: 40)))
)
struct RefusalsStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `nginx refuses`() async throws {
        let main = sandbox.folder.appending("nginx.conf")
        let good = try Data(contentsOf: URL(filePath: main.string))
        try await withTrouble(
            code: "P304",
            begin: { try (good + Data("somebody_elses_mistake on;\n".utf8)).write(to: URL(filePath: main.string)) },
            end: { try good.write(to: URL(filePath: main.string)) }
        )
    }

    /// The engine of this run may be everybody's, so it is the way to it that is lost.
    @Test func `the engine is out of reach`() async throws {
        try await withTrouble(
            code: "P403",
            begin: { try sandbox.setEngineSocket(sandbox.folder.appending("nobody.sock").string) },
            end: { try sandbox.setEngineSocket(sandbox.engineSocket) }
        )
    }

    /// Its containers go on without it; when it is back it starts them anew, and nobody has to do anything.
    @Test(.enabled(if: (try? Sandbox.current().ownsEngine) == true)) func `the engine has died`() async throws {
        try await withTrouble(
            code: "P403",
            begin: { _ = try await sandbox.script(["kill", "engine"]).succeeded("kill engine") },
            end: {
                _ = try await sandbox.script(["restart", "engine"]).succeeded("restart engine")
                try await eventually("the neighbour answers again", within: .seconds(60)) {
                    try await answers("story-neighbour")
                }
            }
        )
    }

    private func withTrouble(code: String, begin: () async throws -> Void, end: () async throws -> Void) async throws {
        let neighbour = "story-neighbour"
        try await sandbox.withApp(neighbour) { _ in
            let stage = try await Stage(sandbox, "story-refused")
            for kind in Features.operationKinds.map(\.name) {
                let ways = Way.all(to: kind)
                if ways.isEmpty { Issue.record("no way to provoke kind \(kind)") }
                for way in ways.prefix(Sandbox.count(small: 1, full: ways.count)) {
                    do {
                        try await attempt(stage, way, code, begin, end)
                        #expect(try await sandbox.get(neighbour).status == 200, "\(way.name)")
                    } catch {
                        Issue.record("\(code) during \(way.name): \(error)")
                        try await stage.destroy()
                    }
                }
            }
            let app = try await stage.app()
            _ = try await stage.push(app).succeeded("a push once the cause is gone")
            try await stage.destroy()
        }
    }

    private func attempt(
        _ stage: Stage,
        _ way: Way,
        _ code: String,
        _ begin: () async throws -> Void,
        _ end: () async throws -> Void
    ) async throws {
        let app = try await stage.app()
        try await way.prepare(stage, app)
        let wasRunning = try await answers(app)
        try await begin()
        let result: Result<Void, any Error>
        do { result = .success(try await refuse(stage, way, app, code, wasRunning)) } catch { result = .failure(error) }
        try await end()
        try result.get()
        if let again = way.again { try await again(stage) } else { try await stage.nextCommand() }
        try await Invariants.check(sandbox, after: "\(code) during \(way.name)")
    }

    private func refuse(
        _ stage: Stage,
        _ way: Way,
        _ app: String,
        _ code: String,
        _ wasRunning: Bool
    ) async throws {
        let refused = try await way.act(stage, app)
        expectOneMessage(refused, code, way)
        guard wasRunning, !way.takesAway, let name = try await stage.present() else { return }
        // One that is renamed answers by its old name for as long as nginx takes no new one.
        let byOld = try await answers(app)
        let byNew = try await answers(name)
        #expect(byOld || byNew, "\(way.name): \(refused)")
    }

    /// What was asked for may not need whom nobody can reach; else it says so, with one code and its reason.
    private func expectOneMessage(_ end: Finished, _ code: String, _ way: Way) {
        guard end.status != 0 else { return }
        let what = way.name
        #expect(!end.err.contains("P999"), "\(what): \(end)")
        // A list of what could not be done has its reasons in its lines.
        if way.listsReasons { return #expect(end.out.contains(/could not|cannot/), "\(what): \(end)") }
        #expect(Set(end.err.matches(of: /\bP\d{3}\b/).map { String($0.0) }) == [code], "\(what): \(end)")
        #expect(end.err.contains("why:"), "\(what): \(end)")
    }

    private func answers(_ app: String) async throws -> Bool {
        // With a certificate the plain port sends on to the other; of an app that is not there no name is answered.
        guard let answer = try? await sandbox.get(app) else { return false }
        return (200..<400).contains(answer.status)
    }
}
