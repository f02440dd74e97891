import Core
import SystemPackage

/// What was seen of the host's nginx when slipway was installed into it; all texts are written to fit.
struct NginxFacts: Codable, Equatable, Sendable {
    var version: NginxVersion
    /// A foreign server listens where we serve http, so that it is, or may be meant to be, the default there.
    var hasForeignHTTP = false
    /// The same for https.
    var hasForeignHTTPS = false
    /// A foreign server listens on the very loopback address under which we look for our generation.
    var hasForeignLoopback = false
    var setsNamesBucketSize = false
}

struct NginxVersion: Codable, Comparable, Sendable {
    var major: Int
    var minor: Int
    var patch: Int

    init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `nginx version: nginx/1.22.1 (Ubuntu)`.
    init?(report: String) {
        guard let start = report.firstIndex(of: "/") else { return nil }
        let numbers = report[report.index(after: start)...].prefix { $0.isNumber || $0 == "." }
            .split(separator: ".").compactMap { Int($0) }
        guard numbers.count >= 2 else { return nil }
        self.init(numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    /// From 1.25.1 on HTTP/2 is a directive of a server, before it was a parameter of a listening socket.
    var hasHTTP2Directive: Bool { self >= NginxVersion(1, 25, 1) }
}

extension NginxFacts {
    /// Reads what `nginx -T` prints, passing over every file below our folder.
    ///
    /// A foreign `listen` counts even without `default_server`: the first of them is the default by its place, and
    /// taking that away would be noticed.
    init(version: NginxVersion, dump: String, layout: NginxLayout) {
        self.version = version
        for statement in foreignStatements(dump, ours: layout.folder.string + "/") {
            switch statement.first {
            case "server_names_hash_bucket_size": setsNamesBucketSize = true
            case "listen":
                guard let address = statement.dropFirst().first else { continue }
                let (host, port) = endpoint(String(address))
                if port == layout.httpPort, host == layout.generationAddress, layout.bindAddress == nil {
                    hasForeignLoopback = true
                }
                guard isEverywhere(host) || host == layout.bindAddress else { continue }
                if port == layout.httpPort { hasForeignHTTP = true }
                if port == layout.httpsPort { hasForeignHTTPS = true }
            default: continue
            }
        }
    }
}

private func isEverywhere(_ host: String) -> Bool { host == "*" || host == "0.0.0.0" || host == "[::]" }

/// The address and port of a `listen`; port 80 when none stands there (ngx_http_core_module).
private func endpoint(_ text: String) -> (host: String, port: Int?) {
    if let port = Int(text) { return ("*", port) }
    if text.hasPrefix("unix:") { return (text, nil) }
    guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") else { return (text, 80) }
    return (String(text[..<colon]), Int(text[text.index(after: colon)...]))
}

/// Every directive of the dump in words, blocks and comments aside.
private func foreignStatements(_ dump: String, ours: String) -> [[Substring]] {
    var isOurs = false
    var statements: [[Substring]] = []
    for line in dump.split(separator: "\n") {
        if line.hasPrefix("# configuration file ") {
            isOurs = line.dropFirst("# configuration file ".count).hasPrefix(ours)
        } else if !isOurs {
            let code = line.prefix { $0 != "#" }
            statements += code.split { $0 == ";" || $0 == "{" || $0 == "}" }
                .map { $0.split { $0 == " " || $0 == "\t" || $0 == "\r" } }
        }
    }
    return statements
}

extension NginxLayout {
    /// Where the generation is asked for.
    var generationAddress: String { bindAddress ?? "127.0.0.1" }
}
