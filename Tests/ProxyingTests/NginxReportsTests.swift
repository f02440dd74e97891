import SystemPackage
import Testing

@testable import Proxying

@Suite struct `What nginx says of itself` {
    @Test(arguments: [
        ("nginx version: nginx/1.22.1\n", NginxVersion(1, 22, 1), false),
        ("nginx version: nginx/1.25.1 (Ubuntu)\n", NginxVersion(1, 25, 1), true),
        ("nginx version: nginx/1.26\n", NginxVersion(1, 26, 0), true),
        ("nginx version: openresty/1.21.4.1\n", NginxVersion(1, 21, 4), false),
    ])
    func `its version`(report: String, version: NginxVersion, hasDirective: Bool) {
        #expect(NginxVersion(report: report) == version)
        #expect(version.hasHTTP2Directive == hasDirective)
    }

    @Test(arguments: ["", "nginx", "nginx version: nginx/x.y"]) func `no version`(report: String) {
        #expect(NginxVersion(report: report) == nil)
    }

    private func facts(_ foreign: String, ours: String = "") -> NginxFacts {
        let dump = """
            # configuration file /etc/nginx/nginx.conf:
            http { include /etc/nginx/conf.d/*.conf; }
            # configuration file /etc/nginx/sites-enabled/default:
            \(foreign)
            # configuration file /var/lib/slipway/nginx/slipway.conf:
            \(ours)
            """
        return NginxFacts(version: NginxVersion(1, 22, 1), dump: dump, layout: .onHost)
    }

    @Test(arguments: [
        ("listen 80;", true, false), ("listen 80 default_server;", true, false), ("listen *:80;", true, false),
        ("listen [::]:80;", true, false), ("server { listen 443 ssl; }", false, true),
        ("listen 0.0.0.0:443;", false, true),
        ("listen 8080;", false, false), ("# listen 80;", false, false), ("listen 203.0.113.9:80;", false, false),
        ("listen unix:/run/x.sock;", false, false), ("listen localhost;", false, false),
        ("\tlisten\t80  default_server ;", true, false),
    ])
    func `which default servers are foreign`(line: String, isHTTP: Bool, isHTTPS: Bool) {
        #expect(facts(line).hasForeignHTTP == isHTTP)
        #expect(facts(line).hasForeignHTTPS == isHTTPS)
        #expect(facts("", ours: line) == facts(""))
    }

    @Test func `who listens on our loopback address and who sizes the names' table`() {
        #expect(facts("listen 127.0.0.1:80;").hasForeignLoopback)
        #expect(facts("server_names_hash_bucket_size 64;").setsNamesBucketSize)
        #expect(!facts("# server_names_hash_bucket_size 64;").setsNamesBucketSize)
    }

    @Test func `what it refuses, and where`() {
        let refusal = ProxyError.Refusal(
            report: """
                nginx: [warn] conflicting server name "a" on 0.0.0.0:80, ignored
                nginx: [emerg] 12#12: unknown directive "gzipp" in /var/lib/slipway/nginx/own/x/a.conf:12
                nginx: configuration file /etc/nginx/nginx.conf test failed
                """
        )
        #expect(
            refusal
                == ProxyError.Refusal(
                    reason: "unknown directive \"gzipp\"",
                    file: "/var/lib/slipway/nginx/own/x/a.conf",
                    line: 12
                )
        )
    }

    @Test func `what it refuses without a place`() {
        let refusal = ProxyError.Refusal(
            report: "nginx: [emerg] cannot load certificate \"/c/x.pem\": BIO_new_file() failed (SSL: error in /x)\n"
        )
        #expect(refusal.file == nil)
        #expect(refusal.quotedPath == "/c/x.pem")
        #expect(ProxyError.Refusal(report: "").reason == "nginx said nothing")
    }
}
