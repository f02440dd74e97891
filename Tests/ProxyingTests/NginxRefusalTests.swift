import Core
import Files
import Glibc
import Probes
import Synchronization
import SystemPackage
import Testing

@testable import Proxying

@Suite(.timeLimit(.minutes(2))) struct `When nginx does not take it` {
    private let host: TestNginx

    init() async throws {
        host = try TestNginx()
        try await host.start()
    }

    /// Everything in our folder that nginx reads, by name.
    private func files() throws -> [String: [UInt8]?] {
        let names = try listFolder(host.layout.sites).map { "sites/\($0)" } + ["slipway.conf", "generation.conf"]
        return Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try readFile(host.layout.folder.appending($0))) }
        )
    }

    @Test func `a broken file of the app leaves everything as it was and names the app`() async throws {
        try await host.nginx.publish([host.site("shop"), host.site("blog", to: [1])])
        let before = try files()
        let broken = host.folder.appending("own/shop/extra.conf")
        try host.write(broken, "client_max_body_size 9m;\nno_such_directive on;\n")
        let refusal = ProxyError.Refusal(
            reason: "unknown directive \"no_such_directive\"",
            file: broken,
            line: 2,
            owner: .init(id: "shop0001", title: "shop")
        )
        // Also when another app is published: the owner of the line is to blame, not who met it.
        await #expect(throws: ProxyError.refused(refusal)) {
            try await host.nginx.publish([host.site("blog", to: [2]), host.site("new")])
        }
        await #expect(throws: ProxyError.refused(refusal)) { try await host.nginx.check() }
        #expect(try files() == before)
        #expect(try await host.ask("blog").text == host.instances[1])
        await #expect(throws: ProbeError.closedEarly) { try await host.ask("new") }

        try removeFile(broken)
        try await host.nginx.publish([host.site("blog", to: [2])])
        #expect(try await host.ask("blog").text == host.instances[2])
    }

    @Test func `one app is looked at alone, whatever is wrong with others`() async throws {
        try await host.nginx.publish([host.site("blog"), host.site("shop"), host.site("wiki")])
        let before = try files()
        for title in ["blog", "wiki"] {
            try host.write(host.folder.appending("own/\(title)/extra.conf"), "no_such_directive on;\n")
        }
        try await host.nginx.check(only: "shop0001")
        for title in ["blog", "wiki"] {
            await #expect { try await host.nginx.check(only: "\(title)0001") } throws: { error in
                guard case .refused(let refusal)? = error as? ProxyError else { return false }
                return refusal.owner?.title == title
            }
        }
        #expect(try files() == before)
        #expect(try readFile(host.layout.journal) == nil)
        await #expect(throws: ProxyError.self) { try await host.nginx.check() }
        #expect(try await host.ask("shop").text == host.instances[0])
        // What is nobody's stands in the way of everybody.
        let main = String(decoding: try #require(try readFile(host.layout.mainConfiguration)), as: UTF8.self)
        try host.write(host.layout.mainConfiguration, main.replacing("access_log off;", with: "access_log off; no;"))
        await #expect(throws: ProxyError.self) { try await host.nginx.check(only: "shop0001") }
    }

    @Test func `a certificate that is none names the app`() async throws {
        var site = host.site("shop", tls: true)
        site.certificate?.certificate = host.folder.appending("none.pem")
        await #expect {
            try await host.nginx.publish([site])
        } throws: { error in
            guard case .refused(let refusal)? = error as? ProxyError else { return false }
            return refusal.owner?.title == "shop" && refusal.reason.contains("none.pem")
        }
        #expect(try host.nginx.configuration(of: "shop0001") == nil)
    }

    @Test func `a port that is taken passes the test and fails the reload: the old files go back`() async throws {
        try await host.nginx.publish([host.site("shop")])
        let before = try files()
        let squatter = try Squatter(host.layout.generationAddress, 9999)
        defer { squatter.stop() }
        var site = host.site("shop", to: [1])
        site.mappings.append(Mapping(scheme: .http, hostPort: 9999, upstream: site.mappings[0].upstream))
        await #expect {
            try await host.nginx.publish([site])
        } throws: { error in
            guard case .keepsOld(let log)? = error as? ProxyError else { return false }
            return log.contains { $0.contains("9999") } && Failure(error).code == .proxyRefused
        }
        #expect(try files()["sites/shop0001.conf"] == before["sites/shop0001.conf"])
        #expect(try await host.ask("shop").text == host.instances[0])

        squatter.stop()
        try await host.nginx.publish([site])
        #expect(try await host.ask("shop").text == host.instances[1])
    }

    @Test func `an nginx that does not run is told apart, and nothing is written`() async throws {
        try await host.nginx.publish([host.site("shop")])
        let before = try files()
        try host.stopNginx()
        await #expect(throws: ProxyError.notRunning) { try await host.nginx.publish([host.site("shop", to: [1])]) }
        await #expect(throws: ProxyError.notRunning) { try await host.nginx.withdraw(["shop0001"]) }
        #expect(try files() == before)
        #expect(Failure(ProxyError.notRunning).code == .proxyDown)
        #expect(try host.nginx.drainingWorkers() == 0)
    }

    @Test func `a site that may not be written stops everything beside it`() async throws {
        await #expect(throws: ProxyError.self) {
            try await host.nginx.publish([host.site("shop"), Site(id: "x", title: "a\nb")])
        }
        #expect(try host.nginx.configuration(of: "shop0001") == nil)
    }

    @Test func `without the include line nobody pretends to be installed`() async throws {
        var layout = host.layout
        layout.folder = host.folder.appending("elsewhere")
        let nginx = Nginx(layout: layout)
        await #expect(throws: ProxyError.notInstalled(include: layout.includeLine)) { try await nginx.publish([]) }
        await #expect(throws: ProxyError.notInstalled(include: layout.includeLine)) { try await nginx.install() }
        #expect(try readFile(layout.main) == nil)
    }

    @Test func `an installation before nginx runs needs no file of ours to be there`() async throws {
        try host.stopNginx()
        try removeTree(host.layout.folder)
        let main = String(decoding: try #require(try readFile(host.layout.mainConfiguration)), as: UTF8.self)
        // A line without a pattern: nginx's test fails until the file is there.
        try host.write(
            host.layout.mainConfiguration,
            main.replacing(host.layout.includeLine, with: "include \(host.layout.main);")
        )
        try await host.nginx.install()
        try await host.nginx.check()
        #expect(try readFile(host.layout.journal) == nil)
    }

    @Test func `what a dead publisher left is put back by the next one`() async throws {
        try await host.nginx.publish([host.site("shop"), host.site("blog", to: [1])])
        let shop = host.layout.siteFile("shop0001")
        let new = host.layout.siteFile("new0001")
        let generation = try host.nginx.generation()
        let old = try #require(try host.nginx.configuration(of: "shop0001"))
        // As after a death between writing and testing: half of the new files, and nginx was never told.
        try writeFile(
            host.layout.journal,
            encoded(Journal(generation: generation + 1, old: [shop.string: old, new.string: nil]))
        )
        try host.write(shop, "half a fi")
        try host.write(new, "le")

        try await host.nginx.publish([])
        #expect(try host.nginx.configuration(of: "shop0001") == old)
        #expect(try host.nginx.configuration(of: "new0001") == nil)
        #expect(try readFile(host.layout.journal) == nil)
        try await host.nginx.check()
        #expect(try await host.ask("shop").text == host.instances[0])
    }

    @Test func `an installation that no longer fits to a foreign file mends itself`() async throws {
        try await host.nginx.publish([host.site("shop")])
        let main = try #require(try readFile(host.layout.mainConfiguration))
        let text = String(decoding: main, as: UTF8.self)
        // Twice the same directive in the http block is an error of the second, which is ours.
        try host.write(
            host.layout.mainConfiguration,
            text.replacing("access_log off;", with: "access_log off; server_names_hash_bucket_size 128;")
        )
        await #expect(throws: ProxyError.self) { try await host.nginx.check() }
        try await host.nginx.install()
        try await host.nginx.check()
        #expect(try await host.ask("shop").text == host.instances[0])
    }
}

/// Somebody else who listens on a port.
private final class Squatter: Sendable {
    private let listener: Mutex<Int32?>

    init(_ address: String, _ port: UInt16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        listener = Mutex(descriptor)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, listen(descriptor, 1) == 0 else { throw Errno(rawValue: errno) }
    }

    func stop() {
        listener.withLock {
            if let open = $0 { close(open) }
            $0 = nil
        }
    }
}
