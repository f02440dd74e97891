import ArgumentParser
import Core
import Proxying
import Scheduling
import Store
import Testing

@testable import Features

@Suite struct `stopping and starting` {
    let fake = Fake()
    let host: Host
    let app: App

    init() async throws {
        host = try Host.fake(fake)
        app = try await host.deployedApp(web: 2)
    }

    private var running: Int { fake.scheduler.entries.values.filter { $0.phase == .running }.count }

    private func leave(_ kind: String, at step: String, isStopped: Bool) async throws {
        try await host.begin(kind, of: app.id, begun: step) { [app] in try AppsTable.setStopped(isStopped, app.id, $0) }
    }

    @Test func `stops and starts`() async throws {
        try await Control(on: host).stop(app)
        #expect(running == 0)
        #expect(try await Apps(on: host).find(app.id).isStopped)
        #expect(try await Control(on: host).start(try await Apps(on: host).find(app.id)))
        #expect(running == 2)
        #expect(try await !Apps(on: host).find(app.id).isStopped)
        #expect(try await !Control(on: host).start(try await Apps(on: host).find(app.id)))
    }

    /// The row may be written although its step is not done: it is the row that decides.
    @Test func `a stop whose row says stopped is finished, another is not`() async throws {
        try await leave("stop", at: "row", isStopped: false)
        try await Operations(on: host).settleOrphans(of: app)
        #expect(running == 2)
        try await leave("stop", at: "row", isStopped: true)
        try await Operations(on: host).settleOrphans(of: app)
        #expect(running == 0)
        #expect(fake.proxy.sites[app.id.text]?.state == .unavailable)
    }

    @Test func `a start whose row says stopped is taken back`() async throws {
        try await leave("start", at: "instances", isStopped: true)
        try await Operations(on: host).settleOrphans(of: app)
        #expect(running == 0)
    }

    @Test func `a start behind a stop that died starts what that one still had to end`() async throws {
        try await leave("stop", at: "row", isStopped: true)
        #expect(running == 2)
        #expect(try await Control(on: host).start(try await Apps(on: host).find(app.id)))
        #expect(running == 2)
        #expect(try await !Apps(on: host).find(app.id).isStopped)
        #expect(fake.proxy.sites[app.id.text]?.state == .serving)
    }

    @Test func `a start that does not get ready leaves the app stopped`() async throws {
        try await Control(on: host).stop(app)
        fake.scheduler.onStart(.exited(code: 3, outOfMemory: false))
        await #expect(throws: Failure.self) {
            try await Control(on: host).start(try await Apps(on: host).find(app.id))
        }
        #expect(try await Apps(on: host).find(app.id).isStopped)
        #expect(fake.proxy.sites[app.id.text]?.state == .unavailable)
    }

    @Test func `numbers that are asked for while an app is stopped run from its next start`() async throws {
        try await Control(on: host).stop(app)
        try await PsScale.parse(["shop", "web=3"]).run(on: host)
        #expect(!fake.scheduler.entries.values.contains { $0.phase == .running })
        try await PsStart.parse(["shop"]).run(on: host)
        #expect(try await Ps(on: host).live(of: app).map(\.name).sorted() == ["web.1", "web.2", "web.3"])
        #expect(try await Apps(on: host).find(app.id).current == 1, "the same release")
    }

    @Test func `a port for an app that is stopped holds from its next start`() async throws {
        try await Control(on: host).stop(app)
        try await PortsAdd.parse(["shop", "http:8080:5000"]).run(on: host)
        #expect(try await Apps(on: host).find(app.id).isStopped)
        #expect(!fake.scheduler.entries.values.contains { $0.phase == .running })
        #expect(fake.transcript.progress.contains("takes effect at the next start"))
        try await PsStart.parse(["shop"]).run(on: host)
        #expect(fake.proxy.sites[app.id.text]?.mappings.map(\.hostPort).contains(8080) == true)
    }
}
