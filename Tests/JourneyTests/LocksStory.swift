import FoundationEssentials
import Glibc
import Support
import SystemPackage
import Testing

@Suite(
    "One lock per app, and nobody is blocked for ever",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(10))
)
struct LocksStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `whoever waits is told for whom, and a frozen owner can be ended`() async throws {
        let stage = try await Stage(sandbox, "story-locks")
        let app = try await stage.app()
        let fault = try PlantedFault(.freeze, at: "deploy.ready.begin", in: sandbox)
        async let frozen = sandbox.slipway("config:set", app, "A=1")
        let entry = try await self.frozen(fault)
        #expect(entry.step == "ready")

        async let waiting = sandbox.slipway("ps:scale", app, "web=2")
        let refused = try await sandbox.slipway("operations:resume", "\(entry.id)")
        #expect(refused.status == 5, "\(refused)")
        #expect(refused.err.contains("is frozen") && refused.err.contains("--force"), "\(refused)")
        try await stage.run("operations:resume", "\(entry.id)", "--force")
        #expect(try await frozen.status != 0)
        let waited = try await waiting.succeeded("what waited")
        #expect(waited.err.contains("waiting for config: added A by "), "\(waited)")
        #expect(waited.err.contains("is frozen"), "\(waited)")
        try await Invariants.check(sandbox, after: "a frozen owner was ended")
        try await stage.destroy()
    }

    /// The lock of a frozen process cannot be taken from it; were it lost all the same, the fence would hold.
    @Test(arguments: ["deploy.start.begin", "deploy.switch.begin", "deploy.switch.end", "deploy.live.begin"])
    func `an owner that lost its lock wakes up and changes nothing`(_ point: String) async throws {
        let stage = try await Stage(sandbox, "story-fence")
        let app = try await stage.app()
        let fault = try PlantedFault(.freeze, at: point, in: sandbox)
        let number = "\(Int.random(in: 1...1_000_000))"
        async let late = sandbox.slipway("config:set", app, "LATE=\(number)")
        let entry = try await frozen(fault)
        try loseLocks()
        try await stage.run("config:set", app, "NEXT=\(number)")
        try await Invariants.check(sandbox, after: "the lock was lost at \(point)")
        let before = try await sandbox.slipway("releases", app, "--format", "json").out

        kill(try #require(entry.process), SIGCONT)
        let end = try await late
        #expect(end.status != 0 && end.err.contains("P206"), "\(end)")
        try await Invariants.check(sandbox, after: "the old owner woke up at \(point)")
        #expect(try await sandbox.slipway("releases", app, "--format", "json").out == before)
        #expect(try await sandbox.variable("NEXT", of: app) == number)
        try await stage.destroy()
    }

    @Test func `a locked app refuses every deploy at once, and takes them again afterwards`() async throws {
        let stage = try await Stage(sandbox, "story-freeze")
        let app = try await stage.app()
        try await stage.run("apps:lock", app, "--reason", "the fair is on")
        let before = try await sandbox.containers(of: app).map(\.Id)
        let commands = [
            ["config:set", app, "A=1"], ["ps:scale", app, "web=2"], ["ps:restart", app], ["releases:rollback", app],
        ]
        for words in commands {
            let refused = try await sandbox.slipway(words)
            if words[0] == "releases:rollback", refused.err.contains("P005") { continue }
            #expect(refused.status == 5 && refused.err.contains("P203"), "\(words): \(refused)")
            #expect(refused.err.contains("the fair is on"), "\(words): \(refused)")
            #expect(refused.duration < .seconds(2) * leniency, "\(words): \(refused)")
        }
        let push = try await stage.push(app)
        #expect(push.status != 0 && push.err.contains("P203"), "\(push)")
        #expect(try await sandbox.containers(of: app).map(\.Id) == before)
        try await stage.run("apps:unlock", app)
        _ = try await stage.push(app).succeeded("a push once it is unlocked")
        try await Invariants.check(sandbox, after: "a lock")
        try await stage.destroy()
    }

    @Test func `a deploy that is cancelled stops at the engine too`() async throws {
        let stage = try await Stage(sandbox, "story-cancel")
        let app = try await stage.app()
        // A number that no other program on this machine sleeps for.
        let seconds = Int.random(in: 100_000...999_999)
        try await stage.repo.commit(TestApps.slowBuild("slow", seconds: seconds), message: "Be slow")
        let push = stage.repo.watchedPush(to: sandbox, app)
        async let end = push.run()
        try await eventually("the build runs") { try runs(["sleep", "\(seconds)"]) }
        try await stage.run("builds:cancel", app)
        try await eventually("the build has ended at the engine", within: .seconds(5)) {
            try !runs(["sleep", "\(seconds)"])
        }
        let cancelled = try await end
        #expect(cancelled.status != 0 && cancelled.err.contains("P204"), "\(cancelled)")
        try await Invariants.check(sandbox, after: "a cancelled build")
        try await stage.destroy()
    }

    private func frozen(_ fault: PlantedFault) async throws -> JournalEntry {
        var entry: JournalEntry?
        try await eventually("somebody is frozen at \(fault.point)") {
            guard fault.hasStruck else { return false }
            entry = try await JournalEntry.all(sandbox).first { $0.state == "frozen" }
            return entry != nil
        }
        return try #require(entry)
    }

    /// As if the disk had lost them: whoever comes next makes new files, and new locks.
    private func loseLocks() throws {
        let folder = sandbox.state.appending("locks").string
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.count == 10 {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}
