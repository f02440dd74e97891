import Core
import Files
import FoundationEssentials
import SystemPackage
import Testing

@testable import Proxying

@Suite struct `The text for nginx` {
    /// Compares with a file of the fixtures, or writes it with `UPDATE_GOLDEN=1`.
    private func expectGolden(_ text: String, _ name: String) throws {
        let path = Fixture.path(name)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try writeFile(path, Array(text.utf8), mode: FilePermissions(rawValue: 0o644))
        }
        let wanted = try readFile(path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let wantedLines = wanted.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.difference(from: wantedLines).map { "\($0)" } == [], "\(name) differs")
    }

    @Test(arguments: Fixture.all) func `of a site`(fixture: Fixture) throws {
        let text = SiteText(site: fixture.site, layout: fixture.layout, facts: fixture.facts)
        try expectGolden(text.rendered(), "\(fixture.name).conf")
    }

    @Test func `that all sites stand on`() throws {
        var facts = NginxFacts(version: NginxVersion(1, 22, 1))
        try expectGolden(HostText(layout: .onHost, facts: facts).main(), "host.conf")
        try expectGolden(HostText(layout: .onHost, facts: facts).generation(7), "generation.conf")
        facts.hasForeignHTTP = true
        facts.hasForeignHTTPS = true
        facts.setsNamesBucketSize = true
        try expectGolden(HostText(layout: .onHost, facts: facts).main(), "host-foreign.conf")
    }

    @Test(arguments: [
        ("128k||", "128k|8 40k|256k"), ("||256k", "4k|8 40k|256k"), ("|4 256k|", "4k|4 256k|512k"),
        ("8k||", "8k|8 4k|16k"), ("128k|4 256k|256k", "128k|4 256k|256k"), ("|2 8k|", "4k|2 8k|8k"),
        ("||2k", "2k|8 2k|2k"), ("|4 1k|", "3k|4 1k|3k"), ("1M||", "1M|8 296k|2048k"), ("512||", "512|8 4k|8k"),
    ])
    func `buffers that are unset fit those that are set`(set: String, all: String) throws {
        let words = set.split(separator: "|", omittingEmptySubsequences: false).map { $0.isEmpty ? nil : String($0) }
        let made = try #require(ProxyBuffers(size: words[0], buffers: words[1], busy: words[2]))
        #expect("\(made.size)|\(made.buffers)|\(made.busy)" == all)
        #expect(ProxyBuffers(size: nil, buffers: nil, busy: nil) == nil)
    }

    @Test func `a site survives being written down`() throws {
        for fixture in Fixture.all {
            let copy: Site? = decoded(try encoded(fixture.site))
            #expect(copy == fixture.site)
        }
    }
}

@Suite struct `What may not reach nginx` {
    private static let good = Site(
        id: "shop000001",
        title: "shop",
        names: ["shop.example.com"],
        mappings: [Mapping(scheme: .http, hostPort: 80, upstream: ["10.0.0.2:5000"])]
    )

    private func isRefused(_ change: (inout Site) -> Void) -> Bool {
        var site = Self.good
        change(&site)
        do {
            _ = try SiteText(site: site, layout: .onHost, facts: NginxFacts(version: NginxVersion(1, 22, 1))).rendered()
            return false
        } catch { return error is ProxyError }
    }

    @Test func `the plain site is written`() { #expect(!isRefused { _ in }) }

    @Test(arguments: ["", "../x", "Shop", "a b", "a;b", "a\nb", "ü"]) func `an id`(id: String) {
        #expect(isRefused { $0.id = id })
    }

    @Test(arguments: ["", "..", "a/b", "a b", "a;", "a\n}", "a\"b", "$x"]) func `a title`(title: String) {
        #expect(isRefused { $0.title = title })
    }

    @Test(arguments: ["", "a b", "a;b", "a.com; }", "~^.*$", "\"\"", "a\n", "__", "a.*.com"])
    func `a name`(name: String) { #expect(isRefused { $0.names = [name] }) }

    @Test(arguments: [
        "", "10.0.0.2", "10.0.0.2:0", "10.0.0.2:99999", "host:80", "10.0.0.2:80;", "10.0.0.2:80 backup", "unix:/x",
        "[::1]", "::1:80", "10.0.0.2\0:80", "[fd00::1%eth0]:80", "10.0.0.2:+80",
    ])
    func `an address`(address: String) { #expect(isRefused { $0.mappings[0].upstream = [address] }) }

    @Test(arguments: ["relative", "/a b", "/a;b", "/a\nb", "/a/../b", "/a$x", "/a\"b", "/a{b", "/a*"])
    func `a path`(path: String) {
        #expect(isRefused { $0.includes = FilePath(path) })
        #expect(isRefused { $0.certificate = CertificateFiles(certificate: FilePath(path), key: "/k") })
        #expect(isRefused { $0.certificate = CertificateFiles(certificate: "/c", key: FilePath(path)) })
    }

    @Test(arguments: [0, -1, 65536]) func `a port`(port: Int) {
        #expect(isRefused { $0.mappings[0].hostPort = port })
    }

    @Test func `two mappings of one port, or plain text where TLS is spoken`() {
        #expect(isRefused { $0.mappings.append($0.mappings[0]) })
        #expect(isRefused { $0.mappings[0].hostPort = 443 })
        #expect(isRefused { $0.mappings[0].scheme = .https })
        #expect(isRefused { $0.mappings[0].scheme = .grpc })
    }

    @Test func `an unknown property, or a known one with a bad value`() {
        #expect(isRefused { $0.options["no-such"] = "1" })
        #expect(isRefused { $0.options["client-max-body-size"] = "1m; } server {" })
        #expect(!isRefused { $0.options["client-max-body-size"] = "" })
    }
}
