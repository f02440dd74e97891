import Core
import Files
import Probes
import SystemPackage
import Testing

@testable import Proxying

@Suite(.timeLimit(.minutes(2))) struct `An app with a template of its own` {
    private let host: TestNginx

    init() async throws {
        host = try TestNginx()
        try await host.start()
    }

    /// What most such files are: Dokku's own, with something added.
    private static let usual = """
        {{ range $port_map := .PROXY_PORT_MAP | split " " }}
        {{ $port_map_list := $port_map | split ":" }}
        {{ $scheme := index $port_map_list 0 }}
        {{ $listen_port := index $port_map_list 1 }}
        {{ $upstream_port := index $port_map_list 2 }}

        {{ if eq $scheme "http" }}
        server {
          listen      {{ if $.NGINX_BIND_ADDRESS_IP4 }}{{ $.NGINX_BIND_ADDRESS_IP4 }}:{{ end }}{{ $listen_port }};
          {{ if $.NOSSL_SERVER_NAME }}server_name {{ $.NOSSL_SERVER_NAME }}; {{ end }}
          access_log  {{ $.NGINX_ACCESS_LOG_PATH }}{{ if and ($.NGINX_ACCESS_LOG_FORMAT) (ne $.NGINX_ACCESS_LOG_PATH "off") }} {{ $.NGINX_ACCESS_LOG_FORMAT }}{{ end }};
          error_log   {{ $.NGINX_ERROR_LOG_PATH }};
          client_max_body_size {{ $.CLIENT_MAX_BODY_SIZE }};
          include {{ $.DOKKU_ROOT }}/{{ $.APP }}/nginx.conf.d/*.conf;
          location    / {
            proxy_pass  http://{{ $.APP }}-{{ $upstream_port }};
            proxy_http_version 1.1;
            add_header X-Colour "{{ var "COLOUR" }}" always;
          }
        }
        {{ else if eq $scheme "https" }}
        server {
          listen {{ $.NGINX_BIND_ADDRESS_IP4 }}:{{ $listen_port }} ssl;
          server_name {{ $.SSL_SERVER_NAME }};
          ssl_certificate     {{ $.APP_SSL_PATH }}/server.crt;
          ssl_certificate_key {{ $.APP_SSL_PATH }}/server.key;
          location / { proxy_pass http://{{ $.APP }}-{{ $upstream_port }}; }
        }
        {{ end }}
        {{ end }}

        {{ if $.DOKKU_APP_WEB_LISTENERS }}
        {{ range $upstream_port := $.PROXY_UPSTREAM_PORTS | split " " }}
        upstream {{ $.APP }}-{{ $upstream_port }} {
        {{ range $listeners := $.DOKKU_APP_WEB_LISTENERS | split " " }}
        {{ $listener_list := $listeners | split ":" }}
        {{ $listener_ip := index $listener_list 0 }}
          server {{ $listener_ip }}:{{ $upstream_port }};{{ end }}
        }
        {{ end }}{{ end }}
        """

    private func site(_ text: String, to instances: [Int] = [0], tls: Bool = false) -> Site {
        var site = host.site("shop", to: instances, tls: tls)
        site.includes = host.layout.snippets(of: site.id)
        site.template = SiteTemplate(
            path: "nginx.conf.sigil",
            text: text,
            variables: ["COLOUR": "blue"],
            listeners: ["web": instances.map { "\(host.instances[$0]):5000" }]
        )
        return site
    }

    @Test func `is served by it, with its snippets, and follows its instances`() async throws {
        let snippets = host.layout.snippets(of: "shop0001")
        try host.write(snippets.appending("a.conf"), "location = /extra { return 200 extra; }\n")
        try await host.nginx.publish([site(Self.usual, tls: true)])
        let answer = try await host.ask("shop")
        #expect(answer.text == host.instances[0])
        #expect(answer.headers["x-colour"] == "blue")
        #expect(try await host.ask("shop", "/extra").text == "extra")
        try await host.nginx.publish([site(Self.usual, to: [1])])
        #expect(try await host.ask("shop").text == host.instances[1])
        #expect(try host.nginx.isServing(site(Self.usual, to: [1])))
    }

    @Test func `that nginx refuses keeps what was served, and names the template's line`() async throws {
        try await host.nginx.publish([site(Self.usual)])
        let broken = Self.usual.replacing("proxy_http_version 1.1;", with: "no_such_thing on;")
        for work in [host.nginx.publish, host.nginx.rehearse] {
            await #expect {
                try await work([site(broken, to: [1])])
            } throws: { error in
                guard case .refused(let refusal)? = error as? ProxyError else { return false }
                return refusal.file == "nginx.conf.sigil" && refusal.line == 17 && refusal.owner?.title == "shop"
                    && refusal.reason.contains("no_such_thing")
            }
        }
        #expect(try await host.ask("shop").text == host.instances[0])
        await #expect(
            throws: ProxyError.badTemplate(
                title: "shop",
                place: "nginx.conf.sigil line 2",
                reason: "there is no function \"nosuch\""
            )
        ) { try await host.nginx.publish([site("\n{{ nosuch }}")]) }
        await #expect {
            try await host.nginx.publish([site("server {\n listen 80;\n include /etc/shadow;\n}")])
        } throws: { error in
            guard case .badTemplate(_, let place, _)? = error as? ProxyError else { return false }
            return place == "nginx.conf.sigil line 3"
        }
    }

    @Test func `is rehearsed without a trace`() async throws {
        try await host.nginx.rehearse([site(Self.usual)])
        #expect(try host.nginx.configuration(of: "shop0001") == nil)
        #expect(try readFile(host.layout.journal) == nil)
        try await host.nginx.publish([site(Self.usual)])
        let text = try host.nginx.configuration(of: "shop0001")
        try await host.nginx.rehearse([site(Self.usual, to: [1])])
        #expect(try host.nginx.configuration(of: "shop0001") == text)
    }

    @Test func `is left out when it is stopped, worked on, or not to be used`() async throws {
        var stopped = site(Self.usual, to: [])
        stopped.state = .unavailable
        try await host.nginx.publish([stopped])
        #expect(try await host.ask("shop").status == 503)
        var plain = site("server { broken")
        plain.options["disable-custom-config"] = "true"
        try await host.nginx.publish([plain])
        #expect(try await host.ask("shop").text == host.instances[0])
    }

    @Test func `a page stands in for everything while it is worked on`() async throws {
        var away = site(Self.usual)
        away.maintenance = MaintenancePage(retryAfter: 60)
        try await host.nginx.publish([away])
        var answer = try await host.ask("shop", "/any")
        #expect(answer.status == 503 && answer.text.contains("shop is being worked on"))
        #expect(answer.headers["retry-after"] == "60" && answer.headers["cache-control"] == "no-store")
        let folder = host.folder.appending("page")
        try host.write(folder.appending("page.html"), "<h1>soon</h1>")
        try host.write(folder.appending("assets/a.css"), "h1 {}")
        away.maintenance = MaintenancePage(folder: folder)
        try await host.nginx.publish([away])
        for path in ["/", "/deep/er", "/page.html", "/slipway-maintenance"] {
            answer = try await host.ask("shop", path)
            #expect(answer.status == 503 || path == "/slipway-maintenance", "\(path)")
            #expect(answer.headers["retry-after"] == "300" || path == "/slipway-maintenance", "\(path)")
        }
        #expect(answer.status == 404 || answer.status == 503)
        #expect(try await host.ask("shop").text == "<h1>soon</h1>")
        let asset = try await host.ask("shop", "/a.css")
        #expect(asset.status == 200 && asset.text == "h1 {}")
        try await host.nginx.publish([site(Self.usual)])
        #expect(try await host.ask("shop").text == host.instances[0])
    }
}

@Suite(.timeLimit(.minutes(2))) struct `nginx is mended, ended and started` {
    private let host: TestNginx

    init() async throws {
        host = try TestNginx()
        try await host.start()
    }

    private func site(_ title: String) -> Site {
        var site = host.site(title)
        site.includes = host.layout.snippets(of: site.id)
        return site
    }

    @Test func `what is ours and broken is taken away, and only that`() async throws {
        try await host.nginx.publish([site("shop"), site("blog")])
        let (shop, blog) = (host.layout.snippets(of: "shop0001"), host.layout.snippets(of: "blog0001"))
        try host.write(shop.appending("good.conf"), "# fine\n")
        try host.write(shop.appending("bad.conf"), "no_such_thing;\n")
        try host.write(blog.appending("bad.conf"), "no_such_thing;\n")
        // Only the app that was named loses something.
        await #expect(throws: ProxyError.self) { try await host.nginx.clean("none0001") }
        let gone = try await host.nginx.clean(nil)
        #expect(Set(gone) == [shop.appending("bad.conf"), blog.appending("bad.conf")])
        #expect(try listFolder(shop) == ["bad.conf.broken", "good.conf"])
        #expect(try await host.nginx.clean(nil) == [])
        try host.write(host.layout.siteFile("shop0001"), "# slipway: app shop, site shop0001. x\nno_such_thing;\n")
        #expect(try await host.nginx.clean("shop0001") == [host.layout.siteFile("shop0001")])
        #expect(try await host.ask("blog").text == host.instances[0])
        try await host.nginx.publish([site("shop")])
        #expect(try await host.ask("shop").text == host.instances[0])
    }

    @Test func `what is not ours stays broken`() async throws {
        let main = try #require(try readFile(host.layout.mainConfiguration))
        try writeFile(host.layout.mainConfiguration, main + Array("no_such_thing;\n".utf8))
        await #expect(throws: ProxyError.self) { try await host.nginx.clean(nil) }
        await #expect(throws: ProxyError.self) { try await host.nginx.check() }
        try writeFile(host.layout.mainConfiguration, main)
    }

    @Test func `it ends and starts, and not with a broken configuration`() async throws {
        try await host.nginx.publish([site("shop")])
        #expect(try await host.nginx.start() == false)
        #expect(try await host.nginx.stop())
        #expect(try await host.nginx.stop() == false)
        let bad = host.layout.snippets(of: "shop0001").appending("bad.conf")
        try host.write(bad, "no_such_thing;\n")
        await #expect(throws: ProxyError.self) { try await host.nginx.start() }
        try removeFile(bad)
        #expect(try await host.nginx.start())
        #expect(try await host.ask("shop").text == host.instances[0])
    }
}
