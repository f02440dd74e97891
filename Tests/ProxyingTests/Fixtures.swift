import FoundationEssentials
import SystemPackage

@testable import Proxying

/// A site in a `.json` file and the text it becomes in the `.conf` file beside it.
struct Fixture: Decodable, CustomStringConvertible {
    var name = ""
    var site: Site
    private var version: [Int]?
    private var sandbox: Bool?
    private var foreignHTTPS: Bool?

    private enum CodingKeys: String, CodingKey { case site, version, sandbox, foreignHTTPS }

    var description: String { name }

    var facts: NginxFacts {
        let numbers = version ?? [1, 22, 1]
        var facts = NginxFacts(version: NginxVersion(numbers[0], numbers[1], numbers[2]))
        facts.hasForeignHTTPS = foreignHTTPS ?? false
        return facts
    }

    var layout: NginxLayout {
        guard sandbox == true else { return .onHost }
        return NginxLayout(
            folder: "/srv/box/nginx",
            lock: "/srv/box/locks/nginx",
            httpPort: 8080,
            httpsPort: 8443,
            bindAddress: "127.0.0.1",
            logFolder: "/srv/box/logs",
            hasIPv6: true
        )
    }

    static let all: [Fixture] = [
        "plain", "tls", "tls-nginx-1.26", "tls-sandbox", "options", "unavailable", "grpc",
        "nameless", "nameless-port", "foreign-https", "maintenance", "template",
    ].map { named($0) }

    private static func named(_ name: String) -> Fixture {
        do {
            let data = try Data(contentsOf: URL(filePath: path("\(name).json").string))
            var fixture = try JSONDecoder().decode(Fixture.self, from: data)
            fixture.name = name
            return fixture
        } catch { preconditionFailure("fixture \(name): \(error)") }
    }

    static func path(_ name: String) -> FilePath {
        FilePath(#filePath).removingLastComponent().appending("Fixtures").appending(name)
    }
}

extension NginxLayout {
    /// As on a real host, with IPv6 whether this machine has it or not.
    static let onHost = NginxLayout(
        folder: "/var/lib/slipway/nginx",
        lock: "/var/lib/slipway/locks/nginx",
        hasIPv6: true
    )
}
