import Core
import Testing

import Proxying

@Suite struct `nginx properties` {
    @Test func `are Dokku's 31, each with a default that its own rule allows`() throws {
        #expect(NginxProperty.all.count == 31)
        #expect(NginxProperty.all.map(\.name) == NginxProperty.all.map(\.name).sorted())
        for property in NginxProperty.all {
            if let initial = property.initial { try property.validate(initial) }
        }
    }

    @Test(arguments: [
        ("proxy-read-timeout", "60"), ("proxy-read-timeout", "60s"), ("proxy-read-timeout", "500ms"),
        ("keepalive-timeout", "1h"), ("client-max-body-size", "0"), ("client-max-body-size", "50M"),
        ("proxy-buffers", "8 4k"), ("proxy-buffering", "off"), ("hsts", "false"), ("hsts-max-age", "0"),
        ("access-log-path", "off"), ("access-log-path", "/var/log/nginx/shop.log"), ("access-log-format", "main_2"),
        ("bind-address-ipv4", "203.0.113.7"), ("bind-address-ipv6", "::1"), ("proxy-keepalive", "16"),
        ("x-forwarded-for-value", "$http_cf_connecting_ip"), ("x-forwarded-proto-value", "https"),
        ("x-forwarded-for-value", "$remote_addr, 10.0.0.1"), ("nginx-conf-sigil-path", "conf/nginx.conf.sigil"),
        ("nginx-service-command", "/usr/sbin/nginx -s reload"),
    ])
    func `take what nginx can use`(name: String, value: String) throws {
        try #require(NginxProperty.named(name)).validate(value)
    }

    @Test(arguments: [
        ("proxy-read-timeout", ""), ("proxy-read-timeout", "60 s"), ("proxy-read-timeout", "1h30m"),
        ("proxy-read-timeout", "60s;"), ("proxy-read-timeout", "60s\n"), ("proxy-read-timeout", "-1"),
        ("proxy-read-timeout", "9999999999s"), ("proxy-read-timeout", "٣s"), ("client-max-body-size", "1t"),
        ("client-max-body-size", "1\u{212A}"), ("proxy-buffers", "8"), ("proxy-buffers", "8  4k"),
        ("proxy-buffering", "yes"), ("hsts", "on"), ("hsts-max-age", "1d"), ("access-log-path", "/etc/cron.d/x.log"),
        ("access-log-path", "/var/log/nginx/../../etc/x.log"), ("access-log-path", "/var/log/nginx/x"),
        ("access-log-path", "syslog:server=1.2.3.4"), ("access-log-format", "a b"), ("bind-address-ipv4", "::1"),
        ("bind-address-ipv4", "0.0.0.0;"), ("bind-address-ipv4", "1.2.3.4\0;x"), ("bind-address-ipv6", "[::1]"),
        ("proxy-keepalive", "0"), ("proxy-keepalive", "many"), ("x-forwarded-for-value", "\"; evil"),
        ("x-forwarded-for-value", "${remote_addr}"), ("x-forwarded-for-value", "$remote_addr;"),
        ("x-forwarded-for-value", "a\nb"), ("x-forwarded-for-value", " "), ("x-forwarded-for-value", "$"),
        ("nginx-conf-sigil-path", "../x"), ("nginx-conf-sigil-path", "/etc/passwd"),
        ("nginx-service-command", "a\nb"), ("nginx-service-command", ""),
    ])
    func `refuse what could end a directive or means nothing`(name: String, value: String) throws {
        let property = try #require(NginxProperty.named(name))
        #expect { try property.validate(value) } throws: { error in
            (error as? Failure)?.code == .malformed && (error as? Failure)?.fix?.isEmpty == false
        }
    }
}
