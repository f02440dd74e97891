import Core
import Files
import Store
import SystemPackage
import Testing

@testable import Features

@Suite struct `what plugins keep about an app` {
    let fake = Fake()
    let host: Host
    let properties: PluginProperties

    init() throws {
        host = try Host.fake(fake)
        properties = try PluginProperties("http-auth", on: host)
    }

    @Test func `is set, changed and taken away, and goes with the app`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let scope = try await properties.scope("shop")
        #expect(scope == .app(app))
        #expect(try await properties.get(scope, "enabled") == nil)
        #expect(try await properties.set(scope, "enabled", to: "true"))
        #expect(try await !properties.set(scope, "enabled", to: "true"))
        #expect(try await properties.get(scope, "enabled") == "true")
        #expect(try await properties.set(scope, "enabled", to: nil))
        #expect(try await properties.all(scope).isEmpty)
        _ = try await properties.set(scope, "enabled", to: "true")
        try await host.store.write { try AppsTable.delete(app.id, $0) }
        #expect(try await host.store.read { try PluginTable.properties("http-auth", scope, $0) }.isEmpty)
    }

    @Test func `stays when it is renamed, and a clone gets its own`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        _ = try await properties.set(.app(app), "users", to: "ana:hash")
        try await Apps(on: host).rename(app, to: try AppName("store"))
        let renamed = try await properties.scope("store")
        #expect(try await properties.get(renamed, "users") == "ana:hash")
        // As plugins written for Dokku do after a rename: nothing of the old name is there, so nothing is lost.
        try await properties.clone(try await properties.scope("shop"), to: renamed)
        try await properties.destroy(try await properties.scope("shop"))
        #expect(try await properties.get(renamed, "users") == "ana:hash")
        let copy = try await Apps(on: host).clone(try #require(renamed.app), as: try AppName("second"))
        #expect(try await properties.get(.app(copy), "users") == "ana:hash")
        _ = try await properties.set(.app(copy), "users", to: "ben:hash")
        #expect(try await properties.get(renamed, "users") == "ana:hash")
    }

    @Test func `a service, all apps, and another plugin have their own`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let crate = try PluginProperties("crate", on: host)
        try makeFolder(host.paths.dokku.appending("services/crate/shop"))
        #expect(try await crate.scope("shop") == .word("shop"))
        #expect(try await properties.scope("shop") == .app(app))
        _ = try await crate.set(.word("shop"), "network", to: "bridge")
        _ = try await properties.set(.word("--global"), "network", to: "host")
        #expect(try await crate.get(.word("shop"), "network") == "bridge")
        #expect(try await crate.get(.word("--global"), "network") == nil)
        #expect(try await properties.get(.word("--global"), "network") == "host")
    }

    @Test func `a list is lines in their order`() async throws {
        let scope = PluginProperties.Scope.word("--global")
        for line in ["b", "a", "c"] { _ = try await properties.changeList(scope, "ips") { $0 + [line] } }
        #expect(PluginProperties.lines(try await properties.get(scope, "ips")) == ["b", "a", "c"])
        _ = try await properties.changeList(scope, "ips") { $0.filter { $0 == "nobody" } }
        #expect(try await properties.get(scope, "ips") == nil, "an empty list is none")
    }

    @Test(arguments: ["", "../etc", "a b", "-x", "\u{1b}[2J", String(repeating: "a", count: 128)])
    func `a word that is no name is refused`(_ word: String) async throws {
        #expect(throws: Failure.self) { try PluginProperties(word, on: host) }
        let error = await #expect(throws: Failure.self) { try await properties.scope(word) }
        #expect(error?.code == .malformed)
    }

    @Test func `no value stands in an event`() async throws {
        _ = try await properties.set(.word("--global"), "token", to: "hunter2")
        let events = try await host.store.read { try HostTable.events(of: nil, after: 0, limit: 100, $0) }
        #expect(events.contains { $0.name == "plugin:property" && $0.detail.contains("http-auth token") })
        #expect(!events.contains { $0.detail.contains("hunter2") })
    }

    @Test func `a value of more than a mebibyte and an odd key are refused, and nothing is different`() async throws {
        let long = String(repeating: "a", count: PluginProperties.limit + 1)
        await #expect(throws: Failure.self) { try await properties.set(.word("--global"), "big", to: long) }
        await #expect(throws: Failure.self) { try await properties.set(.word("--global"), "a b", to: "x") }
        #expect(try await properties.all(.word("--global")).isEmpty)
    }
}
