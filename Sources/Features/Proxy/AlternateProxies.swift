import Core
import Crypto
import FoundationEssentials
import Proxying

/// The four, and all that is different between them.
extension AlternateProxy {
    private static func global(_ name: String, _ fallback: String = "", _ summary: String) -> Property {
        Property(name, default: fallback, scope: .global, summary, validate: text)
    }

    private static let text: @Sendable (String) throws -> Void = { value in
        guard value.utf8.count <= 1000, value == cleaned(value, keepTabs: false), !value.contains("`") else {
            throw Failure.malformed("\(quoted(value)) is longer than 1000 bytes or holds what no label may")
        }
    }

    private static func image(_ name: String) -> Property {
        Property("image", default: name, scope: .global, "The image it is made from") { _ = try ImageName($0) }
    }

    private static let letsencrypt = [
        Property("letsencrypt-email", default: "", scope: .global, "Asks Let's Encrypt for certificates in this name") {
            let parts = $0.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), $0.utf8.count <= 254,
                $0.utf8.allSatisfy({ $0.isLetterOrDigit || "@.+-_".utf8.contains($0) })
            else { throw Failure.malformed("\(quoted($0)) is not a mail address") }
        },
        Property("letsencrypt-server", default: "", scope: .global, "Another authority that speaks ACME") {
            guard $0.hasPrefix("https://") || $0.hasPrefix("http://"), $0.utf8.count <= 1000,
                $0.utf8.allSatisfy({ $0.isLetterOrDigit || ":/.-_?=&%~".utf8.contains($0) })
            else { throw Failure.malformed("\(quoted($0)) is not an address of a web server") }
        },
    ]

    private static let logLevel = Property(
        "log-level",
        default: "ERROR",
        scope: .global,
        "How much it says",
        validate: Allowed.oneOf(["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "PANIC"])
    )

    private static let caddyProperties: [Property] =
        [
            image("lucaslorentz/caddy-docker-proxy:2.13"), logLevel,
            Property("polling-interval", default: "5s", scope: .global, "How often it looks for containers") {
                guard isSeconds($0) else { throw Failure.malformed("\(quoted($0)) is not a time such as 5s") }
            },
            Property("tls-internal", default: "false", "Certificates of its own making", validate: Allowed.boolean),
        ] + letsencrypt

    static let caddy = AlternateProxy(
        noun: "caddy",
        summary: "Caddy in front of apps, instead of nginx",
        properties: caddyProperties,
        labelling: ["tls-internal", "letsencrypt-email"],
        labels: { facts in
            let isSecret = facts.values["tls-internal"] == "true"
            let isPlain = !isSecret && facts.value("letsencrypt-email") == nil
            var labels = [
                "caddy": facts.names.map { isPlain ? "http://\($0)" : $0 }.joined(separator: ", "),
                "caddy.reverse_proxy": "{{ upstreams \(facts.port) }}",
            ]
            if isSecret { labels["caddy.tls"] = "internal" }
            return facts.names.isEmpty ? [:] : labels
        },
        service: { values, network in
            var service = Service()
            service.environment = [
                "CADDY_INGRESS_NETWORKS": network,
                "CADDY_DOCKER_POLLING_INTERVAL": values["polling-interval"] ?? "5s",
            ]
            service.labels["caddy.log.level"] = values["log-level"] ?? "ERROR"
            if let mail = set("letsencrypt-email", values) { service.labels["caddy.email"] = mail }
            if let server = set("letsencrypt-server", values) { service.labels["caddy.acme_ca"] = server }
            service.volumes = ["caddy-data": "/data"]
            return service
        }
    )

    private static let haproxyProperties: [Property] =
        [
            image("byjg/easy-haproxy:6.1.1"), logLevel,
            Property(
                "refresh-conf",
                default: "10",
                scope: .global,
                "How often it looks for containers, in seconds",
                validate: Allowed.number(1...3600)
            ),
        ] + letsencrypt

    static let haproxy = AlternateProxy(
        noun: "haproxy",
        summary: "HAProxy in front of apps, instead of nginx",
        properties: haproxyProperties,
        labelling: ["letsencrypt-email"],
        labels: { facts in
            guard !facts.names.isEmpty else { return [:] }
            let name = "easyhaproxy.\(facts.app.text.replacing(".", with: "-"))"
            var labels = [
                "\(name).host": facts.names.joined(separator: ","), "\(name).localport": "\(facts.port)",
                "\(name).port": "80",
            ]
            if facts.value("letsencrypt-email") != nil { labels["\(name).certbot"] = "true" }
            return labels
        },
        service: { values, _ in
            var service = Service()
            let level = values["log-level"] ?? "ERROR"
            service.environment = [
                "EASYHAPROXY_DISCOVER": "docker", "EASYHAPROXY_LOG_LEVEL": level, "HAPROXY_LOG_LEVEL": level,
                "EASYHAPROXY_REFRESH_CONF": values["refresh-conf"] ?? "10",
            ]
            service.environment["EASYHAPROXY_CERTBOT_EMAIL"] = set("letsencrypt-email", values)
            service.environment["EASYHAPROXY_CERTBOT_SERVER"] = set("letsencrypt-server", values)
            service.volumes = ["haproxy-certs": "/certs/certbot"]
            return service
        }
    )

    private static let shared = NginxProperty.all.filter { property in
        !["disable-custom-config", "nginx-conf-sigil-path", "nginx-service-command", "proxy-keepalive"]
            .contains(property.name)
    }

    private static let sharedProperties: [Property] = shared.map { property in
        Property(property.name, default: property.initial ?? "", property.summary) { try property.validate($0) }
    }

    private static let openrestyProperties: [Property] = [
        image("dokku/openresty-docker-proxy:0.12.1"), logLevel,
        Property(
            "allowed-letsencrypt-domains-func-base64",
            default: "",
            scope: .global,
            "Lua that says which names may have certificates, in base64"
        ) {
            guard Data(base64Encoded: $0) != nil else { throw Failure.malformed("this is not base64") }
        },
    ]

    static let openresty = AlternateProxy(
        noun: "openresty",
        summary: "OpenResty in front of apps, instead of nginx",
        properties: sharedProperties + openrestyProperties + letsencrypt,
        labelling: Set(shared.map(\.name)).union(["letsencrypt-email"]),
        labels: { facts in
            guard !facts.names.isEmpty else { return [:] }
            var labels = [
                "openresty.domains": facts.names.joined(separator: " "),
                "openresty.port-mapping": facts.mappings.map(\.text).joined(separator: " "),
            ]
            if facts.value("letsencrypt-email") != nil { labels["openresty.letsencrypt"] = "true" }
            for property in shared {
                if let value = facts.value(property.name), value != property.initial {
                    labels["openresty.\(property.name)"] = value
                }
            }
            return labels
        },
        service: { values, _ in
            var service = Service()
            service.environment["OPENRESTY_LOG_LEVEL"] = values["log-level"] ?? "ERROR"
            service.environment["OPENRESTY_LETSENCRYPT_EMAIL"] = set("letsencrypt-email", values)
            service.environment["OPENRESTY_LETSENCRYPT_SERVER"] = set("letsencrypt-server", values)
            service.environment["OPENRESTY_ALLOWED_DOMAINS_FUNC_BASE64"] =
                set("allowed-letsencrypt-domains-func-base64", values)
            service.volumes = ["openresty-letsencrypt": "/etc/resty-auto-ssl"]
            return service
        }
    )

    private static let traefikProperties: [Property] =
        [
            image("traefik:v3.7.10"), logLevel,
            Property("api-enabled", default: "false", scope: .global, "Offers its API", validate: Allowed.boolean),
            global("api-entry-point", "http", "The entry point of its API"),
            Property("api-entry-point-address", default: "", scope: .global, "Where that listens, such as :8080") {
                guard $0.hasPrefix(":"), (try? Port(String($0.dropFirst()))) != nil else {
                    throw Failure.malformed("\(quoted($0)) is not a port such as :8080")
                }
            },
            Property("api-vhost", default: "traefik.dokku.me", scope: .global, "The name of its API") {
                _ = try DomainName($0)
            },
            global("basic-auth-username", "", "Who may use its API"),
            Property(
                "basic-auth-password",
                default: "",
                scope: .global,
                secret: true,
                "And their password",
                validate: text
            ),
            Property(
                "challenge-mode",
                default: "tls",
                scope: .global,
                "How names are proven to Let's Encrypt",
                validate: Allowed.oneOf(["tls", "dns", "http"])
            ),
            Property("dashboard-enabled", default: "false", scope: .global, "Shows it", validate: Allowed.boolean),
            global("dns-provider", "", "By whom, for challenge-mode dns"), entryPoint("http"), entryPoint("https"),
        ] + letsencrypt

    static let traefik = AlternateProxy(
        noun: "traefik",
        summary: "Traefik in front of apps, instead of nginx",
        properties: traefikProperties,
        labelling: ["letsencrypt-email", "http-entry-point", "https-entry-point"],
        labels: { traefikLabels($0) },
        service: { values, network in traefikService(values, network) }
    )

    private static func entryPoint(_ scheme: String) -> Property {
        Property("\(scheme)-entry-point", default: scheme, scope: .global, "Its name for what listens for \(scheme)") {
            guard !$0.isEmpty, $0.utf8.count <= 60, $0.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == 45 }) else {
                throw Failure.malformed("\(quoted($0)) is not the name of an entry point")
            }
        }
    }

    /// Variables for the maker of DNS records, `dns-provider-<VARIABLE>`.
    static func provider(_ name: String) -> Property? {
        let prefix = "dns-provider-"
        guard name.hasPrefix(prefix), (try? ConfigKey(String(name.dropFirst(prefix.count)))) != nil else { return nil }
        return Property(
            name,
            default: "",
            scope: .global,
            secret: true,
            "A variable of the DNS provider",
            validate: text
        )
    }

    private static func traefikLabels(_ facts: Facts) -> [String: String] {
        guard !facts.names.isEmpty else { return [:] }
        let name = "\(facts.app.text.replacing(".", with: "-"))-web"
        let rule = facts.names.map { "Host(`\($0)`)" }.joined(separator: " || ")
        let (http, https) = (facts.value("http-entry-point") ?? "http", facts.value("https-entry-point") ?? "https")
        var labels = [
            "traefik.enable": "true",
            "traefik.http.services.\(name).loadbalancer.server.port": "\(facts.port)",
            "traefik.http.routers.\(name)-http.rule": rule,
            "traefik.http.routers.\(name)-http.entrypoints": http,
            "traefik.http.routers.\(name)-http.service": name,
        ]
        guard facts.value("letsencrypt-email") != nil else { return labels }
        labels["traefik.http.routers.\(name)-https.rule"] = rule
        labels["traefik.http.routers.\(name)-https.entrypoints"] = https
        labels["traefik.http.routers.\(name)-https.service"] = name
        labels["traefik.http.routers.\(name)-https.tls.certresolver"] = "leresolver"
        labels["traefik.http.routers.\(name)-http.middlewares"] = "\(name)-https"
        labels["traefik.http.middlewares.\(name)-https.redirectscheme.scheme"] = "https"
        return labels
    }

    private static func traefikService(_ values: [String: String], _ network: String) -> Service {
        var service = Service()
        let (http, https) = (values["http-entry-point"] ?? "http", values["https-entry-point"] ?? "https")
        var words = [
            "--providers.docker=true", "--providers.docker.exposedbydefault=false",
            "--providers.docker.network=\(network)", "--entrypoints.\(http).address=:80",
            "--entrypoints.\(https).address=:443", "--log.level=\(values["log-level"] ?? "ERROR")",
        ]
        if let mail = set("letsencrypt-email", values) {
            let resolver = "--certificatesresolvers.leresolver.acme"
            words += ["\(resolver).email=\(mail)", "\(resolver).storage=/acme/acme.json"]
            words += set("letsencrypt-server", values).map { ["\(resolver).caserver=\($0)"] } ?? []
            switch values["challenge-mode"] ?? "tls" {
            case "dns": words.append("\(resolver).dnschallenge.provider=\(values["dns-provider"] ?? "")")
            case "http": words.append("\(resolver).httpchallenge.entrypoint=\(http)")
            default: words.append("\(resolver).tlschallenge=true")
            }
        }
        let hasAPI = values["api-enabled"] == "true" || values["dashboard-enabled"] == "true"
        if hasAPI {
            let point = set("api-entry-point", values) ?? http
            words += ["--api=true", "--api.dashboard=\(values["dashboard-enabled"] ?? "false")"]
            if let address = set("api-entry-point-address", values), point != http, point != https {
                words.append("--entrypoints.\(point).address=\(address)")
            }
            service.labels = [
                "traefik.enable": "true", "traefik.http.routers.api.service": "api@internal",
                "traefik.http.routers.api.rule": "Host(`\(values["api-vhost"] ?? "traefik.dokku.me")`)",
                "traefik.http.routers.api.entrypoints": point,
            ]
            if let user = set("basic-auth-username", values), let password = set("basic-auth-password", values) {
                let digest = Data(Insecure.SHA1.hash(data: Array(password.utf8))).base64EncodedString()
                service.labels["traefik.http.routers.api.middlewares"] = "api-auth"
                service.labels["traefik.http.middlewares.api-auth.basicauth.users"] = "\(user):{SHA}\(digest)"
            }
        }
        for (name, value) in values where provider(name) != nil {
            service.environment[String(name.dropFirst("dns-provider-".count))] = value
        }
        service.command = words
        service.volumes = ["traefik-acme": "/acme"]
        return service
    }

    private static func set(_ name: String, _ values: [String: String]) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func isSeconds(_ text: String) -> Bool {
        guard text.hasSuffix("s"), let number = Int(text.dropLast()) else { return false }
        return (1...3600).contains(number)
    }
}
