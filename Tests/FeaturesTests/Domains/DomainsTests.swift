import Core
import Proxying
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
}
