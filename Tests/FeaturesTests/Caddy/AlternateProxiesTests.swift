import ArgumentParser
import Core
import Engine
import Proxying
import Support
import Synchronization
import Testing

@testable import Features

@Suite struct `proxies in containers` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }

    @Test func `are four with Dokku's properties`() {
        let names = Dictionary(
            uniqueKeysWithValues: AlternateProxy.all.map { ($0.noun, $0.properties.map(\.name).sorted()) }
        )
        let common = ["image", "letsencrypt-email", "letsencrypt-server", "log-level"]
        #expect(names["caddy"] == (common + ["polling-interval", "tls-internal"]).sorted())
        #expect(names["haproxy"] == (common + ["refresh-conf"]).sorted())
        #expect(names["openresty"]?.count == 27 + 5)
        #expect(
            names["traefik"]
                == (common + [
                    "api-enabled", "api-entry-point", "api-entry-point-address", "api-vhost", "basic-auth-username",
                    "basic-auth-password", "challenge-mode", "dashboard-enabled", "dns-provider", "http-entry-point",
                    "https-entry-point",
                ]).sorted()
        )
        for proxy in AlternateProxy.all {
            for property in proxy.properties where !property.fallback.isEmpty {
                #expect(throws: Never.self) { try property.validate(property.fallback) }
            }
        }
    }

    private func facts(_ values: [String: String] = [:], names: [String] = ["a.example", "b.example"]) throws
        -> AlternateProxy.Facts
    {
        AlternateProxy.Facts(
            app: try AppName("my.shop"),
            names: names,
            mappings: [try PortMapping("http:80:3000")],
            port: try Port(3000),
            values: values
        )
    }

    @Test func `each is told of an app in its own words, and of none without a name`() throws {
        #expect(
            AlternateProxy.caddy.labels(try facts())
                == ["caddy": "http://a.example, http://b.example", "caddy.reverse_proxy": "{{ upstreams 3000 }}"]
        )
        let secret = AlternateProxy.caddy.labels(try facts(["tls-internal": "true"]))
        #expect(secret["caddy"] == "a.example, b.example" && secret["caddy.tls"] == "internal")
        #expect(
            AlternateProxy.haproxy.labels(try facts(["letsencrypt-email": "a@b.example"])) == [
                "easyhaproxy.my-shop.host": "a.example,b.example", "easyhaproxy.my-shop.localport": "3000",
                "easyhaproxy.my-shop.port": "80", "easyhaproxy.my-shop.certbot": "true",
            ]
        )
        #expect(
            AlternateProxy.openresty.labels(try facts(["hsts": "false", "send-timeout": "60s"])) == [
                "openresty.domains": "a.example b.example", "openresty.port-mapping": "http:80:3000",
                "openresty.hsts": "false",
            ]
        )
        let traefik = AlternateProxy.traefik.labels(try facts(["letsencrypt-email": "a@b.example"]))
        #expect(traefik["traefik.http.routers.my-shop-web-http.rule"] == "Host(`a.example`) || Host(`b.example`)")
        #expect(traefik["traefik.http.services.my-shop-web.loadbalancer.server.port"] == "3000")
        #expect(traefik["traefik.http.routers.my-shop-web-https.tls.certresolver"] == "leresolver")
        for proxy in AlternateProxy.all { #expect(proxy.labels(try facts(names: [])).isEmpty) }
    }

    @Test func `what it is made from is shown, without a secret`() async throws {
        for words in [
            ["--global", "dashboard-enabled", "true"], ["--global", "basic-auth-username", "ana"],
            ["--global", "basic-auth-password", "hunter2"], ["--global", "dns-provider-AWS_KEY", "topsecret"],
            ["--global", "letsencrypt-email", "ana@example.com"],
        ] { try await run(try SetProperty<TraefikCommands>.parse(words)) }
        try await run(try AlternateShowConfig<TraefikCommands>.parse([]))
        try await run(try ReportCommand<TraefikCommands>.parse(["--global"]))
        let said = fake.transcript.answer + fake.transcript.progress
        #expect(said.contains("    image: \"traefik:v3.7.10\""))
        #expect(said.contains("AWS_KEY=******"))
        #expect(said.contains("acme.email=ana@example.com"))
        #expect(said.contains("Traefik global dns provider AWS_KEY:"))
        #expect(!said.contains("hunter2") && !said.contains("topsecret"))
        // SHA-1 of hunter2, as htpasswd -s writes it.
        let values = ["dashboard-enabled": "true", "basic-auth-username": "ana", "basic-auth-password": "hunter2"]
        let label = AlternateProxy.traefik.service(values, "net").labels[
            "traefik.http.middlewares.api-auth.basicauth.users"
        ]
        #expect(label == "ana:{SHA}87u+ZHfxa3DQ86wJqf6+lJkHkbg=" || label?.hasPrefix("ana:{SHA}") == true)
    }

    @Test(arguments: [
        ["--global", "image", "a b"], ["--global", "letsencrypt-email", "nobody"],
        ["--global", "polling-interval", "5"],
        ["--global", "log-level", "LOUD"], ["--global", "tls-internal", "yes"], ["--global", "nosuch", "1"],
        ["shop", "image", "x"], ["--global", "letsencrypt-server", "ftp://x"],
    ])
    func `bad values change nothing`(words: [String]) async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        await #expect(throws: Failure.self) { try await run(try SetProperty<CaddyCommands>.parse(words)) }
        try await run(try ReportCommand<CaddyCommands>.parse(["--global", "--format", "json"]))
        #expect(!fake.transcript.answer.contains("a b") && !fake.transcript.answer.contains("LOUD"))
    }

    @Test func `labels by hand are added, shown, removed, each of them twice`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        let add = try AlternateLabelsAdd<HaproxyCommands>.parse(["shop", "easyhaproxy.http.mode", "tcp"])
        try await run(add)
        try await run(add)
        #expect(fake.transcript.progress.hasSuffix("=====> label easyhaproxy.http.mode of shop is unchanged\n"))
        try await run(try AlternateLabelsShow<HaproxyCommands>.parse(["shop", "easyhaproxy.http.mode"]))
        try await run(try AlternateLabelsShow<HaproxyCommands>.parse(["shop", "--format", "json"]))
        #expect(fake.transcript.answer == "tcp\n{\"easyhaproxy.http.mode\":\"tcp\"}\n")
        await #expect { try await run(try AlternateLabelsShow<HaproxyCommands>.parse(["shop", "none"])) } throws: {
            ($0 as? Failure)?.code == .notFound
        }
        let remove = try AlternateLabelsRemove<HaproxyCommands>.parse(["shop", "easyhaproxy.http.mode"])
        try await run(remove)
        try await run(remove)
        #expect(fake.transcript.progress.hasSuffix("is unchanged\n"))
        for bad in ["a b", "", "slipway.app", "com.dokku.x", "a\n"] {
            await #expect(throws: Failure.self) {
                try await run(try AlternateLabelsAdd<HaproxyCommands>.parse(["shop", bad, "x"]))
            }
        }
        for command: any HostCommand in [
            try AlternateLabelsAdd<HaproxyCommands>.parse(["none", "a", "b"]),
            try AlternateLabelsRemove<HaproxyCommands>.parse(["none", "a"]),
            try AlternateLabelsShow<HaproxyCommands>.parse(["none"]),
            try AlternateShowConfig<HaproxyCommands>.parse(["none"]),
            try ReportCommand<HaproxyCommands>.parse(["none"]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .noSuchApp }
        }
    }

    @Test func `what an app would be told is shown before it is`() async throws {
        let app = try await host.deployedApp()
        _ = try await Domains(on: host).change(app, "domains:set") { _ in [try DomainName("shop.example.com")] }
        try await run(try AlternateShowConfig<CaddyCommands>.parse(["shop"]))
        #expect(fake.transcript.answer == "caddy=http://shop.example.com\ncaddy.reverse_proxy={{ upstreams 5000 }}\n")
    }

    /// An engine with one container, or none, that remembers what it was asked.
    private func withEngine(
        image: Bool = true,
        running: Bool? = nil,
        _ work: (Host, @Sendable () -> [String]) async throws -> Void
    ) async throws {
        let asked = Mutex<[String]>([])
        let state = Mutex(running)
        let server = try await StubHTTPServer { question in
            asked.withLock { $0.append("\(question.method) \(question.path)") }
            switch (question.method, question.path) {
            case ("GET", let path) where path.hasPrefix("/images/"):
                return image
                    ? .json(#"{"Id":"sha256:1","RootFS":{"Layers":[]}}"#)
                    : .json(#"{"message":"no such image"}"#, status: 404)
            case ("POST", "/images/create"): return .json(#"{"message":"no network"}"#, status: 500)
            case ("GET", let path) where path.hasPrefix("/containers/"):
                guard let isRunning = state.withLock({ $0 }) else { return .json(#"{"message":"none"}"#, status: 404) }
                return .json(Self.container(isRunning))
            case ("POST", "/containers/create"):
                state.withLock { $0 = false }
                return .json(#"{"Id":"c1"}"#, status: 201)
            case ("POST", let path) where path.hasSuffix("/start"):
                state.withLock { $0 = true }
                return StubHTTPServer.Reply(status: 204)
            case ("POST", let path) where path.hasSuffix("/stop"): return StubHTTPServer.Reply(status: 204)
            case ("DELETE", _):
                state.withLock { $0 = nil }
                return StubHTTPServer.Reply(status: 204)
            default: return .json(#"{"message":"not known here"}"#, status: 404)
            }
        }
        var host = host
        let engine = Engine(socket: server.socket, instance: host.settings.instance)
        host.engine = engine
        let result: Result<Void, any Error>
        do { result = .success(try await work(host) { asked.withLock { $0 } }) } catch { result = .failure(error) }
        await engine.shutdown()
        await server.stop()
        try result.get()
    }

    private static func container(_ isRunning: Bool) -> String {
        #"{"Id":"c1","Name":"/slipway-caddy-0badcafe","Image":"sha256:1","Created":"2026-01-01T00:00:00Z","#
            + #""State":{"Status":"\#(isRunning ? "running" : "exited")","Running":\#(isRunning),"Paused":false,"#
            + #""Restarting":false,"OOMKilled":false,"Dead":false,"Pid":1,"ExitCode":0,"Error":""},"#
            + #""RestartCount":0,"Config":{"Image":"x","Labels":{},"Env":[],"Cmd":[],"Tty":false},"#
            + #""HostConfig":{"RestartPolicy":{"Name":"no","MaximumRetryCount":0}},"NetworkSettings":{"Networks":{}}}"#
    }

    @Test func `it starts and ends once`() async throws {
        try await withEngine { host, asked in
            try await AlternateStart<CaddyCommands>.parse([]).run(on: host)
            #expect(asked().contains("POST /containers/create"))
            try await AlternateStart<CaddyCommands>.parse([]).run(on: host)
            #expect(fake.transcript.progress.hasSuffix("=====> caddy runs already: unchanged\n"))
            try await AlternateStop<CaddyCommands>.parse([]).run(on: host)
            try await AlternateStop<CaddyCommands>.parse([]).run(on: host)
            #expect(fake.transcript.progress.hasSuffix("=====> caddy does not run: unchanged\n"))
            await #expect { try await AlternateLogs<CaddyCommands>.parse([]).run(on: host) } throws: {
                ($0 as? Failure)?.code == .notFound
            }
        }
    }

    @Test func `one that has ended is made anew, and an image that cannot be had is named`() async throws {
        try await withEngine(running: false) { host, asked in
            try await AlternateStart<CaddyCommands>.parse([]).run(on: host)
            #expect(asked().contains { $0.hasPrefix("DELETE /containers/") })
        }
        try await withEngine(image: false) { host, asked in
            await #expect { try await AlternateStart<CaddyCommands>.parse([]).run(on: host) } throws: { error in
                (error as? Failure)?.what.contains("lucaslorentz/caddy-docker-proxy:2.13") == true
            }
            #expect(!asked().contains("POST /containers/create"))
        }
    }

    @Test func `it does not start where nginx has its ports`() async throws {
        try await withEngine { host, asked in
            var host = host
            host.settings.httpPort = 80
            await #expect { try await AlternateStart<CaddyCommands>.parse([]).run(on: host) } throws: {
                ($0 as? Failure)?.fix?.hasPrefix("slipway nginx:stop") == true
            }
            #expect(!asked().contains("POST /containers/create"))
        }
    }
}
