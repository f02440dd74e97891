import ArgumentParser
import Core
import FoundationEssentials
import GRDB
import Scheduling
import Store
import SystemPackage
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(2))) struct `An app from a template` {
    let stage: TemplateStage

    init() throws { stage = try TemplateStage() }

    private func config(_ app: App, _ host: Host) async throws -> [String: String] {
        let all = try await Config(on: host).all(of: app)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.key.text, $0.value) })
    }

    @Test func `has its services, volumes, settings and name, and runs`() async throws {
        try await stage.services.with { host in
            var wish = try stage.wish()
            wish.config = [try ConfigKey("NAME"): "mine"]
            let app = try await stage.making(host).make(wish)
            #expect(app.current == 1 && app.lock == nil)
            let db = try await stage.services.find("postgres", "shop-db", host)
            let cache = try await stage.services.find("redis", "shop-cache", host)
            #expect(db.version == "16" && cache.memory == 64 << 20)
            let link = try #require(try await Services(on: host).links(of: db).first)
            let config = try await config(app, host)
            #expect(config["DB"] == "\(link.user) \(link.password) postgres-shop-db 5432 shop_db")
            #expect(config["CACHE"] == config["REDIS_URL"] && config["DATABASE_URL"]?.contains(link.password) == true)
            #expect(config["KEY"]?.utf8.count == 32 && config["NAME"] == "mine")
            #expect(try await Domains(on: host).names(of: app).map(\.text) == ["shop.example.com"])
            #expect(try await Storage(on: host).mounts(of: app).map(\.text) == ["data:/data"])
            #expect(try await Ports(on: host).all(of: app).map(\.text) == ["http:80:3000"])
            #expect(try await Ps(on: host).asked(of: app) == [.web: 2])
            let property = try #require(Feature.nginx.properties.named("client-max-body-size"))
            #expect(try await Properties("nginx", on: host).raw(property, of: app) == "64m")
            #expect(try await stage.services.isQuiet(host))
            // Nothing but names stands where people look.
            let told = try await host.store.read { database in
                try String.fetchAll(database, sql: "SELECT detail FROM events UNION ALL SELECT notes FROM operations")
            }.joined(separator: "\n")
            let secrets = [link.password, db.password, config["KEY"] ?? "?"]
            for secret in secrets {
                #expect(!told.contains(secret) && !stage.services.fake.transcript.progress.contains(secret))
            }
        }
    }

    static let points = TemplateStep.allCases.flatMap { step in
        ["begin", "end", "after"].map { "template.\(step.rawValue).\($0)" }
    }

    @Test(arguments: points.filter { !["template.deploy.after"].contains($0) && !$0.hasPrefix("template.done") })
    func `that fails at any step leaves nothing, and can be tried again`(_ point: String) async throws {
        try await stage.services.with { host in
            let other = try await host.deployedApp("other")
            _ = try await stage.services.create("postgres", "db", on: host)
            let before = try await stage.everything(host)
            try stage.plant(point, on: host)
            let failure = await #expect(throws: Failure.self) { try await stage.making(host).make(try stage.wish()) }
            #expect(failure?.what == "planted fault at \(point)")
            #expect(try await stage.everything(host) == before)
            #expect(try await stage.services.isQuiet(host))
            #expect(try await Apps(on: host).archives().isEmpty)
            #expect(try await Apps(on: host).find(other.id).current == 1)
            _ = try await stage.making(host).make(try stage.wish())
        }
    }

    @Test(arguments: ["template.deploy.after", "template.done.begin", "template.done.end", "template.done.after"])
    func `that is live stays`(_ point: String) async throws {
        try await stage.services.with { host in
            try stage.plant(point, on: host)
            await #expect(throws: Failure.self) { try await stage.making(host).make(try stage.wish()) }
            let app = try await Apps(on: host).find(try AppName("shop"))
            #expect(app.current == 1 && app.lock == nil)
            #expect(try await stage.services.isQuiet(host))
        }
    }

    /// Points inside what it has others do.
    @Test(
        arguments: [
            "service-create.container.end", "service-create.done.after", "service-link.user.begin",
            "service-link.draft.after", "deploy.start.end", "deploy.live.begin", "deploy.names.after",
        ])
    func `that fails within a step leaves nothing`(_ point: String) async throws {
        try await stage.services.with { host in
            let before = try await stage.everything(host)
            try stage.plant(point, on: host)
            await #expect(throws: Failure.self) { try await stage.making(host).make(try stage.wish()) }
            #expect(try await stage.everything(host) == before)
            #expect(try await stage.services.isQuiet(host))
        }
    }

    @Test(
        arguments: [
            "destroy.proxy.begin", "destroy.images.end", "destroy.rows.after", "service-unlink.draft.begin",
            "service-unlink.access.end", "service-destroy.row.begin", "service-destroy.parts.end",
        ])
    func `whose undoing fails too is undone by a later command`(_ point: String) async throws {
        try await stage.services.with { host in
            let before = try await stage.everything(host)
            try stage.plant("template.deploy.end", point, on: host)
            let failure = await #expect(throws: Failure.self) { try await stage.making(host).make(try stage.wish()) }
            #expect(failure?.what == "planted fault at template.deploy.end")
            #expect(try await !stage.services.isQuiet(host))
            try await Tick(on: host).run()
            #expect(try await stage.everything(host) == before)
            #expect(try await stage.services.isQuiet(host))
        }
    }

    /// The owner of such an operation settles nothing, as one that died.
    private func abandoned(_ host: Host) -> TemplateMaking {
        var making = stage.making(host)
        making.deploy = { _, _, _ in throw Failure(.lostLock, "gone") }
        return making
    }

    @Test func `whose maker died takes no push, and goes with the next tick`() async throws {
        try await stage.services.with { host in
            let before = try await stage.everything(host)
            await #expect(throws: Failure.self) { try await abandoned(host).make(try stage.wish()) }
            let app = try await Apps(on: host).find(try AppName("shop"))
            #expect(app.lock == "the template blog is making it")
            let refused = await #expect(throws: Failure.self) {
                try await Deploys(on: host).change(app, because: "x") { _ in }
            }
            #expect(refused?.code == .locked || refused?.code == .notDeployed)
            try await Tick(on: host).run()
            #expect(try await stage.everything(host) == before)
            try await Tick(on: host).run()
            #expect(try await stage.services.isQuiet(host))
        }
    }

    @Test func `whose maker died makes room for the next`() async throws {
        try await stage.services.with { host in
            await #expect(throws: Failure.self) { try await abandoned(host).make(try stage.wish()) }
            let app = try await stage.making(host).make(try stage.wish())
            #expect(app.current == 1)
            let count = try await Services(on: host).all().count
            #expect(count == 2)
        }
    }

    /// Somebody links another app to its database and destroys the app, before the deploy fails.
    private func meddled(_ host: Host) -> TemplateMaking {
        var making = stage.making(host)
        making.deploy = { _, app, host in
            let other = try await Apps(on: host).create(try AppName("other"))
            let services = Services(on: host)
            let db = try await services.find(try ServiceKindName("postgres"), try ServiceName("shop-db"))
            _ = try await services.link(db, other, try ServiceLinkWish())
            _ = try await Apps(on: host).destroy(app)
            throw Failure(.bug, "planted")
        }
        return making
    }

    @Test func `leaves a service that somebody else uses by now, and an app that was destroyed`() async throws {
        try await stage.services.with { host in
            let making = meddled(host)
            await #expect(throws: Failure.self) { try await making.make(try stage.wish()) }
            let left = try await Services(on: host).all().map(\.name.text)
            #expect(left == ["shop-db"])
            #expect(try await Apps(on: host).archives().isEmpty)
            #expect(try await Apps(on: host).names() == ["other"])
            #expect(stage.services.fake.transcript.progress.contains("postgres shop-db stays: other was linked"))
        }
    }

    // MARK: What is refused before anything is made

    private func refused(_ host: Host, _ words: String..., because code: FailureCode) async throws {
        let before = try await stage.everything(host)
        let end = await stage.services.code { try await AppsCreate.parse(words).run(on: host) }
        #expect(end == code, "\(words)")
        #expect(try await stage.everything(host) == before, "\(words)")
        let all = try await Operations(on: host).recent(of: nil)
        #expect(!all.contains { $0.kind == "template" }, "\(words)")
    }

    @Test func `is refused when anything about it is wrong`() async throws {
        try await stage.services.with { host in
            let other = try await Apps(on: host).create(try AppName("other"))
            let taken = try DomainName("taken.example.com")
            _ = try await Domains(on: host).change(other, "domains:set") { _ in [taken] }
            try await refused(host, "shop", "--template", "nothing", because: .notFound)
            try await refused(host, "shop", "--template", "blog", because: .usage)
            let named = ["--template", "blog", "--domain", "taken.example.com"]
            try await refused(host, "shop", named[0], named[1], named[2], named[3], because: .domainTaken)
            let domain = "--domain=a.example.com"
            try await refused(host, "other", "--template", "blog", domain, because: .taken)
            try await refused(
                host,
                "shop",
                "--template",
                "blog",
                domain,
                "--image",
                "none:1",
                because: .registryRefused
            )
            try await refused(host, "shop", "--template", "blog", domain, "--image", "a b", because: .malformed)
            try await refused(host, "shop", "--template", "blog", domain, "--set", "A", because: .malformed)
            try await refused(host, "shop", "--template", "blog", domain, "--set", "1=2", because: .malformed)
            try await refused(host, "shop", "--image", "blog:1", because: .usage)
            let long = String(repeating: "a", count: 39)
            try await refused(host, long, "--template", "blog", domain, because: .malformed)
            _ = try await stage.services.create("redis", "shop-cache", on: host)
            try await refused(host, "shop", "--template", "blog", domain, because: .taken)
        }
    }

    @Test(
        arguments: [
            ("kind = \"postgres\"", "kind = \"oracle\"", FailureCode.notFound),
            ("version = \"16\"", "version = \"99\"", .registryRefused),
            ("kind = \"redis\"", "kind = \"memcached\"\n[config]\nA = \"{{cache.user}}\"", .malformed),
            ("image = \"blog:1\"", "imag = \"blog:1\"", .malformed),
        ])
    func `is refused when its file is wrong`(old: String, new: String, code: FailureCode) async throws {
        let text = TemplateStage.template.replacing("[config]\n", with: new.contains("[config]") ? "" : "[config]\n")
        try stage.write(
            text.replacing(old, with: new).replacing("[storage]\n\"/data\" = \"data\"\n", with: ""),
            as: "blog"
        )
        try await stage.services.with { host in
            try await refused(host, "shop", "--template", "blog", "--domain", "a.example.com", because: code)
        }
    }

    // MARK: Files

    @Test func `is found by its name, in plugins that take part`() async throws {
        try stage.write(TemplateStage.template, as: "wiki", plugin: "other")
        try stage.write(TemplateStage.template, as: "off", plugin: "off", enabled: false)
        try stage.write("[template]\n", as: "broken")
        try await stage.services.with { host in
            let end = await stage.services.run("templates:list", on: host)
            #expect(end.status == 0 && end.answer.contains("blog  mine   A blog") && end.answer.contains("wiki  other"))
            #expect(!end.answer.contains("off") && end.said.contains("description is missing"))
            let near = await stage.services.run("apps:create", "shop", "--template", "blgo", on: host)
            #expect(
                near.status == 1 && near.said.contains("did you mean blog?") && near.said.contains("wiki"),
                "\(near)"
            )
            let info = await stage.services.run("templates:info", "blog", "--format", "json", on: host)
            #expect(info.answer.contains("\"services\":[{\"kind\":\"redis\",\"name\":\"APP-cache\"}"), "\(info)")
            #expect(await stage.services.run("templates:info", "blog", on: host).answer.contains("data:/data"))
            let look = await stage.services.run("plugin:validate", "mine", on: host)
            #expect(look.status != 0 && (look.answer + look.said).contains("line 1: description is missing"), "\(look)")
            try stage.write(TemplateStage.template, as: "blog", plugin: "other")
            let two = await stage.services.run("templates:info", "blog", on: host)
            #expect(two.status == 3 && two.said.contains("mine, other"))
        }
    }

    @Test func `comes from a file that nobody else can write`() async throws {
        let file = stage.folder.appending("templates/blog.toml").string
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: file)
        try await stage.services.with { host in
            let end = await stage.services.run("templates:info", "blog", on: host)
            #expect(end.status != 0 && end.said.contains("everybody may write it"), "\(end)")
        }
    }

    @Test func `is for administrators, and shows no value`() {
        #expect(AppsCreate.permission(for: ["shop"]) == .change)
        #expect(AppsCreate.permission(for: ["shop", "--template", "blog"]) == .administer)
        #expect(AppsCreate.permission(for: ["shop", "--template=blog"]) == .administer)
        let words = ["shop", "--set", "A=secret", "--set=B=secret", "--template", "blog"]
        #expect(AppsCreate.shown(words) == ["shop", "--set", "A=******", "--set=B=******", "--template", "blog"])
    }
}
