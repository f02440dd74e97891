import Core
import Files
import Plugins
import Repositories
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `what plugins written for Dokku look for` {
    let fake: Fake
    let host: Host
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    private var lib: FilePath { host.paths.dokku }

    private func text(_ path: String) throws -> String? {
        try readFile(lib.pushing(FilePath(path))).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `programs, functions and plugins are in their places`() async throws {
        for (name, isEnabled) in [("auth", true), ("off", false)] {
            let toml = "[plugin]\nversion = \"1\"\nenabled = \(isEnabled)\n"
            try writeFile(host.paths.plugins.appending("\(name)/plugin.toml"), Array(toml.utf8))
        }
        try await DokkuTree(on: host).publish()
        #expect(linkTarget(lib.appending("bin/dokku")) == FilePath(Git.binary))
        #expect(try text("bin/plugn")?.hasPrefix("#!/usr/bin/env bash\n") == true)
        for place in ["plugins/available", "plugins/enabled", "core-plugins/available", "core-plugins/enabled"] {
            #expect(try text("\(place)/common/functions")?.contains("verify_app_name()") == true, "\(place)")
        }
        #expect(linkTarget(lib.appending("plugins/available/off")) == host.paths.plugins.appending("off"))
        #expect(linkTarget(lib.appending("plugins/enabled/auth")) == host.paths.plugins.appending("auth"))
        #expect(linkTarget(lib.appending("plugins/enabled/off")) == nil)
        #expect(try text("answers")?.contains("proxy-build-config\n") == true)
        try removeTree(host.paths.plugins.appending("off"))
        try await DokkuTree(on: host).publish()
        #expect(kindOfFile(lib.appending("plugins/available/off")) == nil)
    }

    @Test func `an app is found by its name, whatever its name is`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        #expect(linkTarget(lib.appending("home/shop")) == FilePath("../apps/\(app.id)"))
        #expect(try text("home/shop/.git") == "gitdir: \(host.repositories.path(of: app.id))\n")
        try writeFile(lib.appending("home/shop/REDIRECTS"), Array("a:b:301\n".utf8))
        try await Apps(on: host).rename(app, to: try AppName("store"))
        #expect(kindOfFile(lib.appending("home/shop")) == nil)
        #expect(try text("home/store/REDIRECTS") == "a:b:301\n")
        let renamed = try await Apps(on: host).find(app.id)
        _ = try await Apps(on: host).clone(renamed, as: try AppName("second"))
        #expect(try text("home/second/REDIRECTS") == "a:b:301\n")
        #expect(
            linkTarget(lib.appending("home/second/nginx.conf.d"))
                != linkTarget(lib.appending("home/store/nginx.conf.d"))
        )
    }

    @Test func `a destroyed app has no name, and its files wait in the archive`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try writeFile(lib.appending("home/shop/acl/ana"), [])
        try DokkuTree(on: host).withdraw(app, isPurging: false)
        #expect(kindOfFile(lib.appending("home/shop")) == nil)
        #expect(try listFolder(host.paths.dokku(of: app.id).appending("acl")) == ["ana"])
        try DokkuTree(on: host).withdraw(app, isPurging: true)
        #expect(kindOfFile(host.paths.dokku(of: app.id)) == nil)
    }

    @Test func `the names of an app are in VHOST, and follow them`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        #expect(try text("home/shop/VHOST") == nil)
        _ = try await Domains(on: host).change(app, "domains:add") { _ in
            [try DomainName("shop.example"), try DomainName("www.example")]
        }
        #expect(try text("home/shop/VHOST") == "shop.example\nwww.example\n")
        _ = try await Domains(on: host).setEnabled(false, app)
        #expect(try text("home/shop/VHOST") == nil)
    }

    @Test func `a certificate that a plugin puts there is taken, a broken one is not`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let tree = DokkuTree(on: host)
        #expect(try await !tree.takeCertificate(of: app))
        let names = [try DomainName("shop.example")]
        let pair = try SelfSigned.make(names, from: host.time.now(), for: .seconds(86400))
        let tls = lib.appending("home/shop/tls")
        try writeFile(tls.appending("server.crt"), Array(pair.chain.utf8))
        try writeFile(tls.appending("server.key"), Array(pair.key.utf8))
        #expect(try await tree.takeCertificate(of: app))
        #expect(try await Certs(on: host).find(app) == pair)
        #expect(try await !tree.takeCertificate(of: app), "it is the app's own by now")
        try writeFile(tls.appending("server.key"), Array("nonsense".utf8))
        let error = await #expect(throws: Failure.self) { try await tree.takeCertificate(of: app) }
        #expect(error?.code == .badCertificate)
        #expect(try await Certs(on: host).find(app) == pair)
        let other = try SelfSigned.make(names, from: host.time.now(), for: .seconds(2 * 86400))
        _ = try await Certs(on: host).install(other, app, "certs:update")
        #expect(try readFile(tls.appending("server.crt")) == Array(other.chain.utf8))
        try await Certs(on: host).remove(app)
        #expect(try listFolder(tls).isEmpty)
    }

    @Test func `doing it again writes nothing, and puts right what somebody has changed`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        try await DokkuTree(on: host).publish()
        let functions = lib.appending("core-plugins/available/common/functions")
        let before = try readFile(functions)
        try writeFile(functions, Array("echo gone".utf8))
        try writeFile(lib.appending("home/shop/ENV"), Array("A=secret".utf8))
        try makeLink(lib.appending("home/gone"), to: "../apps/0000000000")
        try writeFile(lib.appending("apps/0000000000/left"), [])
        try await DokkuTree(on: host).publish()
        #expect(try readFile(functions) == before)
        #expect(try text("home/shop/ENV") == nil)
        #expect(kindOfFile(lib.appending("home/gone")) == nil && kindOfFile(lib.appending("apps/0000000000")) == nil)
        #expect(!fake.transcript.progress.contains(" !     "))
    }
}
