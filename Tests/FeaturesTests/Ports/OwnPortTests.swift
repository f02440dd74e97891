import ArgumentParser
import Core
import GRDB
import Probes
import Proxying
import Store
import Testing

@testable import Features

/// An app without a name is reached on a port that no other app has.
@Suite struct `an own port` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }
    private func site(_ app: App) -> Site? { fake.proxy.sites[app.id.text] }
    private func port(_ app: App) async throws -> Int? {
        try await Ports(on: host).keptPort(of: app).map { Int($0.number) }
    }

    @Test func `is given with the first deploy, told to nginx, and said by urls, ports:list and the deploy`()
        async throws
    {
        let app = try await host.deployedApp()
        let port = try #require(try await port(app))
        #expect(Ports.ownRange.contains(port))
        #expect(site(app)?.ownPort == port)
        #expect(site(app)?.placedMappings.map(\.hostPort) == [port])
        let url = "http://host:\(port)"
        #expect(fake.transcript.progress.contains("=====> \(url)\n"))
        try await run(UrlsCommand.parse(["shop"]))
        try await run(PortsList.parse(["shop", "--format", "json"]))
        let lines = fake.transcript.answer.split(separator: "\n").map(String.init)
        #expect(lines.first == url)
        #expect(lines.last?.contains("\(port)") == true && lines.last?.contains(#""host":80,"#) == false)
    }

    @Test func `is another for each app, whatever else has ports`() async throws {
        var seen: Set<Int> = []
        for name in ["a", "b", "c", "d"] {
            let app = try await host.deployedApp(name)
            let port = try #require(try await port(app))
            #expect(seen.insert(port).inserted, "\(port)")
        }
    }

    @Test func `stays through a rename, a restart and a time with a name`() async throws {
        var app = try await host.deployedApp()
        let kept = try #require(try await port(app))
        try await run(AppsRename.parse(["shop", "store"]))
        app = try await Apps(on: host).find(try AppName("store"))
        #expect(site(app)?.ownPort == kept && site(app)?.title == "store")
        try await run(PsRestart.parse(["store"]))
        #expect(site(app)?.ownPort == kept)
        let name = try DomainName("store.example")
        _ = try await Domains(on: host).change(app, "domains:add") { $0 + [name] }
        #expect(site(app)?.placedMappings.map(\.hostPort) == [80], "a name needs no port of its own")
        #expect(try await Urls(on: host).all(of: app) == ["http://store.example:8080"])
        try await run(DomainsDisable.parse(["store"]))
        #expect(site(app)?.placedMappings.map(\.hostPort) == [kept])
        #expect(try await Urls(on: host).all(of: app) == ["http://host:\(kept)"])
        try await run(DomainsEnable.parse(["store"]))
        try await run(DomainsClear.parse(["store"]))
        #expect(site(app)?.placedMappings.map(\.hostPort) == [kept])
    }

    @Test func `is got by an app that had a name when that is taken away`() async throws {
        try await run(DomainsAddGlobal.parse(["example.com"]))
        let app = try await host.deployedApp()
        #expect(try await port(app) == nil)
        #expect(site(app)?.placedMappings.map(\.hostPort) == [80])
        try await run(DomainsDisable.parse(["shop"]))
        let own = try #require(try await port(app))
        #expect(site(app)?.placedMappings.map(\.hostPort) == [own])
        #expect(try await Urls(on: host).all(of: app) == ["http://example.com:\(own)"])
    }

    @Test func `is let go with the app and its archive`() async throws {
        let app = try await host.deployedApp()
        let kept = try #require(try await port(app))
        let number = try Port(kept)
        #expect(try await host.store.read { try PortsTable.owner(of: number, $0) } == app.id)
        try await host.store.write { try AppsTable.delete(app.id, $0) }
        #expect(try await host.store.read { try PortsTable.owner(of: number, $0) } == nil)
    }

    @Test func `of another app is refused to mappings and stand-ins, and nothing is changed`() async throws {
        let owner = try await host.deployedApp("owner")
        let own = try #require(try await port(owner))
        let shop = try await Apps(on: host).create(try AppName("shop"))
        await #expect { try await run(PortsAdd.parse(["shop", "http:\(own):5000"])) } throws: {
            Failure($0).code == .taken
        }
        #expect(try await Ports(on: host).all(of: shop).isEmpty)
        for scope in ["shop", "--global"] {
            await #expect { try await run(ProxySet.parse([scope, "proxy-port", "\(own)"])) } throws: {
                Failure($0).code == .taken
            }
        }
        #expect(try await Properties("proxy", on: host).raw(AppProxy.port, of: nil) == nil)
        try await run(PortsAdd.parse(["owner", "http:\(own):5000"]))
    }

    @Test func `never is one that another has mapped, stands in for 80 somewhere, or is listened on`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let first = Int(try await Ports(on: host).ownPort(of: app).number)
        let other = try await Apps(on: host).create(try AppName("other"))
        try await host.store.write { database in
            // The same place in the range is looked at first again.
            try database.execute(sql: "DELETE FROM own_ports")
            try PortsTable.replace(other.id, with: [try PortMapping("http:\(first):5000")], database)
            try PropertiesTable.set("proxy", "proxy-port", other.id, to: "\(first + 1)", database)
        }
        var busy = host
        let listening = ListeningSocket(
            address: "0.0.0.0",
            port: try Port(first + 2),
            isLoopback: false,
            isAny: true
        )
        busy.probes.listening = { _ in [listening] }
        #expect(Int(try await Ports(on: busy).ownPort(of: app).number) == first + 3)
    }

    @Test func `is not taken where every mapping has a port of its own already`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await run(PortsSet.parse(["shop", "http:3000:5000"]))
        let deployed = try await host.deployedApp("again")
        #expect(try await port(deployed) != nil && app.current == nil)
        try await run(PortsSet.parse(["again", "http:3000:5000"]))
        #expect(site(deployed)?.placedMappings.map(\.hostPort) == [3000])
        #expect(try await Urls(on: host).all(of: deployed) == ["http://host:3000"])
    }
}
