import ArgumentParser
import Core
import Files
import Proxying
import Store
import Support
import Testing

@testable import Features

@Suite struct `domains` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func names(_ app: App) async throws -> [String] { try await Domains(on: host).names(of: app).map(\.text) }

    @Test func `a new app answers below the global domains`() async throws {
        let base = try DomainName("example.com")
        #expect(try await Domains(on: host).changeGlobal { _ in [base] })
        let app = try await Apps(on: host).create(try AppName("shop"))
        let apex = try await Apps(on: host).create(try AppName("shop.example.com"))
        #expect(try await names(app) == ["shop.example.com"])
        #expect(try await names(apex) == ["shop.example.com"])
    }

    @Test func `a name belongs to one app of the host`() async throws {
        let name = try DomainName("a.example")
        let (one, two) = (try await host.deployedApp("one"), try await Apps(on: host).create(try AppName("two")))
        #expect(try await Domains(on: host).change(one, "domains:add") { $0 + [name] })
        #expect(try await Domains(on: host).change(one, "domains:add") { _ in [name] } == false)
        await #expect { try await Domains(on: host).change(two, "domains:add") { $0 + [name] } } throws: {
            ($0 as? Failure)?.code == .domainTaken
        }
        #expect(fake.proxy.sites[one.id.text]?.names == ["a.example"])
    }

    @Test func `what nginx refuses is not written down`() async throws {
        let app = try await host.deployedApp()
        let name = try DomainName("a.example")
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await Domains(on: host).change(app, "domains:add") { $0 + [name] } }
        #expect(try await names(app).isEmpty)
    }

    @Test func `a rename keeps the old git address and frees the name`() async throws {
        let app = try await host.deployedApp("old")
        let (old, new) = (try AppName("old"), try AppName("new"))
        try await Apps(on: host).rename(app, to: new)
        #expect(try await Apps(on: host).lookUp(old) == nil)
        #expect(try await Apps(on: host).addressed(old)?.id == app.id)
        #expect(fake.proxy.sites[app.id.text]?.title == "new")
        try await Apps(on: host).create(old)
        #expect(try await Apps(on: host).addressed(old)?.id != app.id)
    }

    @Test func `a rename changes the names that the global domains gave, in an app's own list too`() async throws {
        try await run(try DomainsSetGlobal.parse(["example.com", "example.org"]))
        let app = try await host.deployedApp("old")
        try await run(try DomainsAdd.parse(["old", "a.example"]))
        try await run(try AppsRename.parse(["old", "new"]))
        #expect(try await names(app) == ["new.example.com", "new.example.org", "a.example"])
        #expect(fake.proxy.sites[app.id.text]?.names == ["new.example.com", "new.example.org", "a.example"])
        // The old name is free again, and whoever has the next one keeps it.
        let other = try await Apps(on: host).create(try AppName("old"))
        #expect(try await names(other) == ["old.example.com", "old.example.org"])
        try await run(try DomainsSet.parse(["old", "third.example.org"]))
        try await run(try AppsRename.parse(["new", "third"]))
        #expect(said.contains(" !     third.example.org is another app's: third goes without it\n"))
        #expect(try await names(app) == ["third.example.com", "a.example"])
    }

    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }
    private var said: String { fake.transcript.progress }

    @Test func `adding skips what is there, and says so`() async throws {
        let app = try await host.deployedApp()
        try await run(try DomainsAdd.parse(["shop", "a.example", "B.example", "b.example"]))
        #expect(try await names(app) == ["a.example", "b.example"])
        try await run(try DomainsAdd.parse(["shop", "a.example", "c.example"]))
        #expect(said.contains(" !     a.example is a name of shop already, skipped\n-----> Added c.example to shop\n"))
        try await run(try DomainsAdd.parse(["shop", "a.example"]))
        #expect(said.hasSuffix("=====> domains of shop are unchanged\n"))
        #expect(fake.proxy.sites[app.id.text]?.names == ["a.example", "b.example", "c.example"])
    }

    @Test func `removing skips what is not there`() async throws {
        let app = try await host.deployedApp()
        try await run(try DomainsAdd.parse(["shop", "a.example", "b.example"]))
        try await run(try DomainsRemove.parse(["shop", "a.example", "none.example"]))
        #expect(said.contains(" !     none.example is not a name of shop, skipped"))
        #expect(try await names(app) == ["b.example"])
        try await run(try DomainsRemove.parse(["shop", "none.example"]))
        #expect(said.hasSuffix("=====> domains of shop are unchanged\n"))
    }

    @Test func `set, clear and reset, each of them twice`() async throws {
        let base = try DomainName("example.com")
        _ = try await Domains(on: host).changeGlobal { _ in [base] }
        let app = try await host.deployedApp()
        for command: any HostCommand in [
            try DomainsSet.parse(["shop", "x.example", "y.example"]), try DomainsClear.parse(["shop"]),
            try DomainsReset.parse(["shop"]), try DomainsDisable.parse(["shop"]), try DomainsEnable.parse(["shop"]),
        ] {
            try await run(command)
            #expect(!said.hasSuffix("are unchanged\n"))
            try await run(command)
            #expect(said.hasSuffix("domains of shop are unchanged\n"), "\(command)")
        }
        #expect(try await names(app) == ["shop.example.com"])
    }

    @Test func `names that are turned off are not forgotten`() async throws {
        let app = try await host.deployedApp()
        try await run(try DomainsAdd.parse(["shop", "a.example"]))
        try await run(try DomainsDisable.parse(["--all"]))
        #expect(try await names(app).isEmpty)
        try await run(try DomainsAdd.parse(["shop", "b.example"]))
        #expect(try await names(app) == ["a.example", "b.example"])
    }

    @Test func `wildcards, other alphabets, the catch-all and addresses`() async throws {
        let app = try await host.deployedApp()
        try await run(try DomainsAdd.parse(["shop", "*.example.com", "B\u{dc}CHER.example", "_", "203.0.113.7"]))
        #expect(try await names(app) == ["*.example.com", "xn--bcher-kva.example", "_", "203.0.113.7"])
        #expect(said.contains(" !     203.0.113.7 is an address"))
        #expect(try await Urls(on: host).all(of: app).allSatisfy { !$0.contains("*") && !$0.contains("_") })
        // A wildcard and one of its names are two names.
        let other = try await Apps(on: host).create(try AppName("other"))
        try await run(try DomainsAdd.parse(["other", "a.example.com"]))
        #expect(try await names(other) == ["a.example.com"])
    }

    @Test func `a name that the global domains give belongs to its app too`() async throws {
        let base = try DomainName("example.com")
        _ = try await Domains(on: host).changeGlobal { _ in [base] }
        let (shop, _) = (try await host.deployedApp(), try await host.deployedApp("other"))
        await #expect { try await run(try DomainsAdd.parse(["other", "shop.example.com"])) } throws: {
            ($0 as? Failure)?.code == .domainTaken
        }
        try await run(try DomainsClear.parse(["shop"]))
        try await run(try DomainsAdd.parse(["other", "shop.example.com"]))
        #expect(try await Domains(on: host).reset(shop))
        #expect(try await names(shop).isEmpty, "the other has it now")
    }

    @Test func `global domains are changed with one reload, and not against nginx`() async throws {
        _ = (try await host.deployedApp("one"), try await host.deployedApp("two"))
        let before = fake.proxy.publications
        try await run(try DomainsAddGlobal.parse(["example.com", "example.org"]))
        #expect(fake.proxy.publications == before + 1)
        try await run(try DomainsAddGlobal.parse(["example.com"]))
        #expect(said.hasSuffix("global domains are unchanged\n"))
        try await run(try DomainsRemoveGlobal.parse(["example.com"]))
        try await run(try DomainsSetGlobal.parse(["example.net"]))
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await run(try DomainsClearGlobal.parse([])) }
        #expect(try await Domains(on: host).global().map(\.text) == ["example.net"])
        fake.proxy.refuse(with: nil)
        try await run(try DomainsClearGlobal.parse([]))
        #expect(try await Domains(on: host).global().isEmpty)
    }

    @Test func `an app that is deployed keeps its names when the global domains change`() async throws {
        try await run(try DomainsSetGlobal.parse(["example.com"]))
        let (live, new) = (try await host.deployedApp(), try await Apps(on: host).create(try AppName("new")))
        let off = try await host.deployedApp("off")
        try await run(try DomainsDisable.parse(["off"]))
        try await run(try DomainsSetGlobal.parse(["example.org"]))
        #expect(said.contains("       what is deployed keeps its names: off, shop\n"))
        #expect(try await names(live) == ["shop.example.com"])
        #expect(fake.proxy.sites[live.id.text]?.names == ["shop.example.com"])
        #expect(try await names(new) == ["new.example.org"])
        try await run(try DomainsEnable.parse(["off"]))
        #expect(try await names(off) == ["off.example.com"])
        try await run(try DomainsReset.parse(["off"]))
        #expect(try await names(off) == ["off.example.org"])
        // What nginx refuses leaves the app as it was: on the names of the global domains.
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await run(try DomainsClearGlobal.parse([])) }
        fake.proxy.refuse(with: nil)
        #expect(try await Domains(on: host).reset(off) == false)
        // Without a name it is reached on its port, and goes on being so.
        try await run(try DomainsClearGlobal.parse([]))
        let bare = try await host.deployedApp("bare")
        try await run(try DomainsSetGlobal.parse(["example.net"]))
        #expect(try await names(bare).isEmpty)
        #expect(try await names(off) == ["off.example.org"])
    }

    @Test func `an address is no base of names`() async throws {
        let bases = [try DomainName("10.0.0.1"), try DomainName("example.com")]
        _ = try await Domains(on: host).changeGlobal { _ in bases }
        #expect(try await names(try await Apps(on: host).create(try AppName("shop"))) == ["shop.example.com"])
    }

    @Test func `an app that does not exist, or no app at all`() async throws {
        for command: any HostCommand in [
            try DomainsAdd.parse(["none", "a.example"]), try DomainsRemove.parse(["none", "a.example"]),
            try DomainsSet.parse(["none", "a.example"]), try DomainsClear.parse(["none"]),
            try DomainsReset.parse(["none"]), try DomainsEnable.parse(["none"]), try DomainsDisable.parse(["none"]),
            try DomainsSetup.parse(["none"]), try ReportCommand<DomainsCommands>.parse(["none"]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .noSuchApp }
        }
        await #expect { try await run(try DomainsClear.parse([])) } throws: { ($0 as? Failure)?.code == .usage }
    }

    @Test(arguments: ["a b", "a;b", "http://a.example", "-a.example", "a.*.example", "a..b", ""])
    func `what is no name is refused before anything`(name: String) {
        #expect(throws: (any Error).self) { try DomainsAdd.parse(["shop", name]) }
    }

    @Test func `the report has Dokku's keys`() async throws {
        try await run(try DomainsSetGlobal.parse(["example.com"]))
        _ = try await Apps(on: host).create(try AppName("shop"))
        try await run(try ReportCommand<DomainsCommands>.parse(["shop", "--format", "json"]))
        #expect(
            fake.transcript.answer == "{\"app-enabled\":\"true\",\"app-vhosts\":\"shop.example.com\","
                + "\"global-enabled\":\"true\",\"global-vhosts\":\"example.com\"}\n"
        )
        try await run(try ReportCommand<DomainsCommands>.parse(["--global", "--domains-global-vhosts"]))
        #expect(fake.transcript.answer.hasSuffix("}\nexample.com\n"))
    }

    // MARK: Two at once

    /// A host whose waiters wait for as long as there is something to wait for.
    private var patient: Host {
        var host = host
        host.time.clock = ContinuousClock()
        return host
    }

    /// Runs `work` up to the moment at which it waits for the app's lock, then `meanwhile`, then the rest of it.
    private func holdUp<Value: Sendable>(
        _ app: App,
        _ work: @escaping @Sendable (Host) async throws -> Value,
        meanwhile: () async throws -> Void
    ) async throws -> Value {
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        let waiting = Task { [patient] in try await work(patient) }
        try await eventually("it waits for the lock") { said.contains("waiting for") }
        try await meanwhile()
        lock.release()
        return try await waiting.value
    }

    private func write(_ names: [DomainName], _ app: App) async throws {
        try await host.store.write { database in
            try DomainsTable.replace(app.id, with: names, database)
            try DomainsTable.setMode(app.id, isEnabled: true, isOwn: true, database)
        }
    }

    @Test func `a change is made of the names as they are under the lock`() async throws {
        let app = try await host.deployedApp()
        let (one, two) = (try DomainName("a.example"), try DomainName("b.example"))
        let isChanged = try await holdUp(app) { host in
            try await Domains(on: host).change(app, "domains:add") { $0.contains(two) ? $0 : $0 + [two] }
        } meanwhile: {
            try await write([one], app)
        }
        #expect(isChanged)
        #expect(try await names(app) == ["a.example", "b.example"])
        #expect(fake.proxy.sites[app.id.text]?.names == ["a.example", "b.example"])
    }

    @Test func `what somebody else has made by then is no change any more`() async throws {
        let app = try await host.deployedApp()
        let name = try DomainName("a.example")
        let isChanged = try await holdUp(app) { host in
            try await Domains(on: host).change(app, "domains:add") { $0.contains(name) ? $0 : $0 + [name] }
        } meanwhile: {
            try await write([name], app)
        }
        #expect(!isChanged)
        #expect(try await names(app) == ["a.example"])
    }

    @Test func `names that became an app's own meanwhile are its own when they are turned off`() async throws {
        let app = try await host.deployedApp()
        let name = try DomainName("a.example")
        #expect(
            try await holdUp(app) { host in
                try await Domains(on: host).setEnabled(false, app)
            } meanwhile: {
                try await write([name], app)
            }
        )
        #expect(try await names(app).isEmpty)
        #expect(try await Domains(on: host).setEnabled(true, app))
        #expect(try await names(app) == ["a.example"])
        #expect(fake.proxy.sites[app.id.text]?.names == ["a.example"])
    }

    @Test func `of many names that are added at once to an app without a release none is lost`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let all = try (0..<20).map { try DomainName("n\($0).example") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in all {
                group.addTask { [host] in
                    _ = try await Domains(on: host).change(app, "domains:add") { $0 + [name] }
                }
            }
            try await group.waitForAll()
        }
        #expect(Set(try await names(app)) == Set(all.map(\.text)))
    }

    @Test func `nginx hears of a name that was added while the first release went live`() async throws {
        let live = try await host.deployedApp()
        var stale = live
        stale.current = nil
        let name = try DomainName("a.example")
        #expect(try await Domains(on: host).change(stale, "domains:add") { $0 + [name] })
        #expect(fake.proxy.sites[live.id.text]?.names == ["a.example"])
    }
}
