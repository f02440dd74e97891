import Core
import Files
import Glibc
import Proxying
import Store
import SystemPackage
import Testing

@testable import Features

@Suite final class `certs` {
    let fake = Fake()
    let host: Host
    let pair: CertificatePair

    init() throws {
        host = try Host.fake(fake)
        pair = try Self.pair(host)
    }

    deinit { try? removeTree(fake.folder) }

    private static func pair(_ host: Host, _ name: String = "shop.example.com") throws -> CertificatePair {
        try SelfSigned.make([DomainName(name)], from: host.time.now(), for: .seconds(3600))
    }

    private func site(_ app: App) throws -> Site { try #require(fake.proxy.sites[app.id.text]) }

    private func files(_ app: App) throws -> [String] { try listFolder(host.paths.certificates(of: app.id)) }

    private func mode(_ path: FilePath) -> mode_t {
        var status = stat()
        return stat(path.string, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `one that is added is told to nginx with its files, and port 443 serves what port 80 serves`()
        async throws
    {
        let app = try await host.deployedApp(web: 2)
        #expect(try await Certs(on: host).install(pair, app, "certs:add"))
        let site = try site(app)
        let told = try #require(site.certificate)
        #expect(try readFile(told.certificate) == Array(pair.chain.utf8))
        #expect(try readFile(told.key) == Array(pair.key.utf8))
        #expect([mode(told.key), mode(told.certificate)] == [0o600, 0o600])
        #expect(mode(host.paths.certificates(of: app.id)) == 0o700)
        #expect(site.mappings.map(\.scheme) == [.http, .https])
        #expect(site.mappings.map(\.hostPort) == [80, 443])
        #expect(site.mappings[0].upstream.count == 2)
        #expect(site.mappings[0].upstream == site.mappings[1].upstream)
        #expect(try await Certs(on: host).find(app) == pair)
    }

    @Test func `the same once more is unchanged and costs no reload`() async throws {
        let app = try await host.deployedApp()
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        let before = fake.proxy.publications
        #expect(try await !Certs(on: host).install(pair, app, "certs:update"))
        #expect(fake.proxy.publications == before)
    }

    @Test func `another takes its place, and the old files go`() async throws {
        let app = try await host.deployedApp()
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        let next = try Self.pair(host)
        #expect(try await Certs(on: host).install(next, app, "certs:update"))
        #expect(try files(app) == ["\(next.name).crt", "\(next.name).key"])
        #expect(try site(app).certificate?.key.lastComponent?.string == "\(next.name).key")
        #expect(try await Certs(on: host).find(app) == next)
    }

    @Test func `one that nginx refuses leaves the old one, and none of its files`() async throws {
        let app = try await host.deployedApp()
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        let before = try site(app)
        let next = try Self.pair(host)
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await Certs(on: host).install(next, app, "certs:update") }
        fake.proxy.refuse(with: nil)
        #expect(try await Certs(on: host).find(app) == pair)
        #expect(try files(app) == ["\(pair.name).crt", "\(pair.name).key"])
        try await Nginx(on: host).publish(app)
        #expect(try site(app) == before)
    }

    @Test func `taken away, the app answers by http only`() async throws {
        let app = try await host.deployedApp()
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        try await Certs(on: host).remove(app)
        #expect(try site(app).certificate == nil)
        #expect(try files(app).isEmpty)
        #expect(try await Certs(on: host).find(app) == nil)
        await #expect(throws: Failure.self) { try await Certs(on: host).remove(app) }
        try await Nginx(on: host).publish(app)
        #expect(try site(app).mappings.map(\.scheme) == [.http])
    }

    @Test func `before the first deploy it waits, and the first deploy brings it`() async throws {
        let app = try await Apps(on: host).create(AppName("shop"))
        #expect(try await Certs(on: host).install(pair, app, "certs:add"))
        #expect(fake.proxy.publications == 0)
        try await host.store.write { try PsTable.scale(app.id, .web, to: 1, $0) }
        var release = Release(
            app: app.id,
            number: 0,
            status: .superseded,
            facts: SourceFacts(),
            settings: Settings(),
            reason: "seed",
            caller: "ana",
            createdAt: host.time.now()
        )
        release.image = "sha256:seed"
        _ = try await Deploys(on: host).run(
            DeployOrder(origin: .release(release), source: "git-push", reason: "deploy seed"),
            on: app
        )
        #expect(try site(app).mappings.map(\.scheme) == [.http, .https])
        #expect(try files(app) == ["\(pair.name).crt", "\(pair.name).key"])
    }

    @Test func `files that were lost or altered come back when nginx is told again`() async throws {
        let app = try await host.deployedApp()
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        let told = try #require(try site(app).certificate)
        try removeFile(told.key)
        try writeFile(told.certificate, Array("altered".utf8))
        try await Nginx(on: host).publish(app)
        #expect(try readFile(told.key) == Array(pair.key.utf8))
        #expect(try readFile(told.certificate) == Array(pair.chain.utf8))
    }

    @Test func `a mapping of 443 made by hand stays as it is`() {
        let mappings = [
            Mapping(scheme: .http, hostPort: 80, upstream: ["10.0.0.1:5000"]),
            Mapping(scheme: .grpcs, hostPort: 443, upstream: ["10.0.0.1:7000"]),
        ]
        var site = Site(id: "a", title: "shop", mappings: mappings)
        Certs.put(CertificateFiles(certificate: "/c", key: "/k"), on: &site)
        #expect(site.mappings == mappings)
        var other = Site(id: "a", title: "shop", mappings: [Mapping(scheme: .http, hostPort: 8080, upstream: [])])
        Certs.put(CertificateFiles(certificate: "/c", key: "/k"), on: &other)
        #expect(other.mappings.count == 1)
    }

    @Test func `the row goes with its app`() async throws {
        let app = try await Apps(on: host).create(AppName("shop"))
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        try await host.store.write { try AppsTable.delete(app.id, $0) }
        #expect(try await Certs(on: host).find(app) == nil)
    }

    @Test func `the address of the app becomes an https one`() async throws {
        let app = try await host.deployedApp()
        _ = try await Domains(on: host).change(app, "domains:set") { _ in [try DomainName("shop.example.com")] }
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        #expect(try await Urls(on: host).all(of: app).contains("https://shop.example.com:8443"))
    }
}
