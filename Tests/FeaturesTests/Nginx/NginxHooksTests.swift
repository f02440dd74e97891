import Core
import Files
import Glibc
import Plugins
import Programs
import Proxying
import Store
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `hooks about what nginx is told` {
    let fake: Fake
    let host: Host
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        var host = try Host.fake(fake)
        host.programs = .live
        self.host = host
        fake.proxy.folderOfSnippets.withLock { $0 = folder.path.appending("snippets") }
    }

    private func hook(_ trigger: String, _ script: String) throws {
        let plugin = host.paths.plugins.appending("edits")
        try writeFile(plugin.appending("plugin.toml"), Array("[plugin]\nversion = \"1\"\n".utf8))
        let run: FilePermissions = [.ownerReadWriteExecute]
        try writeFile(plugin.appending("hooks/\(trigger)"), Array("#!/bin/sh\n\(script)\n".utf8), mode: run)
    }

    private func site(_ app: App) throws -> Site { try #require(fake.proxy.sites[app.id.text]) }

    @Test func `a hook changes the text, and is told where the app answers`() async throws {
        let app = try await host.deployedApp()
        let web = try #require(try await Ps(on: host).instances(of: app).first)
        try hook("nginx-pre-reload", "echo \"# $1 $2 $3\" >> \"$DOKKU_ROOT/$1/nginx.conf\"")
        try await Nginx(on: host).publish(app)
        let told = try site(app)
        #expect(told.amended?.text == "# shop \n# shop 5000 \(web.address)\n")
        let present = try #require(try await Nginx(on: host).presentSite(of: app))
        #expect(try fake.proxy.isServing(present), "repair finds nothing wrong with it")
        // Another text of ours is amended anew, not with what was made of the old one.
        _ = try await Domains(on: host).change(app, "domains:add") { _ in [try DomainName("shop.example")] }
        #expect(try site(app).amended?.text == "# shop shop.example\n# shop 5000 \(web.address)\n")
    }

    @Test func `a hook that refuses puts everything back`() async throws {
        let app = try await host.deployedApp()
        let snippets = try #require(fake.proxy.snippets(of: app.id.text))
        try writeFile(snippets.appending("mine.conf"), Array("# mine\n".utf8))
        try hook(
            "nginx-pre-reload",
            "d=$DOKKU_ROOT/$1/nginx.conf.d; echo broken > $d/new.conf; echo other > $d/mine.conf; echo no; exit 3"
        )
        let before = try site(app)
        await #expect(throws: (any Error).self) {
            _ = try await Domains(on: host).change(app, "domains:add") { _ in [try DomainName("shop.example")] }
        }
        #expect(try site(app) == before)
        #expect(try listFolder(snippets) == ["mine.conf"])
        #expect(try readFile(snippets.appending("mine.conf")) == Array("# mine\n".utf8))
        #expect(try await Domains(on: host).names(of: app).isEmpty)
    }

    @Test func `a hook that refuses for ever leaves no operation and no newcomer behind`() async throws {
        let app = try await host.deployedApp()
        let before = try site(app)
        try hook("nginx-pre-reload", "echo never; exit 3")
        let error = await #expect(throws: Failure.self) {
            try await Deploys(on: host).change(app, because: "config") { $0.config[try ConfigKey("A")] = "1" }
        }
        #expect(error?.code == .pluginFailed && error?.live == "v1 still serves, nothing was switched")
        #expect(try await Operations(on: host).running().isEmpty)
        #expect(try await Ps(on: host).instances(of: app).count == 1)
        #expect(try site(app).unamended == before.unamended)
        // It is stopped all the same, though whoever asked is told of the hook.
        await #expect(throws: (any Error).self) { try await Control(on: host).stop(app) }
        #expect(try await Operations(on: host).running().isEmpty)
        #expect(try site(app).state == .unavailable)
    }

    @Test func `a change that comes while nginx is told of all apps is told behind it`() async throws {
        let app = try await host.deployedApp()
        let name = try DomainName("late.example")
        let (asked, written) = (folder.path.appending("asked"), folder.path.appending("written"))
        // The hook waits once until the row has changed, as a command writes it that was told of nothing.
        #expect(mkfifo(written.string, 0o600) == 0)
        try hook("nginx-pre-reload", "[ -e \(asked) ] || { : >\(asked); cat <\(written); }")
        let changing = Task { [host] in
            try await eventually("the hook runs") { kindOfFile(asked) != nil }
            try await host.store.write {
                try DomainsTable.setMode(app.id, isEnabled: true, isOwn: true, $0)
                try DomainsTable.replace(app.id, with: [name], $0)
            }
            try FileDescriptor.open(written, .writeOnly).close()
        }
        try await Nginx(on: host).publishAll()
        try await changing.value
        #expect(try site(app).names == [name.text])
    }

    @Test func `what nginx refuses of a hook's text is put back too`() async throws {
        let app = try await host.deployedApp()
        try hook("nginx-pre-reload", "echo nonsense > \"$DOKKU_ROOT/$1/nginx.conf.d/new.conf\"")
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await Nginx(on: host).publish(app) }
        #expect(try listFolder(try #require(fake.proxy.snippets(of: app.id.text))).isEmpty)
    }

    @Test func `a file beside the text is read at once, and a second time costs no reload`() async throws {
        let app = try await host.deployedApp()
        try hook("nginx-pre-reload", "echo 'deny all;' > \"$DOKKU_ROOT/$1/nginx.conf.d/acl.conf\"")
        try await Nginx(on: host).publish(app)
        #expect(fake.proxy.reloads == 1)
        try await Nginx(on: host).publish(app)
        #expect(fake.proxy.reloads == 1)
    }

    @Test func `with the plugin gone the text is ours again`() async throws {
        let app = try await host.deployedApp()
        try hook("nginx-pre-reload", "echo '# theirs' >> \"$DOKKU_ROOT/$1/nginx.conf\"")
        try await Nginx(on: host).publish(app)
        #expect(try site(app).amended != nil)
        try removeTree(host.paths.plugins.appending("edits"))
        try await Nginx(on: host).publish(app)
        #expect(try site(app).amended == nil)
        #expect(try await Nginx(on: host).presentSite(of: app)?.amended == nil)
    }

    @Test func `a template of a plugin is used where the source has none`() async throws {
        let template = folder.path.appending("t.sigil")
        try writeFile(template, Array("server { }\n".utf8))
        try hook("nginx-app-template-source", "[ \"$1 $2\" = \"shop app-config\" ] && echo \(template)")
        let app = try await host.deployedApp()
        #expect(try site(app).template?.path == template.string)
        try hook("nginx-app-template-source", "echo relative.sigil")
        let error = await #expect(throws: Failure.self) { try await Nginx(on: host).publish(app) }
        #expect(error?.code == .pluginFailed && error?.what.contains("relative.sigil") == true)
    }

    @Test func `https in front of this host is believed`() async throws {
        let app = try await host.deployedApp()
        _ = try await Domains(on: host).change(app, "domains:add") { _ in [try DomainName("shop.example")] }
        #expect(try await Urls(on: host).all(of: app) == ["http://shop.example:8080"])
        try hook("certs-force", "echo true")
        try await Nginx(on: host).publish(app)
        #expect(try site(app).options["x-forwarded-proto-value"] == "https")
        #expect(try await Urls(on: host).all(of: app) == ["https://shop.example"])
        try hook("certs-force", "true")
        try await Nginx(on: host).publish(app)
        #expect(try site(app).options["x-forwarded-proto-value"] != "https")
    }

    @Test func `a new app gets the name that a hook makes`() async throws {
        _ = try await Domains(on: host).changeGlobal { _ in [try? DomainName("example.com")].compactMap(\.self) }
        try hook("nginx-hostname", "echo \"$2.eu.$3\"")
        let app = try await Apps(on: host).create(try AppName("shop"))
        #expect(try await Domains(on: host).names(of: app).map(\.text) == ["shop.eu.example.com"])
        try hook("nginx-hostname", "echo 'no name at all'")
        let other = try await Apps(on: host).create(try AppName("other"))
        #expect(try await Domains(on: host).names(of: other).map(\.text) == ["other.example.com"])
        #expect(fake.transcript.progress.contains("no name at all"))
    }

    @Test func `names are turned on and off only if no hook minds`() async throws {
        let app = try await host.deployedApp()
        _ = try await Domains(on: host).change(app, "domains:add") { _ in [try DomainName("shop.example")] }
        try hook("pre-disable-vhost", "echo not now; exit 1")
        await #expect(throws: (any Error).self) { try await Domains(on: host).setEnabled(false, app) }
        #expect(try await !Domains(on: host).names(of: app).isEmpty)
        try hook("pre-disable-vhost", "echo off $1")
        #expect(try await Domains(on: host).setEnabled(false, app))
        try hook("pre-enable-vhost", "exit 1")
        await #expect(throws: (any Error).self) { try await Domains(on: host).setEnabled(true, app) }
        #expect(try await Domains(on: host).names(of: app).isEmpty)
    }

    @Test func `ports and the end of a certificate are told`() async throws {
        let app = try await host.deployedApp()
        let said = folder.path.appending("said")
        for trigger in ["post-proxy-ports-update", "post-certs-remove"] {
            try hook(trigger, "echo \(trigger) \"$@\" >> \(said)")
        }
        let mapping = try PortMapping("http:8080:5000")
        _ = try await Ports(on: host).change(app, "add") { $0 + [mapping] }
        let pair = try SelfSigned.make([try DomainName("shop.example")], from: host.time.now(), for: .seconds(86400))
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        try await Certs(on: host).remove(app)
        let text = String(decoding: try readFile(said) ?? [], as: UTF8.self)
        #expect(text == "post-proxy-ports-update shop add\npost-certs-remove shop\n")
    }
}
