import Core
import Files
import Probes
import Programs
import SystemPackage
import Testing

@testable import Proxying

@Suite(.timeLimit(.minutes(2))) struct `A real nginx` {
    private let host: TestNginx

    init() async throws {
        host = try TestNginx()
        try await host.start()
    }

    @Test func `serves what is published, moves to what is published next, forgets what is withdrawn`() async throws {
        try await host.nginx.publish([host.site("shop"), host.site("blog", to: [1])])
        #expect(try await host.ask("shop").text == host.instances[0])
        #expect(try await host.ask("blog").text == host.instances[1])

        try await host.nginx.publish([host.site("shop", to: [2])])
        #expect(try await host.ask("shop").text == host.instances[2])
        #expect(try await host.ask("blog").text == host.instances[1])
        #expect(try host.nginx.isServing(host.site("shop", to: [2])))
        #expect(try !host.nginx.isServing(host.site("shop", to: [0])))

        try await host.nginx.withdraw(["shop0001", "never0001", "../x"])
        #expect(try host.nginx.configuration(of: "shop0001") == nil)
        await #expect(throws: ProbeError.closedEarly) { try await host.ask("shop") }
        #expect(try await host.ask("blog").text == host.instances[1])
        try await host.nginx.check()
    }

    @Test func `accepts every fixture`() async throws {
        let sites = Fixture.all.enumerated().map { index, fixture in
            var site = fixture.site
            let files = CertificateFiles(certificate: Fixture.path("shop.pem"), key: Fixture.path("shop.key"))
            site.id = "fixture\(index)"
            site.certificate = site.certificate.map { _ in files }
            site.includes = site.includes.map { _ in host.folder.appending("own") }
            site.options["access-log-path"] = nil
            return site
        }
        try await host.nginx.publish(sites)
    }

    @Test func `does nothing when nothing changed`() async throws {
        try await host.nginx.publish([host.site("shop")])
        let generation = try host.nginx.generation()
        try await host.nginx.publish([host.site("shop")])
        try await host.nginx.install()
        #expect(try host.nginx.generation() == generation)
        try await host.nginx.publish([host.site("shop", to: [1])])
        #expect(try host.nginx.generation() > generation)
    }

    @Test func `tells an instance who asks`() async throws {
        try await host.nginx.publish([host.site("shop")])
        let plain = try await host.ask("shop", "/headers", headers: ["Proxy": "evil", "X-Forwarded-For": "6.6.6.6"])
        let client = plain.text.split(separator: "|")[2]
        #expect(
            plain.text == "shop.example.com|close|\(client)|http|8080|".replacing("|\(client)", with: "||\(client)")
        )
        let socket = try await host.ask("shop", "/headers", headers: ["Upgrade": "websocket"])
        #expect(socket.text.hasPrefix("shop.example.com|upgrade|websocket|127."))
    }

    @Test func `takes x-forwarded values, kept connections and sizes from properties`() async throws {
        let options = ["x-forwarded-for-value": "$http_x_forwarded_for", "proxy-keepalive": "4"]
        try await host.nginx.publish([host.site("shop", options: options)])
        let answer = try await host.ask("shop", "/headers", headers: ["X-Forwarded-For": "6.6.6.6"])
        #expect(answer.text == "shop.example.com|||6.6.6.6|http|8080|")
    }

    @Test func `takes sizes of buffers one at a time, in any order`() async throws {
        let names = ["proxy-buffer-size", "proxy-buffers", "proxy-busy-buffers-size"]
        let recipes = [
            ["128k", "4 256k", "256k"], ["16k", "8 16k", "32k"], ["1k", "4 1k", "2k"], ["8k", "2 8k", "8k"],
            ["1m", "16 1m", "4m"], ["512", "16 2k", "30k"],
        ]
        for recipe in recipes {
            // Each of the seven ways to have set some of them.
            let sites = (1...7).map { part in
                let options = zip(names, recipe).enumerated().filter { part & 1 << $0.offset != 0 }.map(\.element)
                return host.site("shop\(part)", options: Dictionary(uniqueKeysWithValues: options))
            }
            try await host.nginx.rehearse(sites)
        }
    }

    @Test func `leaves room for what an app's own file says`() async throws {
        try host.write(host.folder.appending("own/shop/upload.conf"), "client_max_body_size 9m; keepalive_timeout 9s;")
        try await host.nginx.publish([host.site("shop")])
        #expect(try await host.ask("shop").status == 200)
    }

    @Test func `names its log files and writes to them`() async throws {
        let site = host.site("shop", options: ["error-log-path": "off"])
        try await host.nginx.publish([site])
        let files = try #require(host.nginx.logFiles(of: [site]).first)
        #expect(files == LogFiles(access: host.layout.logFolder.appending("shop-access.log")))
        _ = try await host.ask("shop", "/found-in-the-log")
        let path = try #require(files.access)
        // nginx writes the line after the answer; the suite's time limit bounds the wait.
        while try readFile(path).map({ String(decoding: $0, as: UTF8.self).contains("/found-in-the-log ") }) != true {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `hides a dead instance`() async throws {
        // Port 5001 of an instance's address is refused.
        var site = host.site("shop", to: [0, 1])
        site.mappings[0].upstream.insert("\(host.instances[2]):5001", at: 0)
        try await host.nginx.publish([site])
        for _ in 0..<30 { #expect(try await host.ask("shop").status == 200) }
    }

    @Test func `answers 503 for what does not run and nothing to a stranger`() async throws {
        var site = host.site("shop")
        site.state = .unavailable
        try await host.nginx.publish([site, Site(id: "bare", title: "bare", names: ["bare.example.com"])])
        let answer = try await host.ask("shop")
        #expect(answer.status == 503 && answer.text == "shop is not running\n")
        await #expect(throws: ProbeError.closedEarly) { try await host.ask("stranger") }
    }

    @Test func `speaks TLS for names with a certificate and refuses the others`() async throws {
        try await host.nginx.publish([host.site("shop", tls: true), host.site("plain", to: [1])])
        let redirect = try await host.ask("shop", "/a?b=c")
        #expect(redirect.status == 301)
        #expect(redirect.headers["location"] == "https://shop.example.com:8443/a?b=c")
        try await withTLSClient { client in
            let answer = try await client("shop.example.com")
            #expect(answer.text == host.instances[0])
            #expect(answer.headers["strict-transport-security"] == "max-age=15724800; includeSubDomains")
            #expect(try await client("plain.example.com").status == 502)
            #expect(try await client("stranger.example.com").status == 502)
        }
    }

    /// Asks over TLS by way of another site whose own file passes on to our https port: nginx is the client here.
    private func withTLSClient(_ body: ((String) async throws -> HTTPAnswer) async throws -> Void) async throws {
        let target = "\(host.layout.generationAddress):\(host.layout.httpsPort)"
        try host.write(
            host.folder.appending("own/client/a.conf"),
            """
            location /tls { proxy_pass https://\(target)/; proxy_ssl_server_name on; proxy_ssl_name $arg_name;
                            proxy_set_header Host $arg_name; proxy_ssl_session_reuse off; }
            """
        )
        try await host.nginx.publish([host.site("client", to: [3])])
        try await body { try await host.ask("client", "/tls?name=\($0)") }
    }
}
