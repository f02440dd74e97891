import ArgumentParser
import Core
import Files
import Proxying
import SystemPackage
import Testing

@testable import Features

@Suite struct `nginx` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func option(_ name: String, _ app: App) -> String? { fake.proxy.sites[app.id.text]?.options[name] }
    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }
    private func set(_ words: String...) async throws {
        try await run(try SetProperty<NginxCommands>.parse(words))
    }

    @Test func `a property holds at once, and unset is back to the default`() async throws {
        let app = try await host.deployedApp()
        try await set("shop", "client-max-body-size", "50m")
        #expect(option("client-max-body-size", app) == "50m")
        #expect(
            fake.transcript.progress.contains("=====> Setting client-max-body-size to 50m\n       nginx has been told")
        )
        try await set("shop", "client-max-body-size", "50m")
        #expect(fake.transcript.progress.hasSuffix("=====> client-max-body-size is unchanged\n"))
        try await set("shop", "client-max-body-size")
        #expect(option("client-max-body-size", app) == "1m")
        #expect(fake.transcript.progress.contains("=====> Unsetting client-max-body-size"))
    }

    @Test func `a global property reaches every app that has none of its own`() async throws {
        let (one, two) = (try await host.deployedApp("one"), try await host.deployedApp("two"))
        try await set("one", "hsts", "false")
        let before = fake.proxy.publications
        try await set("--global", "proxy-read-timeout", "90s")
        try await set("--global", "hsts", "true")
        #expect(fake.proxy.publications == before + 2)
        #expect(option("proxy-read-timeout", one) == "90s" && option("proxy-read-timeout", two) == "90s")
        #expect(option("hsts", one) == "false" && option("hsts", two) == "true")
        try await set("two", "hsts", "false")
        try await set("two", "hsts")
        #expect(option("hsts", two) == "true")
    }

    @Test func `a command for nginx is kept, and said to have no effect`() async throws {
        _ = try await host.deployedApp()
        try await set("shop", "nginx-service-command", "sudo nginx -s reload")
        #expect(fake.transcript.progress.contains("nginx-service-command has no effect here"))
        try await run(try ReportCommand<NginxCommands>.parse(["shop", "--nginx-nginx-service-command"]))
        #expect(fake.transcript.answer == "sudo nginx -s reload\n")
    }

    @Test func `what nginx refuses is not kept, for one app or for all`() async throws {
        let app = try await host.deployedApp()
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        for words in [["shop", "hsts", "false"], ["--global", "hsts", "false"]] {
            await #expect { try await run(try SetProperty<NginxCommands>.parse(words)) } throws: {
                ($0 as? Failure)?.code == .proxyRefused
            }
        }
        let property = try #require(NginxCommands.properties.first { $0.name == "hsts" })
        #expect(try await Properties("nginx", on: host).effective(property, of: app) == "true")
    }

    @Test(arguments: [
        ["shop", "client-max-body-size", "1m; } server {"], ["shop", "proxy-read-timeout", "soon"],
        ["shop", "nosuch", "1"],
        ["--global", "hsts", "maybe"], ["shop", "access-log-path", "/etc/passwd"], ["shop"],
    ])
    func `a value that nginx must not see changes nothing`(words: [String]) async throws {
        let app = try await host.deployedApp()
        let site = fake.proxy.sites[app.id.text]
        await #expect { try await run(try SetProperty<NginxCommands>.parse(words)) } throws: {
            [.malformed, .usage].contains(($0 as? Failure)?.code)
        }
        #expect(fake.proxy.sites[app.id.text] == site)
    }

    @Test func `an app that does not exist has no properties, logs or text`() async throws {
        for command: any HostCommand in [
            try SetProperty<NginxCommands>.parse(["none", "hsts", "false"]), try NginxAccessLogs.parse(["none"]),
            try NginxErrorLogs.parse(["none"]), try NginxShowConfig.parse(["none"]),
            try NginxValidateConfig.parse(["none"]), try ReportCommand<NginxCommands>.parse(["none"]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .noSuchApp }
        }
    }

    @Test func `the path of a template is for the next push, and one that is off is passed over`() async throws {
        let app = try await host.deployedApp()
        try await set("shop", "nginx-conf-sigil-path", "conf/nginx.conf.sigil")
        #expect(fake.transcript.progress.hasSuffix("takes effect with the next push\n"))
        let nginx = Nginx(on: host)
        let read: (String) async throws -> [UInt8]? = { $0 == "conf/nginx.conf.sigil" ? Array("server {}".utf8) : nil }
        let found = try await nginx.template(for: app, reading: read)
        #expect(found == NginxTemplate(path: "conf/nginx.conf.sigil", text: "server {}"))
        await #expect(throws: Failure.self) { try await nginx.template(for: app) { _ in [0xff, 0xfe] } }
        try await set("shop", "disable-custom-config", "true")
        #expect(try await nginx.template(for: app, reading: read) == nil)
    }

    @Test func `a template stands in the site of its release, with every process and variable`() async throws {
        let app = try await host.deployedApp()
        var release = try #require(try await Releases(on: host).current(of: app))
        release.facts.nginxTemplate = NginxTemplate(path: "nginx.conf.sigil", text: "x")
        release.settings.config = [try ConfigKey("COLOUR"): "blue"]
        let worker = try ProcessType("worker")
        let site = try await Nginx(on: host).site(
            of: app,
            serving: release,
            at: [.web: ["10.0.0.1"], worker: ["10.0.0.2"]]
        )
        #expect(
            site.template
                == SiteTemplate(
                    path: "nginx.conf.sigil",
                    text: "x",
                    variables: ["COLOUR": "blue"],
                    listeners: ["web": ["10.0.0.1:5000"], "worker": ["10.0.0.2:5000"]]
                )
        )
        // Another text is another release, and one goes back to it.
        #expect(release.facts.facts(.options)["nginx template"]?.shown == "nginx.conf.sigil, 1 lines")
    }

    @Test func `a template is tried before anything is built, unless nginx does not serve the app`() async throws {
        let app = try await host.deployedApp()
        var release = try #require(try await Releases(on: host).current(of: app))
        let nginx = Nginx(on: host)
        try await nginx.rehearse(release, of: app)
        #expect(fake.proxy.rehearsed.isEmpty)
        release.facts.nginxTemplate = NginxTemplate(path: "nginx.conf.sigil", text: "x")
        _ = try await Maintenance(on: host).turn(true, app)
        try await nginx.rehearse(release, of: app)
        let tried = try #require(fake.proxy.rehearsed.last)
        #expect(tried.mappings.map(\.upstream) == [["127.0.0.1:5000"]])
        #expect(tried.template?.listeners == ["web": ["127.0.0.1:5000"]] && tried.maintenance == nil)
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect { try await nginx.rehearse(release, of: app) } throws: {
            ($0 as? Failure)?.code == .proxyRefused
        }
        fake.proxy.refuse(with: nil)
        _ = try await AppProxy(on: host).setEnabled(false, app)
        try await nginx.rehearse(release, of: app)
        #expect(fake.proxy.rehearsed.count == 1)
    }

    @Test func `the report has raw, computed and global of all properties`() async throws {
        _ = try await host.deployedApp()
        try await set("shop", "hsts", "false")
        try await run(try ReportCommand<NginxCommands>.parse(["shop"]))
        let lines = fake.transcript.answer.split(separator: "\n")
        for property in NginxProperty.all {
            let label = property.name.replacing("-", with: " ")
            for prefix in ["Nginx ", "Nginx computed ", "Nginx global "] {
                #expect(lines.contains { $0.hasPrefix("       \(prefix)\(label):") }, "\(prefix)\(label)")
            }
        }
        #expect(lines.contains { $0.hasPrefix("       Nginx last visited at:") })
        let before = fake.transcript.answer
        try await run(try ReportCommand<NginxCommands>.parse(["shop", "--nginx-computed-hsts"]))
        try await run(try ReportCommand<NginxCommands>.parse(["shop", "--nginx-computed-send-timeout"]))
        #expect(fake.transcript.answer == before + "false\n60s\n")
    }

    @Test func `the report of all has what is set for all and nothing else`() async throws {
        try await set("--global", "hsts", "false")
        try await run(try ReportCommand<NginxCommands>.parse(["--global"]))
        let lines = fake.transcript.answer.split(separator: "\n").dropFirst()
        #expect(lines.count == NginxProperty.all.count)
        #expect(lines.allSatisfy { $0.hasPrefix("       Nginx global ") })
        #expect(lines.contains { $0.hasPrefix("       Nginx global hsts:") && $0.hasSuffix("false") })
    }

    @Test func `logs that are off or not there say so`() async throws {
        _ = try await host.deployedApp()
        // The fake proxy logs nothing.
        for command: any HostCommand in [
            try NginxAccessLogs.parse(["shop"]), try NginxErrorLogs.parse(["shop", "-t"]),
        ] {
            await #expect { try await run(command) } throws: { error in
                (error as? Failure)?.code == .notFound && (error as? Failure)?.what.hasSuffix("is turned off") == true
            }
        }
        let log = NginxLog(path: fake.folder.appending("none.log"), kind: "access", app: try AppName("shop"))
        await #expect { try await log.show(follow: false, host) } throws: { ($0 as? Failure)?.code == .notFound }
    }

    @Test func `the last twenty lines of a log are shown, cleaned`() async throws {
        let path = fake.folder.appending("access.log")
        defer { try? removeTree(fake.folder) }
        try writeFile(path, Array((1...30).map { "line \($0)\u{1b}[31m\n" }.joined().utf8))
        try await NginxLog(path: path, kind: "access", app: try AppName("shop")).show(follow: false, host)
        #expect(fake.transcript.answer == (11...30).map { "line \($0)\n" }.joined())
    }

    @Test func `validate, reload, start and stop say what they did`() async throws {
        try await run(try NginxValidateConfig.parse([]))
        try await run(try NginxValidateConfig.parse(["--clean"]))
        try await run(try NginxReload.parse([]))
        try await run(try NginxStart.parse([]))
        try await run(try NginxStop.parse([]))
        #expect(fake.transcript.progress.contains("=====> nginx runs already: unchanged"))
        #expect(fake.transcript.progress.contains("=====> nginx does not run: unchanged"))
        #expect(fake.transcript.progress.hasPrefix("-----> nginx accepts its configuration\n"))
        #expect(Features.command(named: "nginx:validate") == NginxValidateConfig.self)
        #expect(Features.command(named: "nginx:show-conf") == NginxShowConfig.self)
    }
}
