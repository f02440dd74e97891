import FoundationEssentials
import Support
import Synchronization
import Testing

@Suite(
    "An engine that dies takes no app with it",
    .serialized,
    .enabled(if: Sandbox.isWanted && (try? Sandbox.current().ownsEngine) == true),
    .timeLimit(.minutes(15))
)
struct EngineDeathStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    private static let running = Sandbox.count(small: 4, full: 20)
    private static let stopped = Sandbox.count(small: 1, full: 3)

    @Test func `all come back as themselves, also from containers removed by hand, and the stopped stay down`()
        async throws
    {
        try await withApps { up, down in
            let watch = Watch(sandbox, up + down)
            try await watch.during {
                _ = try await sandbox.script(["kill", "engine"]).succeeded("kill engine")
                _ = try await sandbox.script(["restart", "engine"]).succeeded("restart engine")
                let took = try await answering(up, within: .seconds(60))
                try Results.record("engine-killed", ["apps": Double(up.count), "seconds": took])
            }
            #expect(watch.strangers.isEmpty, "a name answered by another app")
            try await expectDown(down)
            try await Invariants.check(sandbox, after: "the engine was killed")

            let builds = try await sandbox.slipway("builds:list", up[0], "--format", "json").answer
            for container in try await sandbox.containers() {
                try await sandbox.engine("DELETE", "/containers/\(container.Id)", query: ["force": "1"])
            }
            try await watch.during {
                let start = ContinuousClock.now
                _ = try await sandbox.slipway("repair").succeeded("repair")
                _ = try await answering(up, within: .seconds(120))
                try Results.record("containers-removed", ["seconds": (ContinuousClock.now - start).inSeconds])
            }
            #expect(watch.strangers.isEmpty, "a name answered by another app")
            try await expectDown(down)
            #expect(try await sandbox.slipway("builds:list", up[0], "--format", "json").answer == builds)
            try await Invariants.check(sandbox, after: "all containers were removed by hand")
            _ = try await sandbox.slipway("ps:start", down[0]).succeeded("ps:start of one whose container is gone")
            _ = try await answering([down[0]], within: .seconds(10))
            try await Invariants.check(sandbox, after: "one of them was started")
        }
    }

    /// Apps of one image, which say who they are by their environment; some of them stopped on purpose.
    private func withApps(_ work: ([String], [String]) async throws -> Void) async throws {
        let first = "story-engine"
        let all = [first] + (2...(Self.running + Self.stopped)).map { "\(first)-\($0)" }
        for app in all { _ = try? await sandbox.destroy(app) }
        try await sandbox.withApp(first) { _ in
            for app in all.dropFirst() { _ = try await sandbox.slipway("apps:clone", first, app).succeeded("clone") }
            let down = Array(all.suffix(Self.stopped))
            for app in down { _ = try await sandbox.slipway("ps:stop", app).succeeded("stop") }
            let result: Result<Void, any Error>
            do { result = .success(try await work(all.dropLast(Self.stopped), down)) } catch {
                result = .failure(error)
            }
            for app in all.dropFirst() { _ = try? await sandbox.destroy(app) }
            try result.get()
        }
    }

    /// - Returns: Seconds until all of them answered as themselves.
    private func answering(_ apps: [String], within limit: Duration) async throws -> Double {
        let start = ContinuousClock.now
        for app in apps {
            let rest = limit - (ContinuousClock.now - start)
            try await eventually("\(app) answers as itself", within: max(rest, .seconds(1))) {
                try await sandbox.speaker(at: app) == app
            }
        }
        return (ContinuousClock.now - start).inSeconds
    }

    private func expectDown(_ apps: [String]) async throws {
        for app in apps {
            #expect(try await sandbox.get(app).status == 503)
            #expect(try await sandbox.containers(of: app).allSatisfy { $0.State != "running" })
        }
    }
}

extension Sandbox {
    /// The app that answers by this one's name, by its own word; nil while nobody does.
    fileprivate func speaker(at app: String) async throws -> String? {
        guard let answer = try? await get(app, "/cgi-bin/env"), answer.status == 200 else { return nil }
        let line = answer.body.split(separator: "\n").first { $0.hasPrefix("SLIPWAY_APP=") }
        return line.map { String($0.dropFirst("SLIPWAY_APP=".count)) } ?? "nobody"
    }
}

/// Asks every name again and again who answers there.
private final class Watch: Sendable {
    private let sandbox: Sandbox
    private let apps: [String]
    private let found = Mutex<(strangers: [String], count: Int)>(([], 0))

    init(_ sandbox: Sandbox, _ apps: [String]) { (self.sandbox, self.apps) = (sandbox, apps) }

    var strangers: [String] { found.withLock { $0.strangers } }

    func during(_ work: () async throws -> Void) async throws {
        let asking = Task {
            while !Task.isCancelled {
                for app in apps where !Task.isCancelled { await ask(app) }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        asking.cancel()
        await asking.value
        try result.get()
        #expect(found.withLock { $0.count } > 0, "somebody answered")
    }

    private func ask(_ app: String) async {
        guard let speaker = try? await sandbox.speaker(at: app) else { return }
        found.withLock { state in
            state.count += 1
            if speaker != app { state.strangers.append("\(app): \(speaker)") }
        }
    }
}
