import FoundationEssentials
import Support
import SystemPackage
import Testing

@Suite("A push killed anywhere leaves no half", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct DeathStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    /// Every journaled step of a deploy, killed before it, after it, and in a soak also before it is written down.
    static let points: [String] = {
        let steps = ["build", "release", "start", "ready", "switch", "live", "refs", "names"]
        let moments = Sandbox.count(small: 2, full: 3) == 2 ? ["begin", "after"] : ["begin", "end", "after"]
        return steps.flatMap { step in moments.map { "deploy.\(step).\($0)" } }
    }()

    @Test(arguments: points)
    func `killed, the app is wholly old or wholly new, and the next push needs no help`(_ point: String) async throws {
        let app = "story-death"
        try await sandbox.withApp(app) { repo in
            try plant("\(point) kill")
            try await repo.commit(TestApps.page("two"), message: "Say two")
            let killed = try await repo.push(to: sandbox, app)
            try #require(try !isPlanted(), "nothing passed \(point): \(killed)")
            let page = try await sandbox.get(app).body
            #expect(["hello one\n", "hello two\n"].contains(page))

            try await repo.commit(TestApps.page("three"), message: "Say three")
            try await catchUp(repo, app)
            _ = try await repo.push(to: sandbox, app).succeeded("the push after a death at \(point)")
            #expect(try await sandbox.get(app).body == "hello three\n")
            let branch = try await repo.git("ls-remote", "\(sandbox.remote)/\(app)", "refs/heads/main").answer
            #expect(branch.hasPrefix(try await repo.head()))
            try await sandbox.settle(app, to: 1)
            let left = try await sandbox.containers().filter { $0.name.contains(app) }
            #expect(left.count == 1)
        }
    }

    /// Names the fault for the next process that passes there.
    private func plant(_ line: String) throws {
        try Data("\(line)\n".utf8).write(to: URL(filePath: faults.string))
    }

    private func isPlanted() throws -> Bool {
        try String(contentsOfFile: faults.string, encoding: .utf8).contains("kill")
    }

    private var faults: FilePath { sandbox.state.appending("faults") }

    /// What a person does whose push was cut off: fetch, and go on from there.
    private func catchUp(_ repo: TestRepo, _ app: String) async throws {
        try await repo.git("fetch", "-q", "\(sandbox.remote)/\(app)", "main")
        try await repo.git("merge", "-q", "--no-edit", "-s", "ours", "FETCH_HEAD")
    }
}
