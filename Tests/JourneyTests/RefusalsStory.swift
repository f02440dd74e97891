import Features
import FoundationEssentials
import Support
import SystemPackage
import Testing

@Suite(
    "Where nginx refuses or the engine is away, apps go on and nothing has to be repaired",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(Sandbox.count(small: 15, full: 90)))
)
struct RefusalsStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    private func brokenNginx() throws -> Trouble {
        let main = sandbox.folder.appending("nginx.conf")
        let good = try Data(contentsOf: URL(filePath: main.string))
        return Trouble(
            code: "P304",
            begin: { try (good + Data("somebody_elses_mistake on;\n".utf8)).write(to: URL(filePath: main.string)) },
            end: { try good.write(to: URL(filePath: main.string)) }
        )
    }

    /// The engine of this run may be everybody's, so it is the way to it that is lost.
    private var lostEngine: Trouble {
        let sandbox = sandbox
        return Trouble(
            code: "P403",
            begin: { try sandbox.setEngineSocket(sandbox.folder.appending("nobody.sock").string) },
            end: { try sandbox.setEngineSocket(sandbox.engineSocket) }
        )
    }

    /// Its containers go on without it; when it is back it starts them anew, and nobody has to do anything.
    private var deadEngine: Trouble {
        let sandbox = sandbox
        return Trouble(
            code: "P403",
            begin: { _ = try await sandbox.script(["kill", "engine"]).succeeded("kill engine") },
            end: {
                _ = try await sandbox.script(["restart", "engine"]).succeeded("restart engine")
                try await eventually("the neighbour answers again", within: .seconds(60)) {
                    try await Trouble.answers(Self.neighbour, sandbox)
                }
            }
        )
    }

    private static let neighbour = "story-neighbour"
    static let ownsEngine = (try? Sandbox.current().ownsEngine) == true

    /// Where the count is small, trouble at a step stands for trouble from the start.
    private static let isFull = Sandbox.count(small: 1, full: 2) == 2

    @Test(.enabled(if: Self.isFull)) func `nginx refuses`() async throws { try await eachWay(try brokenNginx()) }

    @Test(.enabled(if: Self.isFull || !Self.ownsEngine)) func `the engine is out of reach`() async throws {
        try await eachWay(lostEngine)
    }

    @Test func `nginx refuses from some step on`() async throws { try await eachStep(try brokenNginx()) }

    @Test(.enabled(if: Self.ownsEngine)) func `the engine dies at some step`() async throws {
        try await eachStep(deadEngine)
    }

    private func eachWay(_ trouble: Trouble) async throws {
        let ways = Features.operationKinds.map(\.name).flatMap { kind in
            let ways = Way.all(to: kind)
            if ways.isEmpty { Issue.record("no way to provoke kind \(kind)") }
            return ways.prefix(Sandbox.count(small: 1, full: ways.count))
        }
        try await inTrouble(ways, called: \.name) { try await trouble.befall($0, on: $1) }
    }

    private func eachStep(_ trouble: Trouble) async throws {
        try await inTrouble(Trial.middles(at: ["begin"]), called: \.point) { try await trouble.befall($0, on: $1) }
    }

    /// One after the other, beside an app that has nothing to do with it.
    private func inTrouble<Case>(
        _ cases: [Case],
        called name: (Case) -> String,
        _ attempt: (Case, Stage) async throws -> Void
    ) async throws {
        try await sandbox.withApp(Self.neighbour) { _ in
            let stage = try await Stage(sandbox, "story-refused")
            for one in cases {
                do {
                    try await attempt(one, stage)
                    #expect(try await sandbox.get(Self.neighbour).status == 200, "\(name(one))")
                } catch {
                    Issue.record("trouble during \(name(one)): \(error)")
                    try await stage.destroy()
                }
            }
            let app = try await stage.app()
            _ = try await stage.push(app).succeeded("a push once the cause is gone")
            try await stage.destroy()
        }
    }
}
