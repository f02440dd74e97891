import FoundationEssentials
import Support
import SystemPackage
import Testing

@Suite("Two sandboxes on one engine", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct NeighboursStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `neither sees, repairs or removes anything of the other`() async throws {
        let app = "story-neighbour"
        try await withNeighbour { neighbour in
            #expect(neighbour.instance != sandbox.instance)
            try await sandbox.withApp(app, TestApps.hello("here")) { _ in
                let here = try await sandbox.containers(of: app).map(\.Id)
                try await neighbour.withApp(app, TestApps.hello("there")) { _ in
                    #expect(try await sandbox.get(app).body == "hello here\n")
                    #expect(try await neighbour.get(app).body == "hello there\n")
                    let there = try await neighbour.containers().map(\.Id)
                    #expect(Set(there).isDisjoint(with: here))
                    try await sandbox.done("ps:restart", app)
                    try await sandbox.settle(app, to: 1)
                    #expect(try await neighbour.containers().map(\.Id) == there)
                }
                #expect(try await neighbour.done("apps:list", "--format", "json").answer == "[]")
                #expect(try await sandbox.get(app).body == "hello here\n")
            }
        }
    }

    @Test func `a neighbour that is taken down takes nothing else with it`() async throws {
        let app = "story-stays"
        try await sandbox.withApp(app) { _ in
            try await withNeighbour { neighbour in
                let repo = try await TestRepo(TestApps.hello("there"))
                _ = try await repo.push(to: neighbour, app).succeeded("a push to the neighbour")
            }
            #expect(try await sandbox.get(app).body == "hello one\n")
            try await sandbox.settle(app, to: 1)
        }
    }

    /// A second sandbox on the same engine; after `work` it is taken down and has left nothing at the engine.
    private func withNeighbour(_ work: (Sandbox) async throws -> Void) async throws {
        let folder = FilePath("\(sandbox.folder)-neighbour")
        let up = try await sandbox.script(
            ["up", "--binary", sandbox.binary.string, "--docker-host", "unix://\(sandbox.engineSocket)"],
            folder: folder
        ).succeeded("the second sandbox")
        var exports: [String: String] = [:]
        for line in up.out.split(separator: "\n") {
            let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
            exports[String(parts[0])] = String(parts[1].dropFirst().dropLast())
        }
        let neighbour = try Sandbox(exports)
        let result: Result<Void, any Error>
        do { result = .success(try await work(neighbour)) } catch { result = .failure(error) }
        _ = try await sandbox.script(["down"], folder: folder).succeeded("down of the second sandbox")
        try result.get()
        #expect(try await neighbour.containers().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.string))
    }
}
