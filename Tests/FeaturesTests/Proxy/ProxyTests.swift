import ArgumentParser
import Core
import Proxying
import Scheduling
import Store
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

    @Test func `disabled is a property too, with the same effect`() async throws {
        let app = try await host.deployedApp()
        try await run(try ProxySet.parse(["shop", "disabled", "true"]))
        #expect(fake.proxy.sites[app.id.text] == nil)
        #expect(try await AppProxy(on: host).isEnabled(app) == false)
        try await run(try ReportCommand<ProxyCommands>.parse(["shop", "--proxy-disabled"]))
        try await run(try ReportCommand<ProxyCommands>.parse(["shop", "--proxy-computed-disabled"]))
        #expect(fake.transcript.answer == "true\ntrue\n")
        try await run(try ProxySet.parse(["shop", "disabled", "false"]))
        #expect(fake.proxy.sites[app.id.text] != nil)
        try await run(try ProxySet.parse(["shop", "disabled", "true"]))
        try await run(try ProxySet.parse(["shop", "disabled"]))
        #expect(try await AppProxy(on: host).isEnabled(app))
        try await run(try ProxySet.parse(["shop", "disabled"]))
        #expect(fake.transcript.progress.hasSuffix("disabled is unchanged\n"))
        for words in [["shop", "disabled", "maybe"], ["--global", "disabled", "true"]] {
            await #expect(throws: Failure.self) { try await run(try ProxySet.parse(words)) }
        }
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
        await #expect(throws: Failure.self) { try await ProxySet.parse(["shop", "type", "apache"]).run(on: host) }
    }

    @Test func `the report says whether it is on`() async throws {
        let app = try await host.deployedApp()
        _ = try await AppProxy(on: host).setEnabled(false, app)
        try await ReportCommand<ProxyCommands>.parse(["shop", "--proxy-enabled"]).run(on: host)
        try await ReportCommand<ProxyCommands>.parse(["shop", "--proxy-computed-type"]).run(on: host)
        #expect(fake.transcript.answer == "false\nnginx\n")
    }

    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }

    /// An app whose rows say that it is live; nothing was deployed.
    private func liveApp(_ name: String) async throws {
        let app = try await Apps(on: host).create(try AppName(name))
        let release = Release(
            app: app.id,
            number: 1,
            status: .live,
            facts: SourceFacts(),
            settings: Settings(),
            reason: "seed",
            caller: "ana",
            createdAt: host.time.now()
        )
        try await host.store.write { database in
            try ReleasesTable.insert(release, database)
            try AppsTable.setCurrent(1, of: app.id, database)
        }
    }

    @Test func `all apps are told with one test and one reload`() async throws {
        for number in 1...200 { try await liveApp("app-\(number)") }
        let before = fake.proxy.publications
        try await run(try ProxyBuildConfig.parse(["--all", "--parallel", "4"]))
        #expect(fake.proxy.publications == before + 1)
        #expect(fake.proxy.sites.count == 200)
        await #expect { try await run(try ProxyBuildConfig.parse(["--all", "--parallel", "-2"])) } throws: {
            ($0 as? Failure)?.code == .usage
        }
    }

    @Test func `what is cleared is told again`() async throws {
        let app = try await host.deployedApp()
        try await run(try ProxyClearConfig.parse(["shop"]))
        #expect(fake.proxy.sites[app.id.text] == nil)
        try await run(try ProxyBuildConfig.parse(["shop"]))
        #expect(fake.proxy.sites[app.id.text] != nil)
        try await run(try ProxyClearConfig.parse(["--all"]))
        #expect(fake.proxy.sites.isEmpty)
    }

    @Test func `an app that does not exist, or none at all`() async throws {
        for command: any HostCommand in [
            try ProxyBuildConfig.parse(["none"]), try ProxyClearConfig.parse(["none"]), try ProxyEnable.parse(["none"]),
            try ProxyDisable.parse(["none"]), try ProxySet.parse(["none", "type", "nginx"]),
            try ReportCommand<ProxyCommands>.parse(["none"]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .noSuchApp }
        }
        for command: any HostCommand in [
            try ProxyBuildConfig.parse([]), try ProxyClearConfig.parse([]), try ProxyEnable.parse([]),
            try ProxySet.parse([]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .usage }
        }
    }

    @Test func `another proxy takes an app out of nginx at once, and its labels come with the next release`()
        async throws
    {
        let app = try await host.deployedApp()
        _ = try await Domains(on: host).change(app, "domains:set") { _ in [try DomainName("shop.example.com")] }
        try await run(try ProxySet.parse(["shop", "caddy"]))
        #expect(fake.proxy.sites[app.id.text] == nil)
        #expect(fake.transcript.progress.contains("takes effect at the next restart"))
        try await run(try AlternateLabelsAdd<CaddyCommands>.parse(["shop", "caddy.log", "yes"]))
        try await Control(on: host).restart(app, only: nil)
        let labels = try #require(fake.scheduler.entries["c2"]?.workload.labels)
        #expect(labels["caddy"] == "http://shop.example.com")
        #expect(labels["caddy.reverse_proxy"] == "{{ upstreams 5000 }}")
        #expect(labels["caddy.log"] == "yes")
        #expect(fake.proxy.sites[app.id.text] == nil)
        // A rollback brings back who served it.
        let old = try await Releases(on: host).find(1, of: app)
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(old), settings: old.settings, source: "git-push", reason: "back"),
            on: app
        )
        #expect(fake.proxy.sites[app.id.text] != nil)
        #expect(
            try await Alternates(.caddy, on: host).ownLabels(of: app)["caddy.log"] == "yes",
            "v1 knew nothing of it"
        )
    }

    @Test func `the report has Dokku's keys`() async throws {
        _ = try await host.deployedApp()
        try await run(try ReportCommand<ProxyCommands>.parse(["shop", "--format", "json"]))
        let keys = [
            "computed-disabled", "computed-proxy-port", "computed-proxy-ssl-port", "computed-type", "disabled",
            "enabled",
            "global-proxy-port", "global-proxy-ssl-port", "global-type", "proxy-port", "proxy-ssl-port", "type",
        ]
        for key in keys { #expect(fake.transcript.answer.contains("\"\(key)\":"), "\(key)") }
        #expect(fake.transcript.answer.contains("\"computed-proxy-port\":\"80\""))
    }
}
