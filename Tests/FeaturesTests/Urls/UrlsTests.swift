import ArgumentParser
import Core
import Testing

@testable import Features

@Suite struct `urls` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    @Test func `are one per name, with the port people see`() async throws {
        let app = try await host.deployedApp()
        let names = try ["a.example", "b.example"].map { try DomainName($0) }
        _ = try await Domains(on: host).change(app, "domains:set") { _ in names }
        try await UrlsCommand.parse(["shop"]).run(on: host)
        try await UrlCommand.parse(["shop"]).run(on: host)
        try await UrlsCommand.parse(["shop", "--json"]).run(on: host)
        #expect(
            fake.transcript.answer == """
                http://a.example:8080
                http://b.example:8080
                http://a.example:8080
                ["http://a.example:8080","http://b.example:8080"]

                """
        )
    }

    @Test func `why there is none is told`() async throws {
        let empty = try await Apps(on: host).create(try AppName("empty"))
        await #expect { _ = try await Urls(on: host).demanded(of: empty) } throws: {
            ($0 as? Failure)?.code == .notDeployed
        }
        let app = try await host.deployedApp()
        let any = try DomainName("_")
        _ = try await Domains(on: host).change(app, "domains:set") { _ in [any] }
        await #expect { _ = try await Urls(on: host).demanded(of: app) } throws: {
            ($0 as? Failure)?.fix == "slipway domains:add shop NAME"
        }
        _ = try await AppProxy(on: host).setEnabled(false, app)
        try await Control(on: host).stop(app)
        await #expect { _ = try await Urls(on: host).demanded(of: app) } throws: {
            ($0 as? Failure)?.fix == "slipway proxy:enable shop"
        }
    }

    @Test func `of an app that is taken from behind the proxy are those of its processes`() async throws {
        let app = try await host.deployedApp(web: 2)
        _ = try await AppProxy(on: host).setEnabled(false, app)
        let web = try await Ps(on: host).instances(of: app).filter { $0.state == .live }
        #expect(web.count == 2)
        #expect(try await Urls(on: host).demanded(of: app) == web.map { "http://\($0.address):5000" })
    }

    @Test(arguments: [
        ("caddy", [], "http://a.example http://b.example"),
        ("caddy", ["tls-internal"], "https://a.example https://b.example"),
        ("traefik", ["letsencrypt-email"], "https://a.example https://b.example"),
        ("haproxy", [], "http://a.example http://b.example"),
        ("openresty", [], "http://a.example http://a.example:8081 http://b.example http://b.example:8081"),
        (
            "openresty", ["letsencrypt-email"],
            "http://a.example http://a.example:8081 https://a.example "
                + "http://b.example http://b.example:8081 https://b.example"
        ),
    ])
    func `of an app behind another proxy are as that one serves it`(type: String, set: [String], urls: String)
        async throws
    {
        let app = try await host.deployedApp()
        let names = try ["a.example", "b.example", "*.b.example"].map { try DomainName($0) }
        _ = try await Domains(on: host).change(app, "domains:set") { _ in names }
        let mappings = try ["http:80:5000", "http:8081:5000", "https:443:5000"].map { try PortMapping($0) }
        _ = try await Ports(on: host).change(app, "set") { _ in mappings }
        _ = try await AppProxy(on: host).set(AppProxy.type, to: type, of: app)
        let proxy = try #require(AlternateProxy.named(type))
        for name in set {
            let property = try #require(proxy.properties.first { $0.name == name })
            let isForAll = property.scope == .global
            let value = name == "tls-internal" ? "true" : "ana@example.com"
            _ = try await Properties(type, on: host).set(property, to: value, of: isForAll ? nil : app)
        }
        #expect(try await Urls(on: host).demanded(of: app).joined(separator: " ") == urls)
    }
}
