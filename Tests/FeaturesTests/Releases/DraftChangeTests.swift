import Core
import Scheduling
import Store
import Testing

@testable import Features

@Suite struct `a change of the draft` {
    private func settings(_ config: [String: String], mounts: [String] = [], ports: [String] = []) throws -> Settings {
        var settings = Settings()
        for (key, value) in config { settings.config[try ConfigKey(key)] = value }
        settings.mounts = try mounts.map { try StorageMount($0).attachment }
        settings.ports = try ports.map { try PortMapping($0) }
        return settings
    }

    private func change(_ found: Settings, _ wanted: Settings) throws -> DraftChange {
        try DraftChange(from: try DraftChange.text(of: found), to: wanted)
    }

    @Test func `keeps what others changed meanwhile`() throws {
        let found = try settings(["A": "1", "B": "1", "C": "1"])
        let change = try change(found, try settings(["A": "2", "B": "1"]))
        let now = try settings(["A": "1", "B": "9", "C": "1", "D": "9"])
        #expect(change.applied(to: now) == (try settings(["A": "2", "B": "9", "D": "9"])))
    }

    @Test func `of the same thing changed twice the operation's value holds`() throws {
        let change = try change(try settings(["A": "1"]), try settings(["A": "2"]))
        #expect(change.applied(to: try settings(["A": "9"])) == (try settings(["A": "2"])))
    }

    @Test func `makes exactly what was wanted of a draft that nobody touched`() throws {
        let found = try settings(["A": "1"], mounts: ["a:/a", "b:/b"], ports: ["http:80:5000"])
        let wanted = try settings(["B": "1"], mounts: ["b:/b", "c:/c"], ports: ["http:80:8000", "https:443:8000"])
        #expect(try change(found, wanted).applied(to: found) == wanted)
    }

    @Test func `two things never have one place`() throws {
        let found = try settings([:], mounts: ["a:/a"])
        let change = try change(found, try settings([:], mounts: ["a:/a", "c:/c"], ports: ["http:80:1"]))
        let now = try settings([:], mounts: ["other:/c", "b:/b"], ports: ["http:80:2", "http:81:3"])
        #expect(
            change.applied(to: now)
                == (try settings([:], mounts: ["c:/c", "b:/b"], ports: ["http:80:1", "http:81:3"]))
        )
    }

    @Test func `knows every part of the settings`() {
        let parts = Mirror(reflecting: Settings()).children.compactMap(\.label)
        #expect(
            parts.sorted() == [
                "config", "dockerOptions", "inherited", "limits", "mounts", "options", "pluginOptions", "ports",
            ]
        )
    }
}

@Suite struct `a draft changed while a release goes live` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    @Test func `keeps both changes`() async throws {
        let app = try await host.deployedApp()
        let (mine, others) = (try ConfigKey("MINE"), try ConfigKey("OTHERS"))
        let host = host
        // Somebody else writes to the draft when the newcomer starts, that is in the middle of the change.
        fake.scheduler.watch { _ in _ = try await Config(on: host).change(app, setting: [others: "2"]) }
        try await Deploys(on: host).change(app, because: "config: added MINE") { $0.config[mine] = "1" }
        #expect(try await Config(on: host).all(of: app) == [mine: "1", others: "2"])
        let release = try #require(try await Releases(on: host).current(of: Apps(on: host).find(app.id)))
        #expect(release.settings.config == [mine: "1"], "what serves is what was asked for")
    }
}
