import ArgumentParser
import Core
import Scheduling
import Store
import Testing

@testable import Features

/// What was built with skip-deploy, until somebody starts it.
@Suite struct `builds that wait` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    @Test func `a build that waits outlives a changed setting, and is started with it`() async throws {
        let app = try await host.deployedApp()
        try await host.leaveWaiting(2, image: "sha256:two", app)
        try await ConfigSet.parse(["shop", "A=1"]).run(on: host)
        #expect(try await Apps(on: host).find(app.id).current == 3)
        #expect(try await Releases(on: host).waiting(of: app)?.number == 2)
        try await PsRestart.parse(["shop"]).run(on: host)
        let live = try #require(try await Releases(on: host).current(of: app))
        #expect(live.number == 4 && live.image == "sha256:two")
        #expect(live.settings.config == [try ConfigKey("A"): "1"])
        let started = try await Releases(on: host).find(2, of: app)
        #expect(started.status == .failed && started.failure == "it was never started: v4 took its place")
        #expect(try await Releases(on: host).waiting(of: app) == nil)
    }

    @Test func `a build that waits waits on when its start fails`() async throws {
        let app = try await host.deployedApp()
        try await host.leaveWaiting(2, image: "sha256:two", app)
        fake.scheduler.onStart(.exited(code: 3, outOfMemory: false))
        await #expect(throws: Failure.self) { try await PsRestart.parse(["shop"]).run(on: host) }
        #expect(try await Apps(on: host).find(app.id).current == 1)
        #expect(try await Releases(on: host).waiting(of: app)?.number == 2)
    }

    @Test func `a release of other code ends the builds that waited, and their images go with retention`() async throws
    {
        let app = try await host.deployedApp()
        try await host.leaveWaiting(2, image: "sha256:two", app)
        try await host.leaveWaiting(3, image: "sha256:three", app)
        try await host.deploy("sha256:four", app)
        for number in 2...3 { #expect(try await Releases(on: host).find(number, of: app).status == .failed) }
        #expect(try await Releases(on: host).find(4, of: app).status == .live)
        #expect(try await Releases(on: host).waiting(of: app) == nil)
    }
}
