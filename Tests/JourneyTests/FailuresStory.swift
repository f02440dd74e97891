import Support
import Testing

@Suite("A bad push says why and changes nothing", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct FailuresStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    /// A way to fail, its code, words of the explanation, and how soon after the fact it must stand there.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let files: [String: String]
        let code: String
        let words: String
        let seconds: Double

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "exits", files: TestApps.exitsAtOnce, code: "P107", words: "no settings file", seconds: 2),
        Case(name: "memory", files: TestApps.outOfMemory, code: "P110", words: "memory", seconds: 2),
        Case(name: "build", files: TestApps.failsToBuild, code: "P102", words: "compiler says no", seconds: 2),
        Case(name: "release", files: TestApps.failsRelease, code: "P109", words: "table users is locked", seconds: 2),
        Case(name: "port", files: TestApps.wrongPort, code: "P105", words: "8099", seconds: 6),
        Case(name: "loopback", files: TestApps.loopbackOnly, code: "P104", words: "127.0.0.1:5000", seconds: 6),
        Case(name: "silent", files: TestApps.neverListens, code: "P106", words: "listens on no port", seconds: 7),
    ]

    @Test(arguments: cases)
    func `a push that fails is refused, and the next good one works`(_ failing: Case) async throws {
        let app = "story-fails-\(failing.name)"
        try await sandbox.withApp(app) { repo in
            try await sandbox.done("checks:set", app, "timeout", "5")
            if failing.name == "memory" { try await sandbox.done("resource:limit", "--memory", "64m", app) }
            let before = try await sandbox.containers(of: app).map(\.Id)
            let good = try await repo.head()

            try await repo.commit(failing.files, message: "Break it")
            let push = try await repo.push(to: sandbox, app)
            let end = try uptime()
            expectExplanation(push, failing, at: end)

            #expect(try await sandbox.get(app).body == "hello one\n")
            try await eventually("nothing of the failed push is left", within: .seconds(5)) {
                try await sandbox.containers(of: app).map(\.Id) == before
            }
            let branch = try await repo.git("ls-remote", "\(sandbox.remote)/\(app)", "refs/heads/main").answer
            #expect(branch.hasPrefix(good), "the branch stays where the live release is")
            try await expectAllLines(of: push)

            try await repo.git("rm", "-q", "-r", ".")
            try await repo.commit(TestApps.hello("two"), message: "Mend it")
            _ = try await repo.push(to: sandbox, app).succeeded("the good push afterwards")
            #expect(try await sandbox.get(app).body == "hello two\n")
            try await sandbox.settle(app, to: 1)
        }
    }

    /// The command that the explanation names for more shows the app's own words.
    private func expectAllLines(of push: Finished) async throws {
        guard let line = push.transcript.first(where: { $0.contains("(all: ") }),
            let start = line.firstRange(of: "(all: ssh ")?.upperBound, let end = line.lastIndex(of: ")")
        else {
            Issue.record("no command for all lines: \(push)")
            return
        }
        var words = line[start..<end].split(separator: " ").map(String.init)
        if words.first == "-p" { words.removeFirst(2) }
        let all = try await sandbox.ssh(Array(words.dropFirst()))
        #expect(all.status == 0, "\(line): \(all)")
        #expect((all.out + all.err).contains("fact "), "\(line): \(all)")
    }

    private func expectExplanation(_ push: Finished, _ failing: Case, at end: Double) {
        #expect(push.status != 0)
        #expect(push.err.contains("! [remote rejected] HEAD -> main"), "\(push)")
        #expect(push.transcript.contains { $0.hasPrefix("error: \(failing.code) ") }, "\(push)")
        #expect(push.transcript.contains { $0.hasPrefix(" !     why: ") }, "\(push)")
        #expect(push.transcript.contains { $0.hasPrefix(" !     live: v1 ") }, "\(push)")
        #expect(push.transcript.contains { $0.contains(failing.words) }, "\(push)")
        guard let fact = TestApps.fact(in: push.transcript) else {
            Issue.record("the app's own last lines are not shown: \(push)")
            return
        }
        #expect(end - fact <= failing.seconds * leniency, "\(push)")
    }
}
