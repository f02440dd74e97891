import Core
import SystemPackage

/// Writes the file of one site.
///
/// Every value is checked on the way in; what is not allowed throws.
struct SiteText {
    let site: Site
    let layout: NginxLayout
    let facts: NginxFacts

    /// - Throws: ``ProxyError/badSite(title:reason:)`` or ``ProxyError/badTemplate(title:place:reason:)``.
    func rendered() throws -> String { try written().text }

    /// Also, for a site with a template of its own, the line of the template behind each line of the text.
    func written() throws -> (text: String, lines: [Int]?) {
        let plain = try unamended()
        guard let amended = site.amended, amended.plain == plain.text else { return plain }
        return (amended.text, nil)
    }

    private func unamended() throws -> (text: String, lines: [Int]?) {
        try check()
        // What is not served stands in no template: it would name an upstream that is not there.
        if let template = site.template, usesTemplate, servedMappings.contains(where: isServed) {
            return try custom(template)
        }
        return (try own(), nil)
    }

    private var usesTemplate: Bool {
        site.maintenance == nil && site.options["disable-custom-config"] != "true"
    }

    var firstLine: String { "# slipway: app \(site.title), site \(site.id). This file is rewritten by slipway.\n" }

    private func own() throws -> String {
        let mappings = servedMappings
        var text = firstLine
        for mapping in mappings where isServed(mapping) { text += try upstream(mapping) }
        for mapping in mappings { text += try server(mapping) }
        if rejects { text += rejectingServer() }
        return text
    }

    /// Encrypted mappings need a certificate; without one they are left out, as in Dokku.
    var servedMappings: [Mapping] {
        site.placedMappings.filter { !$0.scheme.isEncrypted || site.certificate != nil }
    }

    func isServed(_ mapping: Mapping) -> Bool {
        site.state == .serving && site.maintenance == nil && !mapping.upstream.isEmpty && !redirects(mapping)
    }

    /// Plain http on port 80 sends people to https once there is a port for it.
    func redirects(_ mapping: Mapping) -> Bool { mapping.scheme == .http && mapping.hostPort == 80 && httpsPort != nil }

    /// The port people see for https: the one for 443 if there is one.
    var httpsPort: Int? {
        let ports = servedMappings.filter { $0.scheme == .https }.map(\.hostPort)
        return (ports.contains(443) ? 443 : ports.first).map(layout.shown)
    }

    /// Without a certificate of its own a name would be answered by the foreign default server for https.
    var rejects: Bool {
        facts.hasForeignHTTPS && !site.names.isEmpty && !servedMappings.contains { $0.hostPort == 443 }
    }

    func upstreamName(_ mapping: Mapping) -> String { "slipway-\(site.id)-\(mapping.hostPort)" }

    /// The instances, with `max_fails=0`.
    ///
    /// By default nginx takes an instance out for 10 s after one failed request, so that an app with
    /// one page that drops connections soon has "no live upstreams" and every visitor gets 502. A dead instance costs
    /// one refused connection per request until slipway takes it out, and `proxy_next_upstream` hides that.
    private func upstream(_ mapping: Mapping) throws -> String {
        var text = "\nupstream \(upstreamName(mapping)) {\n"
        for address in mapping.upstream { text += "    server \(address) max_fails=0;\n" }
        if let kept = try option("proxy-keepalive") { text += "    keepalive \(kept);\n" }
        return text + "}\n"
    }

    private func server(_ mapping: Mapping) throws -> String {
        var lines = try listens(mapping)
        lines.append("server_name \(serverNames);")
        lines += try basics()
        if mapping.scheme.isEncrypted { lines += try encryption() }
        if mapping.scheme.isGRPC || mapping.scheme == .https, facts.version.hasHTTP2Directive {
            lines.append("http2 on;")
        }
        if let includes = site.includes { lines.append("include \(includes.string)/*.conf;") }
        lines.append("")
        lines += try location(mapping)
        return "\nserver {\n" + lines.map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined() + "}\n"
    }

    var serverNames: String {
        // Whatever no other server claims is matched by a pattern, which nginx tries last.
        let names = site.names.map { $0 == "_" ? "~^" : $0 }
        return names.isEmpty ? "\(site.id).slipway.invalid" : names.joined(separator: " ")
    }

    private func listens(_ mapping: Mapping) throws -> [String] {
        var flags = mapping.scheme.isEncrypted ? " ssl" : ""
        // Before 1.25.1 `http2` belongs to the socket and would change what foreign servers on it speak.
        let mayShareSocket = mapping.hostPort == 443 && facts.hasForeignHTTPS
        let wantsHTTP2 = mapping.scheme == .https || mapping.scheme.isGRPC
        if wantsHTTP2, !facts.version.hasHTTP2Directive, !mayShareSocket { flags += " http2" }
        let four = try option("bind-address-ipv4")
        let six = try option("bind-address-ipv6")
        return layout.listens(on: layout.shown(mapping.hostPort), flags: flags, four: four, six: six)
    }

    func rejectingServer() -> String {
        let lines =
            layout.listens(on: layout.httpsPort, flags: " ssl") + [
                "server_name \(serverNames);", "ssl_reject_handshake on;", "access_log off;", "return 444;",
            ]
        return "\nserver {\n" + lines.map { "    \($0)\n" }.joined() + "}\n"
    }

    /// The effective value of a property; nil when neither the site nor Dokku has one.
    ///
    /// - Throws: ``ProxyError/badSite(title:reason:)`` when the value breaks the property's rule.
    func option(_ name: String) throws -> String? {
        guard let property = NginxProperty.named(name) else { throw bad("there is no nginx property \(quoted(name))") }
        guard let value = site.options[name], !value.isEmpty else { return property.initial }
        do { try property.validate(value) } catch { throw bad(error.what) }
        return value
    }

    /// `directive value;` for each property that differs from its default, which is nginx's too.
    ///
    /// Defaults are not written out: an app's own file may set the same directive, and twice is an error for nginx;
    /// and what the host's administrator says in the `http` block stays in force.
    func directives(_ pairs: [(directive: String, property: String)]) throws -> [String] {
        try pairs.compactMap { directive, property in try chosen(property).map { "\(directive) \($0);" } }
    }

    /// The value of a property that differs from its default.
    private func chosen(_ property: String) throws -> String? {
        let value = try option(property)
        return value == NginxProperty.named(property)?.initial ? nil : value
    }

    /// Nil where all three are as nginx has them.
    func buffers() throws -> ProxyBuffers? {
        ProxyBuffers(
            size: try chosen("proxy-buffer-size"),
            buffers: try chosen("proxy-buffers"),
            busy: try chosen("proxy-busy-buffers-size")
        )
    }

    func bad(_ reason: String) -> ProxyError { .badSite(title: cleaned(site.title, keepTabs: false), reason: reason) }
}

extension NginxLayout {
    /// The `listen` lines for a port: everywhere, or where the site or the layout says.
    func listens(on port: Int, flags: String = "", four: String? = nil, six: String? = "::") -> [String] {
        if let bindAddress { return ["listen \(bindAddress):\(port)\(flags);"] }
        let first = four.map { "listen \($0):\(port)\(flags);" } ?? "listen \(port)\(flags);"
        guard hasIPv6, let six else { return [first] }
        return [first, "listen [\(six)]:\(port)\(flags);"]
    }
}
