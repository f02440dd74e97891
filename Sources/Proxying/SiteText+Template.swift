import Core
import SystemPackage

/// A site in the words of the app's own template.
extension SiteText {
    func custom(_ template: SiteTemplate) throws -> (text: String, lines: [Int]?) {
        let outcome: Template.Outcome
        do {
            outcome = try Template(template.text).rendered(try variables(template))
        } catch let error as TemplateError {
            throw badTemplate(template, error.line, error.reason)
        }
        var text = located(outcome.text)
        guard text.utf8.allSatisfy({ $0 >= 0x20 || $0 == 9 || $0 == 10 || $0 == 13 }) else {
            throw badTemplate(template, 1, "it holds control characters")
        }
        // Before the check: a line less can be the end of a quoted text, and what was in quotes then stands bare.
        if !layout.hasIPv6 { text = withoutIPv6(text) }
        for (index, reason) in CustomText(site: site, layout: layout).faults(in: text).prefix(1) {
            throw badTemplate(template, outcome.lines[min(index, outcome.lines.count) - 1], reason)
        }
        if !text.hasSuffix("\n") { text += "\n" }
        // One line stands above it.
        let lines = [1] + outcome.lines
        return (firstLine + text + (rejects ? rejectingServer() : ""), lines)
    }

    private func badTemplate(_ template: SiteTemplate, _ line: Int, _ reason: String) -> ProxyError {
        .badTemplate(
            title: site.title,
            place: "\(cleaned(template.path, keepTabs: false)) line \(line)",
            reason: cleaned(reason, keepTabs: false)
        )
    }

    /// Templates name an app's folder as Dokku has it, `$DOKKU_ROOT/$APP`; the real ones hang on the id.
    private func located(_ text: String) -> String {
        var text = text
        let folder = "\(layout.own)/\(site.title)"
        if let files = site.certificate {
            text = text.replacing("\(folder)/tls/server.crt", with: files.certificate.string)
                .replacing("\(folder)/tls/server.key", with: files.key.string)
        }
        guard let includes = site.includes else { return text }
        return text.replacing("\(folder)/nginx.conf.d/", with: "\(includes)/")
    }

    /// nginx does not start on an address family that the host does not have.
    private func withoutIPv6(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let words = line.split { $0 == " " || $0 == "\t" }
            let isOnlyThat = words.first == "listen" && words.count > 1 && words[1].hasPrefix("[")
            return isOnlyThat && line.filter { $0 == ";" }.count == 1 ? "" : String(line)
        }.joined(separator: "\n")
    }

    /// What `{{ $.NAME }}` is; docs/nginx-templates.md tells each.
    func variables(_ template: SiteTemplate) throws -> [String: String] {
        var all = template.variables
        let served = servedMappings.filter { !$0.upstream.isEmpty }
        let ports = served.compactMap { mapping -> String? in
            guard let port = Self.port(of: mapping.upstream.first) else { return nil }
            return "\(mapping.scheme.rawValue):\(layout.shown(mapping.hostPort)):\(port)"
        }
        let upstreams = served.compactMap { Self.port(of: $0.upstream.first) }
        let web = template.listeners["web"] ?? served.first?.upstream ?? []
        all["APP"] = site.title
        all["DOKKU_ROOT"] = layout.own.string
        all["DOKKU_LIB_ROOT"] = layout.folder.string
        all["NOSSL_SERVER_NAME"] = serverNames
        all["SSL_SERVER_NAME"] = site.certificate == nil ? "" : serverNames
        all["SSL_INUSE"] = site.certificate == nil ? "" : "true"
        all["APP_SSL_PATH"] = "\(layout.own)/\(site.title)/tls"
        all["PROXY_PORT"] = "\(layout.httpPort)"
        all["PROXY_SSL_PORT"] = "\(httpsPort ?? layout.httpsPort)"
        all["NGINX_PORT"] = all["PROXY_PORT"]
        all["NGINX_SSL_PORT"] = all["PROXY_SSL_PORT"]
        all["PROXY_PORT_MAP"] = ports.joined(separator: " ")
        all["PROXY_UPSTREAM_PORTS"] = upstreams.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            .joined(separator: " ")
        for (type, listeners) in template.listeners {
            let name = type.uppercased().replacing("-", with: "_")
            all["DOKKU_APP_\(name)_LISTENERS"] = listeners.joined(separator: " ")
        }
        all["DOKKU_APP_WEB_LISTENERS"] = web.joined(separator: " ")
        all["DOKKU_APP_LISTENERS"] = all["DOKKU_APP_WEB_LISTENERS"]
        all["DOKKU_APP_LISTEN_PORT"] = Self.port(of: web.first) ?? ""
        all["DOKKU_APP_LISTEN_IP"] = web.first.flatMap { $0.lastIndex(of: ":").map { String(web[0][..<$0]) } } ?? ""
        all["PASSED_LISTEN_IP_PORT"] = web.isEmpty ? "" : "true"
        return try all.merging(options()) { $1 }.merging(abilities) { $1 }
    }

    private func options() throws -> [String: String] {
        let logs = try logFiles()
        var all = [
            "NGINX_ACCESS_LOG_PATH": logs.access?.string ?? "off",
            "NGINX_ERROR_LOG_PATH": logs.errors?.string ?? "/dev/null",
            "NGINX_LOG_ROOT": layout.logFolder.string,
            "NGINX_BIND_ADDRESS_IP4": try option("bind-address-ipv4") ?? layout.bindAddress ?? "",
            "NGINX_BIND_ADDRESS_IP6": layout.bindAddress == nil ? try option("bind-address-ipv6") ?? "::" : "::1",
        ]
        for (name, property) in Self.named { all[name] = try option(property) ?? "" }
        if let fitting = try buffers() {
            all["PROXY_BUFFER_SIZE"] = fitting.size
            all["PROXY_BUFFERS"] = fitting.buffers
            all["PROXY_BUSY_BUFFERS_SIZE"] = fitting.busy
        }
        return all
    }

    private static let named = [
        "NGINX_ACCESS_LOG_FORMAT": "access-log-format", "NGINX_UNDERSCORE_IN_HEADERS": "underscore-in-headers",
        "CLIENT_BODY_TIMEOUT": "client-body-timeout", "CLIENT_HEADER_TIMEOUT": "client-header-timeout",
        "CLIENT_MAX_BODY_SIZE": "client-max-body-size", "KEEPALIVE_TIMEOUT": "keepalive-timeout",
        "LINGERING_TIMEOUT": "lingering-timeout", "SEND_TIMEOUT": "send-timeout",
        "PROXY_CONNECT_TIMEOUT": "proxy-connect-timeout", "PROXY_READ_TIMEOUT": "proxy-read-timeout",
        "PROXY_SEND_TIMEOUT": "proxy-send-timeout", "PROXY_BUFFER_SIZE": "proxy-buffer-size",
        "PROXY_BUFFERING": "proxy-buffering", "PROXY_BUFFERS": "proxy-buffers",
        "PROXY_BUSY_BUFFERS_SIZE": "proxy-busy-buffers-size", "PROXY_KEEPALIVE": "proxy-keepalive",
        "PROXY_X_FORWARDED_FOR": "x-forwarded-for-value", "PROXY_X_FORWARDED_PORT": "x-forwarded-port-value",
        "PROXY_X_FORWARDED_PROTO": "x-forwarded-proto-value", "PROXY_X_FORWARDED_SSL": "x-forwarded-ssl",
    ]

    private var abilities: [String: String] {
        [
            "HTTP2_SUPPORTED": "true", "HTTP2_DIRECTIVE_SUPPORTED": "\(facts.version.hasHTTP2Directive)",
            "HTTP2_PUSH_SUPPORTED": "\(facts.version < NginxVersion(1, 25, 1))", "GRPC_SUPPORTED": "true",
            "TLS13_SUPPORTED": "true", "SPDY_SUPPORTED": "false",
        ]
    }

    private static func port(of endpoint: String?) -> String? {
        endpoint.flatMap { text in text.lastIndex(of: ":").map { String(text[text.index(after: $0)...]) } }
    }
}
