import Core
import Engine
import FoundationEssentials
import GRDB
import Scheduling
import Store
import Synchronization

@testable import Features

/// A host with one app, a clock moved by hand, and an engine whose events a test makes up.
struct ServedHost: Sendable {
    let fake: Fake
    let host: Host
    let app: App
    let instance: Instance
    let clock: HandClock

    /// - Parameter policy: What a person set before the release that serves.
    /// - Throws: What a first deploy throws.
    init(policy: String? = nil) async throws {
        fake = Fake()
        let clock = HandClock()
        var host = try Host.fake(fake)
        host.time = Time(clock: NoWaiting(), uptime: host.time.uptime, now: { clock.now })
        var app = try await host.deployedApp()
        if let policy {
            _ = try await Properties("ps", on: host).set(Ps.restartPolicy, to: policy, of: app)
            guard let first = try await Releases(on: host).current(of: app) else { throw NoInstance() }
            let settings = try await Releases(on: host).draft(of: app)
            let order = DeployOrder(
                origin: .release(first),
                settings: settings,
                source: "git-push",
                reason: "set",
                basis: first.number
            )
            _ = try await Deploys(on: host).run(order, on: app)
            app = try await Apps(on: host).find(app.id)
        }
        let live = try await Ps(on: host).instances(of: app).filter { $0.state == .live }
        guard let instance = live.first else { throw NoInstance() }
        (self.host, self.app, self.instance, self.clock) = (host, app, instance, clock)
    }

    struct NoInstance: Error {}

    var handle: String { instance.handle ?? "" }
    var entry: RecordingScheduler.Entry? { fake.scheduler.entries[handle] }

    func event(_ action: String, _ more: [String: String] = [:]) -> Supervisor.News {
        let attributes = ["slipway.row": instance.id, "slipway.app": app.id.text].merging(more) { $1 }
        let time = Date(timeIntervalSince1970: Double(clock.now.milliseconds) / 1000)
        return .event(EngineEvent(kind: "container", action: action, id: handle, attributes: attributes, time: time))
    }

    /// The program ends by itself; the engine has planned to start it again, or leaves it.
    func die(_ supervisor: inout Supervisor, code: Int = 1, restarting: Bool = true) async {
        fake.scheduler.set(restarting ? .restarting : .exited(code: code, outOfMemory: false), of: handle)
        await supervisor.take(event("die", ["exitCode": "\(code)"]))
        if restarting, entry?.phase == .restarting { fake.scheduler.set(.running, of: handle) }
    }

    /// Three deaths within three seconds.
    func dieThrice(_ supervisor: inout Supervisor) async {
        for _ in 1...3 {
            clock.advance(1)
            await die(&supervisor)
        }
    }

    var backOff: BackOff? {
        get async throws {
            let id = instance.id
            return try await host.store.read { try ServeTable.find(id, $0) }
        }
    }

    func events(_ name: String) async throws -> [String] {
        try await host.store.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT detail FROM events WHERE name = ? ORDER BY id",
                arguments: [name]
            )
        }
    }
}

/// Time that stands still until it is moved.
final class HandClock: Sendable {
    private let moment = Mutex(Timestamp(milliseconds: 1_800_000_000_000))

    var now: Timestamp { moment.withLock { $0 } }
    func advance(_ seconds: Int) { moment.withLock { $0 = $0 + .seconds(seconds) } }
}
