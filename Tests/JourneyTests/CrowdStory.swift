import FoundationEssentials
import Support
import Synchronization
import Testing

@Suite(
    "Ten people work on five apps at once",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(Sandbox.count(small: 12, full: 25)))
)
struct CrowdStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    private static let names = (1...5).map { "story-crowd-\($0)" }
    /// What an app may be called for a while.
    private static let others = names.map { "\($0)-b" }

    @Test func `nobody is blocked for ever, every answer is true, and all is whole at the end`() async throws {
        let (sandbox, counts) = (sandbox, Counts())
        try await clear()
        let end = ContinuousClock.now + .seconds(Sandbox.count(small: 30, full: 300))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask {
                    var person = try await Person(sandbox, number, counts)
                    while ContinuousClock.now < end { try await person.act() }
                }
            }
            try await group.waitForAll()
        }
        // Whoever comes next settles what is left; nothing should be.
        _ = try await sandbox.slipway("operations:resume").succeeded("operations:resume")
        try await Invariants.check(sandbox, after: "a crowd")
        let all = counts.all
        #expect(all.values.reduce(0, +) > 0)
        #expect((all["git push 0"] ?? 0) > 0 && (all["config:set 0"] ?? 0) > 0, "\(all)")
        try Results.record("crowd", all)
        try await clear()
        try await Invariants.check(sandbox, after: "the crowd has left")
    }

    private func clear() async throws {
        for app in Self.names + Self.others where try sandbox.identity(of: app) != nil {
            _ = try await sandbox.slipway("apps:destroy", app, "--force", "--purge").succeeded("destroy \(app)")
        }
    }

    /// How often each command ended with each status.
    final class Counts: Sendable {
        private let state = Mutex<[String: Int]>([:])
        var all: [String: Int] { state.withLock { $0 } }
        func add(_ what: String) { state.withLock { $0[what, default: 0] += 1 } }
    }

    /// Somebody who does what comes to mind, and looks whether it is true what was said.
    struct Person {
        let sandbox: Sandbox
        let number: Int
        let repo: TestRepo
        let counts: Counts
        private var random: SystemRandomNumberGenerator = .init()
        private var turn = 0

        init(_ sandbox: Sandbox, _ number: Int, _ counts: Counts) async throws {
            (self.sandbox, self.number, self.counts) = (sandbox, number, counts)
            repo = try await TestRepo(TestApps.hello("of \(number)"))
        }

        mutating func act() async throws {
            turn += 1
            let place = Int.random(in: 0..<5, using: &random)
            let names = [CrowdStory.names[place], CrowdStory.others[place]]
            let app = try names.first { try sandbox.identity(of: $0) != nil } ?? names[0]
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<7: try await config(app)
            case 7..<11: try await scale(app)
            case 11..<17: try await push(app)
            case 17, 18: try await rename(app, to: app == names[0] ? names[1] : names[0])
            default: try await destroy(app)
            }
        }

        /// Runs a command as it would end for a person: in a bounded time, with a status and words of ours.
        private func run(_ words: String...) async throws -> Finished {
            let end = try await sandbox.slipway(words)
            check(end, words[0], limit: .seconds(120))
            return end
        }

        private func check(_ end: Finished, _ what: String, limit: Duration) {
            counts.add("\(what) \(end.status)")
            #expect([0, 1, 3, 5, 20, 128].contains(end.status), "\(what): \(end)")
            #expect(!end.err.contains("P999"), "\(what): \(end)")
            #expect(end.status == 0 || end.err.contains(/P\d{3}|does not exist|rejected/), "\(what): \(end)")
            #expect(end.duration < limit * leniency, "\(what) took \(end.duration)")
        }

        /// A variable that nobody else touches has the value, unless the app is another one by now.
        private func config(_ app: String) async throws {
            guard let id = try sandbox.identity(of: app) else { return }
            let (key, value) = ("PERSON_\(number)", "\(turn)")
            let end = try await run("config:set", app, "\(key)=\(value)")
            guard end.status == 0, let name = try sandbox.name(ofIdentity: id) else { return }
            let read = try await sandbox.slipway("config:get", name, key)
            guard try sandbox.name(ofIdentity: id) == name else { return }
            #expect(read.answer == value, "\(key) of \(name) after \(end)")
        }

        private func scale(_ app: String) async throws {
            let quantity = Int.random(in: 1...3)
            let end = try await run("ps:scale", app, "web=\(quantity)")
            // An app that was never deployed only takes note.
            #expect(end.status != 0 || !end.err.isEmpty || !end.out.isEmpty)
        }

        private func push(_ app: String) async throws {
            try await repo.commit(TestApps.page("\(number) \(turn)"), message: "Turn \(turn)")
            // Somebody else may have pushed: whoever was told so goes on from there.
            _ = try? await repo.git("fetch", "-q", "\(sandbox.remote)/\(app)", "main")
            _ = try? await repo.git(
                "merge",
                "-q",
                "--no-edit",
                "-s",
                "ours",
                "--allow-unrelated-histories",
                "FETCH_HEAD"
            )
            func identities() throws -> [String?] {
                try [app, CrowdStory.twin(of: app)].map { try sandbox.identity(of: $0) }
            }
            let before = try identities()
            let end = try await repo.push(to: sandbox, app)
            check(end, "git push", limit: .seconds(300))
            guard end.status == 0, let match = end.err.firstMatch(of: /success: v(\d+) is live/),
                let release = Int(match.1)
            else {
                #expect(end.status != 0 || end.err.contains("up-to-date"), "\(end)")
                return
            }
            let after = try identities()
            // Whoever destroyed it meanwhile has made it untrue.
            guard Set(before) == Set(after) else { return counts.add("git push of an app that came or went") }
            let isTrue = try after.compactMap(\.self).contains { try sandbox.wasLive(release, ofIdentity: $0) }
            #expect(isTrue, "v\(release) of \(app) was never live: \(end)")
        }

        private func rename(_ app: String, to other: String) async throws {
            guard let id = try sandbox.identity(of: app) else { return }
            let end = try await run("apps:rename", app, other)
            guard end.status == 0 else { return }
            let known = try sandbox.name(ofIdentity: id)
            #expect(known == nil || [app, other].contains(known), "\(end)")
        }

        private func destroy(_ app: String) async throws {
            guard let id = try sandbox.identity(of: app) else { return }
            let end = try await run("apps:destroy", app, "--force", "--purge")
            if end.status == 0 { #expect(try sandbox.name(ofIdentity: id) == nil, "\(end)") }
        }
    }

    static func twin(of app: String) -> String { app.hasSuffix("-b") ? String(app.dropLast(2)) : "\(app)-b" }
}
