import ArgumentParser
import Core
import Proxying
import Testing

@testable import Features

@Suite struct `proxy` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func ports(_ app: App) -> [Int]? { fake.proxy.sites[app.id.text]?.mappings.map(\.hostPort) }

    @Test func `an app that is turned off is withdrawn, also over its next deploys, and comes back`() async throws {
        let app = try await host.deployedApp()
        #expect(fake.proxy.sites[app.id.text] != nil)
        #expect(try await AppProxy(on: host).setEnabled(false, app))
        #expect(try await AppProxy(on: host).setEnabled(false, app) == false)
        #expect(fake.proxy.sites[app.id.text] == nil)
        try await Control(on: host).restart(app, only: nil)
        try await Nginx(on: host).publishAll()
        #expect(fake.proxy.sites[app.id.text] == nil)
        #expect(try await Ps(on: host).instances(of: app).contains { $0.state == .live })
        #expect(try await AppProxy(on: host).setEnabled(true, app))
        let live = try await Ps(on: host).instances(of: app).filter { $0.state == .live }
        #expect(fake.proxy.sites[app.id.text]?.mappings.first?.upstream == live.map { "\($0.address):5000" })
    }

    @Test func `what the proxy refuses stays off`() async throws {
        let app = try await host.deployedApp()
        _ = try await AppProxy(on: host).setEnabled(false, app)
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await AppProxy(on: host).setEnabled(true, app) }
        #expect(try await AppProxy(on: host).isEnabled(app) == false)
    }

    @Test func `other ports stand in for 80 at once, and a refusal takes them back`() async throws {
        let app = try await host.deployedApp()
        try await ProxySet.parse(["shop", "proxy-port", "8088"]).run(on: host)
        #expect(ports(app) == [8088])
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await ProxySet.parse(["shop", "proxy-port", "8089"]).run(on: host) }
        fake.proxy.refuse(with: nil)
        try await Nginx(on: host).publish(app)
        #expect(ports(app) == [8088])
        try await ProxySet.parse(["shop", "proxy-port"]).run(on: host)
        #expect(ports(app) == [80])
    }

    @Test func `Dokku's older forms are understood or explained`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await ProxySet.parse(["shop", "nginx"]).run(on: host)
        #expect(fake.transcript.progress.contains("Setting type to nginx"))
        await #expect { try await ProxySet.parse(["shop", "http:80:5000"]).run(on: host) } throws: {
            ($0 as? Failure)?.fix?.contains("ports:set") == true
        }
        await #expect(throws: Failure.self) { try await ProxySet.parse(["shop", "type", "caddy"]).run(on: host) }
    }

    @Test func `the report says whether it is on`() async throws {
        let app = try await host.deployedApp()
        _ = try await AppProxy(on: host).setEnabled(false, app)
        try await ReportCommand<ProxyCommands>.parse(["shop", "--proxy-enabled"]).run(on: host)
        try await ReportCommand<ProxyCommands>.parse(["shop", "--proxy-computed-type"]).run(on: host)
        #expect(fake.transcript.answer == "false\nnginx\n")
    }
}
