import SystemPackage
import Testing

@testable import Proxying

@Suite struct `What an app's own template may not say` {
    private static let site = Site(
        id: "shop000001",
        title: "shop",
        names: ["shop.example.com", "*.shop.example"],
        certificate: CertificateFiles(certificate: "/c/own.crt", key: "/c/own.key"),
        mappings: [Mapping(scheme: .http, hostPort: 80, upstream: ["10.0.0.2:5000"])],
        includes: "/var/lib/slipway/nginx/own/shop000001/nginx.conf.d"
    )

    private func faults(_ text: String) -> [Int] {
        CustomText(site: Self.site, layout: .onHost).faults(in: text).map(\.line)
    }

    @Test(arguments: [
        "include /etc/shadow;", "include ../x;", "include '/etc/passwd';", "load_module x.so;",
        "error_log /etc/cron.d/x;",
        "access_log /var/lib/slipway/x.log;", "error_log /var/log/nginx/../x.log;", "server_name other.example.com;",
        "server_name shop.example.com other.example;", "server_name ~^.*$;", "server_name _;",
        "listen 80 default_server;",
        "listen unix:/run/x;", "ssl_certificate /c/other.crt;", "ssl_certificate_key \"/c/other.key\";",
        "root /var/lib/slipway;", "location / { alias /var/lib/slipway/certs/; }", "proxy_cache_path /etc;",
        "root /srv/../var/lib/slipway;",
        "proxy_ssl_certificate_key /var/lib/slipway/certs/a/b.key;",
        "client_body_temp_path /etc;", "proxy_store on;", "js_include x;", "perl_require x;",
        "content_by_lua_block { x }",
        "ser\\ver_name other;\nserver_name other;", "# fine\n}include /etc/shadow;",
        "server_name shop.example.com} other.example;", "server_name a}b;",
        "location a\\${ include /etc/shadow; }", "location \"a$\"{ include /etc/shadow; }",
        "server_name shop.example.com \"shop.example.com\")other.example;", "server_name sh\\op.example.com;",
        "server_name x#y;", "set $a b}; include /etc/shadow;", "set $a ${b}; include /etc/shadow;",
    ])
    func `is found with its line`(text: String) { #expect(!faults(text).isEmpty) }

    @Test(arguments: [
        "server { listen 80; listen [::]:80; server_name shop.example.com; }", "server_name *.shop.example;",
        "include /var/lib/slipway/nginx/own/shop000001/nginx.conf.d/*.conf;", "include fastcgi_params;",
        "access_log off;", "access_log /var/log/nginx/shop-access.log main;", "error_log /dev/null;",
        "ssl_certificate /c/own.crt; ssl_certificate_key /c/own.key;", "root /srv/www;", "# include /etc/shadow;",
        "proxy_set_header X \"include /etc/shadow;\";", "proxy_cache_path /var/cache/nginx/shop keys_zone=a:1m;",
        "location ~ ^/(a|b){2} { return 204; }", "map $x $y { default 1; }",
        "location /${x}/y { return 204; }", "location ~ \\.php$ { return 204; }", "set $a b}; return 204;",
    ])
    func `leaves the rest alone`(text: String) { #expect(faults(text).isEmpty) }

    @Test func `statements know their lines, through quotes and comments`() {
        let text = "a 1;\n# b;\nserver {\n  c 'x;\ny'; d\n  e;\n}\n"
        let found = NginxWords.statements(of: text)
        #expect(found.map(\.words) == [["a", "1"], ["server"], ["c", "x;\ny"], ["d", "e"]])
        #expect(found.map(\.line) == [1, 3, 4, 5])
    }

    @Test(
        arguments: [
            ("a b} c;", [["a", "b}", "c"]]), ("a {} b;", [["a"], ["b"]]), ("a ${b}c;", [["a", "${b}c"]]),
            ("a ${{b;", [["a", "${{b"]]), ("a \\${ b; }", [["a", "\\$"], ["b"]]), ("a $ { b; }", [["a", "$"], ["b"]]),
            ("a 'b$'{ c; }", [["a", "b$"], ["c"]]), ("a \"b${c\"; d;", [["a", "b${c"], ["d"]]),
            ("a b'c d;", [["a", "b'c", "d"]]), ("a b#c; # d;", [["a", "b#c"]]), ("a \"b\")c;", [["a", "b", ")c"]]),
            ("a\r\nb;\r\n", [["a", "b"]]), ("a \\; b;", [["a", "\\;", "b"]]), ("a \\ b;", [["a", "\\ b"]]),
            ("a '\\'\\\"\\\\\\n\\x';", [["a", "'\"\\\n\\x"]]), ("a '';", [["a", ""]]), ("\"a\" b;", [["a", "b"]]),
            ("a\\\nb c;", [["a\\\nb", "c"]]),
        ]
    )
    func `words end where nginx ends them`(text: String, words: [[String]]) {
        #expect(NginxWords.statements(of: text).map(\.words) == words)
    }

    @Test func `what is left without the lines of IPv6 is what is looked at`() throws {
        var site = Self.site
        site.template = SiteTemplate(
            path: "nginx.conf.sigil",
            text: "set $x \"\nlisten [\";\nset $y \"; include /etc/shadow; #\";\n",
            variables: [:],
            listeners: [:]
        )
        var layout = NginxLayout.onHost
        layout.hasIPv6 = false
        let facts = NginxFacts(version: NginxVersion(1, 22, 1))
        #expect {
            try SiteText(site: site, layout: layout, facts: facts).rendered()
        } throws: { error in
            guard case .badTemplate(_, let place, let reason)? = error as? ProxyError else { return false }
            return place == "nginx.conf.sigil line 3" && reason.contains("include")
        }
    }
}
