package import Core

/// One `nginx:set` property: its name in Dokku, what it is when nobody sets it, and what may stand in it.
///
/// The only way for a person's text into nginx's configuration; see ``validate(_:)``.
package struct NginxProperty: Sendable, Equatable {
    package let name: String
    /// The effective value when unset; nil where nginx or we decide.
    package let initial: String?
    /// Whether it has an effect here; the others are kept so that Dokku's scripts run, and stand in no configuration.
    package let isUsed: Bool
    let rule: Rule

    enum Rule: Equatable, Sendable {
        case time, size, flag, truth, buffers, address4, address6, logPath, word, header, templatePath, line
        case count(ClosedRange<Int>)
    }

    private init(_ name: String, _ initial: String?, _ rule: Rule, isUsed: Bool = true) {
        self.name = name
        self.initial = initial
        self.rule = rule
        self.isUsed = isUsed
    }

    /// All of them, by name; Dokku 0.38 has the same 31.
    package static let all: [NginxProperty] = [
        NginxProperty("access-log-format", nil, .word),
        NginxProperty("access-log-path", nil, .logPath),
        NginxProperty("bind-address-ipv4", nil, .address4),
        NginxProperty("bind-address-ipv6", "::", .address6),
        NginxProperty("client-body-timeout", "60s", .time),
        NginxProperty("client-header-timeout", "60s", .time),
        NginxProperty("client-max-body-size", "1m", .size),
        NginxProperty("disable-custom-config", "false", .truth),
        NginxProperty("error-log-path", nil, .logPath),
        NginxProperty("hsts", "true", .truth),
        NginxProperty("hsts-include-subdomains", "true", .truth),
        NginxProperty("hsts-max-age", "15724800", .count(0...999_999_999)),
        NginxProperty("hsts-preload", "false", .truth),
        NginxProperty("keepalive-timeout", "75s", .time),
        NginxProperty("lingering-timeout", "5s", .time),
        NginxProperty("nginx-conf-sigil-path", "nginx.conf.sigil", .templatePath),
        NginxProperty("nginx-service-command", nil, .line, isUsed: false),
        NginxProperty("proxy-buffer-size", "4k", .size),
        NginxProperty("proxy-buffering", "on", .flag),
        NginxProperty("proxy-buffers", "8 4k", .buffers),
        NginxProperty("proxy-busy-buffers-size", "8k", .size),
        NginxProperty("proxy-connect-timeout", "60s", .time),
        NginxProperty("proxy-keepalive", nil, .count(1...10_000)),
        NginxProperty("proxy-read-timeout", "60s", .time),
        NginxProperty("proxy-send-timeout", "60s", .time),
        NginxProperty("send-timeout", "60s", .time),
        NginxProperty("underscore-in-headers", "off", .flag),
        NginxProperty("x-forwarded-for-value", "$remote_addr", .header),
        NginxProperty("x-forwarded-port-value", "$server_port", .header),
        NginxProperty("x-forwarded-proto-value", "$scheme", .header),
        NginxProperty("x-forwarded-ssl", nil, .header),
    ]

    /// One sentence for help and reports.
    package var summary: String { Self.summaries[name] ?? name }

    private static let summaries = [
        "access-log-format": "Name of the log_format of the access log",
        "access-log-path": "Where requests are logged; off for nowhere",
        "bind-address-ipv4": "The IPv4 address to listen on; unset is every one",
        "bind-address-ipv6": "The IPv6 address to listen on",
        "client-body-timeout": "How long a client may pause within a body",
        "client-header-timeout": "How long a client may take for its headers",
        "client-max-body-size": "The largest body a client may send",
        "disable-custom-config": "Passes over the app's own nginx.conf.sigil",
        "error-log-path": "Where errors are logged; off for nowhere",
        "hsts": "Tells browsers to come by https alone",
        "hsts-include-subdomains": "The same for names below the app's",
        "hsts-max-age": "For how many seconds browsers remember that",
        "hsts-preload": "Lets browsers ship it in their lists",
        "keepalive-timeout": "How long an idle connection is kept",
        "lingering-timeout": "How long more is read after an early answer",
        "nginx-conf-sigil-path": "Where a repository has its template",
        "nginx-service-command": "Not used here: nginx is reloaded by a signal",
        "proxy-buffer-size": "Buffer for the head of an answer",
        "proxy-buffering": "Reads answers ahead of slow clients",
        "proxy-buffers": "Number and size of buffers for an answer",
        "proxy-busy-buffers-size": "How much of them may be under way",
        "proxy-connect-timeout": "How long an instance may take to accept",
        "proxy-keepalive": "How many idle connections to instances are kept",
        "proxy-read-timeout": "How long an instance may pause within an answer",
        "proxy-send-timeout": "How long an instance may pause within a body",
        "send-timeout": "How long a client may pause within an answer",
        "underscore-in-headers": "Lets headers with underscores in their names through",
        "x-forwarded-for-value": "What X-Forwarded-For is set to",
        "x-forwarded-port-value": "What X-Forwarded-Port is set to",
        "x-forwarded-proto-value": "What X-Forwarded-Proto is set to",
        "x-forwarded-ssl": "What X-Forwarded-Ssl is set to",
    ]

    package static func named(_ name: String) -> NginxProperty? { all.first { $0.name == name } }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` that says what may stand there.
    package func validate(_ value: String) throws(Failure) {
        guard !rule.allows(value) else { return }
        throw .malformed("\(quoted(value)) is not a value for nginx property \(name)", fix: rule.words)
    }
}

extension NginxProperty.Rule {
    func allows(_ value: String) -> Bool {
        guard value.utf8.count <= 200 else { return false }
        return switch self {
        case .time: isQuantity(value, units: ["", "ms", "s", "m", "h", "d"])
        case .size: isQuantity(value, units: ["", "k", "K", "m", "M", "g", "G"])
        case .flag: value == "on" || value == "off"
        case .truth: value == "true" || value == "false"
        case .buffers: isBuffers(value)
        case .address4: isAddress(value, .four)
        case .address6: isAddress(value, .six)
        case .logPath: value == "off" || isLogPath(value)
        case .word: isMade(value, of: "-_")
        case .header: isHeader(value)
        case .templatePath: isMade(value, of: "-_./") && !value.contains("..") && !value.hasPrefix("/")
        case .count(let range): isQuantity(value, units: [""]) && Int(value).map(range.contains) == true
        case .line: !value.isEmpty && value == cleaned(value, keepTabs: false)
        }
    }

    var words: String {
        switch self {
        case .time: "use a number with ms, s, m, h or d, such as 60s"
        case .size: "use a number with k, m or g, such as 10m"
        case .flag: "use on or off"
        case .truth: "use true or false"
        case .buffers: "use a number and a size, such as 8 4k"
        case .address4: "use an IPv4 address"
        case .address6: "use an IPv6 address without brackets"
        case .logPath: "use off or a path below /var/log/nginx that ends in .log"
        case .word: "use the name of a log_format: letters, digits, '-' and '_'"
        case .header: "use words of letters, digits and . : _ - or nginx variables such as $remote_addr"
        case .templatePath: "use a path inside the repository"
        case .count(let range): "use a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .line: "use one line of text"
        }
    }
}
