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
        await #expect { _ = try await Urls(on: host).demanded(of: app) } throws: {
            ($0 as? Failure)?.fix == "slipway proxy:enable shop"
        }
    }
}
