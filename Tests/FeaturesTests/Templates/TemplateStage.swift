import Core
import Files
import FoundationEssentials
import Scheduling
import Store
import Support
import SystemPackage

@testable import Features

/// A host with kinds of services and a template of two of them, on an engine and servers that remember.
struct TemplateStage {
    static let template = """
        [template]
        description = "A blog"
        image = "blog:1"
        ports = ["http:80:3000"]
        notes = ["{{app}} uses {{db.service}}"]
        [services.db]
        kind = "postgres"
        version = "16"
        [services.cache]
        kind = "redis"
        memory = "64m"
        [storage]
        "/data" = "data"
        [config]
        DB = "{{db.user}} {{db.password}} {{db.host}} {{db.port}} {{db.database}}"
        CACHE = "{{cache.url}}"
        KEY = "{{random}}"
        NAME = "{{app}} at {{domain}}"
        [scale]
        web = 2
        [properties.nginx]
        client-max-body-size = "64m"

        """

    let services: ServiceStage

    init() throws {
        services = try ServiceStage()
        services.engine.change { $0.images["sha256:blog1"] = .init(tags: ["blog:1"], labels: [:]) }
        try write(Self.template, as: "blog")
    }

    /// A file of the plugin that comes with the product.
    static func shipped(_ file: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
        return try String(contentsOfFile: "\(root)/plugins/template/\(file)", encoding: .utf8)
    }

    var folder: FilePath { services.folder.path.appending("plugins/mine") }

    /// A template of a plugin of the administrator's.
    func write(_ text: String, as name: String, plugin: String = "mine", enabled: Bool = true) throws {
        let folder = services.folder.path.appending("plugins/\(plugin)")
        let files = folder.appending("templates").string
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        let card = "[plugin]\ndescription = \"mine\"\nversion = \"1.0.0\"\nenabled = \(enabled)\n"
        try card.write(toFile: folder.appending("plugin.toml").string, atomically: true, encoding: .utf8)
        try text.write(toFile: "\(files)/\(name).toml", atomically: true, encoding: .utf8)
    }

    /// Has the next passing of each point fail.
    func plant(_ points: String..., on host: Host) throws {
        try points.map { "\($0) fail\n" }.joined().write(
            toFile: host.paths.faults.string,
            atomically: true,
            encoding: .utf8
        )
    }

    /// Makes apps by rows and recorded instances in place of a build.
    func making(_ host: Host) -> TemplateMaking {
        var making = TemplateMaking(on: host)
        making.deploy = { image, app, host in
            var release = Release(
                app: app.id,
                number: 0,
                status: .superseded,
                facts: SourceFacts(),
                settings: try await Releases(on: host).draft(of: app),
                reason: "deploy \(image)",
                caller: "ana",
                createdAt: host.time.now()
            )
            release.image = "sha256:blog1"
            let operations = Operations(on: host)
            let lock = try await operations.take(app, waiting: .zero)
            defer { lock.release() }
            let order = DeployOrder(origin: .release(release), source: "git-push", reason: release.reason)
            _ = try await Deploys(on: host).run(order, on: app, holding: lock, allowLocked: true, token: nil)
        }
        return making
    }

    func wish(_ app: String = "shop", domain: String? = "shop.example.com") throws -> TemplateWish {
        TemplateWish(
            app: try AppName(app),
            template: try TemplateName("blog"),
            domain: try domain.map { try DomainName($0) }
        )
    }

    /// All that there is but what tells of attempts.
    func everything(_ host: Host) async throws -> [String] {
        let apps = try await host.store.read { try AppsTable.everything($0) }.map(\.name.text)
        let services = try await Services(on: host).all().map(\.title)
        let networks = self.services.engine.networks.keys.sorted()
        let containers = self.services.fake.scheduler.entries.values.map(\.workload.name).sorted()
        let volumes = self.services.engine.volumes.keys.sorted()
        let folders = ["services", "repos", "logs", "certs", "storage", "dokku/apps"].flatMap { folder in
            let path = host.paths.root.appending(folder).string
            return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).map { "\(folder)/\($0)" }
        }
        let sites = self.services.fake.proxy.sites.keys.sorted()
        return apps + services.sorted() + networks + containers + volumes + folders.sorted() + sites
    }
}

extension Host {
    /// The plugin with the templates that come with the product.
    func furnishTemplate() throws {
        let folder = paths.corePlugins.appending("template")
        let files = folder.appending("templates").string
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        for file in ["plugin.toml", "templates/wordpress.toml"] {
            let text = try TemplateStage.shipped(file)
            try text.write(toFile: folder.appending(file).string, atomically: true, encoding: .utf8)
        }
    }
}
