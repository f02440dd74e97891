import Core
import SystemPackage

/// What stands inside a server.
extension SiteText {
    func basics() throws -> [String] {
        try ["server_tokens off;"] + logs()
            + directives([
                ("underscores_in_headers", "underscore-in-headers"),
                ("client_body_timeout", "client-body-timeout"),
                ("client_header_timeout", "client-header-timeout"),
                ("client_max_body_size", "client-max-body-size"),
                ("keepalive_timeout", "keepalive-timeout"),
                ("lingering_timeout", "lingering-timeout"),
                ("send_timeout", "send-timeout"),
            ])
    }

    private func logs() throws -> [String] {
        let files = try logFiles()
        let format = try option("access-log-format").map { " \($0)" } ?? ""
        return [
            files.access.map { "access_log \($0)\(format);" } ?? "access_log off;",
            // error_log knows no "off"; it would be taken for a file of that name.
            files.errors.map { "error_log \($0);" } ?? "error_log /dev/null crit;",
        ]
    }

    func logFiles() throws -> LogFiles {
        func path(_ property: String, _ kind: String) throws -> FilePath? {
            let path = try option(property) ?? "\(layout.logFolder)/\(site.title)-\(kind).log"
            return path == "off" ? nil : FilePath(path)
        }
        return LogFiles(access: try path("access-log-path", "access"), errors: try path("error-log-path", "error"))
    }

    /// Mozilla's intermediate profile, without tickets, whose key nginx would never renew.
    func encryption() throws -> [String] {
        guard let files = site.certificate else { return [] }
        var lines = [
            "ssl_certificate \(files.certificate);",
            "ssl_certificate_key \(files.key);",
        ]
        lines += tlsBasics
        guard try option("hsts") == "true", let age = try option("hsts-max-age") else { return lines }
        var value = "max-age=\(age)"
        if try option("hsts-include-subdomains") == "true" { value += "; includeSubDomains" }
        if try option("hsts-preload") == "true" { value += "; preload" }
        lines.append("add_header Strict-Transport-Security \"\(value)\" always;")
        return lines
    }

    func location(_ mapping: Mapping) throws -> [String] {
        if redirects(mapping), let port = httpsPort {
            return block(["return 301 https://$host\(port == 443 ? "" : ":\(port)")$request_uri;"])
        }
        if let page = site.maintenance { return maintenance(page) }
        guard isServed(mapping) else {
            // Most often it is between two releases that may not run side by side.
            return block([
                "default_type text/plain;", "add_header Retry-After 10 always;",
                "return 503 \"\(site.title) is not running\\n\";",
            ])
        }
        return block(mapping.scheme.isGRPC ? try grpc(mapping) : try http(mapping))
    }

    func block(_ lines: [String]) -> [String] { ["location / {"] + lines.map { "    \($0)" } + ["}"] }

    private func http(_ mapping: Mapping) throws -> [String] {
        var lines = compression
        lines += ["proxy_pass http://\(upstreamName(mapping));", "proxy_http_version 1.1;"]
        lines += try directives([
            ("proxy_connect_timeout", "proxy-connect-timeout"),
            ("proxy_read_timeout", "proxy-read-timeout"),
            ("proxy_send_timeout", "proxy-send-timeout"),
            ("proxy_buffering", "proxy-buffering"),
        ])
        if let fitting = try buffers() {
            lines += [
                "proxy_buffer_size \(fitting.size);", "proxy_buffers \(fitting.buffers);",
                "proxy_busy_buffers_size \(fitting.busy);",
            ]
        }
        // A connection of its own for each request unless somebody asks for kept ones: an app that closes an idle
        // connection just as nginx sends a POST on it would cost that request, and it may not be sent again.
        let connection = try option("proxy-keepalive") == nil ? "$slipway_connection" : "$slipway_connection_kept"
        lines += nextUpstream("proxy")
        lines += try forwarded("proxy_set_header")
        lines += [
            "proxy_set_header Upgrade $http_upgrade;",
            "proxy_set_header Connection \(connection);",
        ]
        return lines
    }

    private func grpc(_ mapping: Mapping) throws -> [String] {
        var lines = ["grpc_pass grpc://\(upstreamName(mapping));"]
        lines += try directives(["connect", "read", "send"].map { ("grpc_\($0)_timeout", "proxy-\($0)-timeout") })
        lines += nextUpstream("grpc")
        return lines + (try forwarded("grpc_set_header"))
    }

    /// Another instance is asked when one refuses or drops the connection.
    ///
    /// nginx itself does not repeat a POST that
    /// was sent. The time is bounded, so that a request that has run into its read time-out is not run twice.
    private func nextUpstream(_ prefix: String) -> [String] {
        ["\(prefix)_next_upstream error timeout;", "\(prefix)_next_upstream_timeout 30s;"]
    }

    private func forwarded(_ directive: String) throws -> [String] {
        var lines = ["\(directive) Host $http_host;"]
        for (header, property) in [
            ("X-Forwarded-For", "x-forwarded-for-value"),
            ("X-Forwarded-Port", "x-forwarded-port-value"),
            ("X-Forwarded-Proto", "x-forwarded-proto-value"),
            ("X-Forwarded-Ssl", "x-forwarded-ssl"),
        ] {
            if let value = try option(property) { lines.append("\(directive) \(header) \"\(value)\";") }
        }
        lines.append("\(directive) X-Request-Start $msec;")
        // CGI-like apps would take a client's Proxy header for their own HTTP_PROXY.
        lines.append("\(directive) Proxy \"\";")
        return lines
    }

    private var compression: [String] {
        [
            "gzip on;",
            "gzip_min_length 1100;",
            "gzip_comp_level 6;",
            "gzip_vary on;",
            "gzip_proxied any;",
            "gzip_types text/css text/plain text/xml text/javascript application/javascript application/json"
                + " application/xml application/rss+xml application/atom+xml application/wasm image/svg+xml"
                + " font/ttf font/otf application/vnd.ms-fontobject;",
        ]
    }
}

/// Said in every server that speaks TLS, since a foreign file may say otherwise for the whole host.
let tlsBasics = [
    "ssl_protocols TLSv1.2 TLSv1.3;",
    "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;",
    "ssl_prefer_server_ciphers off;",
    "ssl_session_cache shared:slipway:10m;",
    "ssl_session_timeout 1d;",
    "ssl_session_tickets off;",
]
