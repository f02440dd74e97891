import Building
import Core
import Engine
import Crypto
import Repositories
import Store

extension Feature {
    /// What is built, and how.
    static let builder = Feature(
        "builder",
        "What is built, and how",
        commands: BuilderCommands.all,
        properties: Builder.properties,
        report: { app, source in
            guard let app else { return [] }
            return [ReportLine("detected", try BuildsTable.builder(of: app.id, source.database) ?? "")]
        }
    )
}

/// Turns a commit into what a builder needs.
struct Builder: Sendable {
    static let buildDir = Property(
        "build-dir",
        default: "",
        "The folder of the repository that is the root of the build",
        normalize: { $0.isEmpty ? "" : Allowed.plainPath($0) == "." ? "" : Allowed.plainPath($0) },
        validate: { if !$0.isEmpty { try Allowed.relativePath($0) } }
    )
    static let selected = Property(
        "selected",
        default: "",
        "Which builder; empty is to look at the source",
        validate: BuilderChoice.checkWord
    )
    static let skipCleanup = Property(
        "skip-cleanup",
        default: "false",
        "Keep images past retention after a deploy",
        validate: Allowed.boolean
    )
    static let properties = [selected, buildDir, skipCleanup]

    let host: Host

    init(on host: Host) { self.host = host }

    /// Refuses to select what is no builder of Dokku's and of no plugin that takes part.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    func refuseUnknown(_ name: String) async throws {
        guard !BuilderChoice.names.contains(name) else { return }
        let ofPlugins = try await Hooks(on: host).builders()
        guard !ofPlugins.contains(name) else { return }
        throw Failure.malformed(
            "\(quoted(name)) is not one of \((BuilderChoice.names + ofPlugins).joined(separator: ", "))",
            fix: "a plugin's own builder goes by the name of the plugin, which has a hook builder-build and takes part"
        )
    }

    func folder(of app: App) async throws -> String {
        try await Properties("builder", on: host).effective(Self.buildDir, of: app)
    }

    func dockerfile(of app: App) async throws -> String {
        try await Properties("builder-dockerfile", on: host).effective(BuilderDockerfile.dockerfilePath, of: app)
    }

    /// Images past retention stay after a deploy; the nightly cleaning takes them.
    func skipsCleanup(_ app: App) async throws -> Bool {
        if Environment.isOn("SKIP_CLEANUP") { return true }
        return try await Properties("builder", on: host).effective(Self.skipCleanup, of: app) == "true"
    }

    /// The builder for a source.
    ///
    /// - Parameters:
    ///   - snapshot: The source.
    ///   - app: Whose.
    ///   - environment: Its configuration.
    ///   - named: What a plugin named; one that is none of Dokku's builders is the plugin's own.
    /// - Returns: The builder, and why it is that one.
    /// - Throws: ``Failure`` with code ``FailureCode/badSource`` when it does not work here.
    func pick(
        for snapshot: Snapshot,
        _ app: App,
        _ environment: [String: String],
        named: String? = nil
    ) async throws -> BuilderChoice {
        let choice: BuilderChoice
        if let named {
            choice = BuilderChoice(named: named)
        } else {
            choice = try await self.choice(for: snapshot, app, environment)
        }
        if choice.isPlugins { return choice }
        try choice.refuseAbsent(app.name)
        let path = try await dockerfile(of: app)
        let text = choice.name == "null" ? try await snapshot.read(path, limit: 1 << 20) : nil
        try choice.refuseSource(text.map { String(decoding: $0, as: UTF8.self) }, app.name)
        return choice
    }

    /// The same, whether it works here or not.
    func choice(for snapshot: Snapshot, _ app: App, _ environment: [String: String]) async throws -> BuilderChoice {
        func effective(_ noun: String, _ property: Property) async throws -> String {
            try await Properties(noun, on: host).effective(property, of: app)
        }
        var signs = BuilderChoice.Signs(paths: Set(snapshot.entries.map(\.path)))
        signs.selected = try await effective("builder", Self.selected)
        signs.dockerfile = try await dockerfile(of: app)
        signs.lambda = try await effective("builder-lambda", BuilderLambda.path)
        signs.nixpacks = try await effective("builder-nixpacks", BuilderNixpacks.path)
        signs.pack = try await effective("builder-pack", BuilderPack.path)
        signs.railpack = try await effective("builder-railpack", BuilderRailpack.path)
        signs.allowsHerokuish = try await effective("builder-herokuish", BuilderHerokuish.allowed) == "true"
        signs.hasBuildpacks = try await !Buildpacks(on: host).list(of: app).isEmpty
        let file = try await snapshot.read(".env", limit: 1 << 20) ?? []
        let isInFile = String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline)
            .contains { $0.contains("BUILDPACK_URL=") }
        signs.hasBuildpackURL = isInFile || environment["BUILDPACK_URL"] != nil
        return BuilderChoice(signs)
    }

    /// Procfile and app.json, as they stand in the commit.
    func facts(of snapshot: Snapshot, _ app: App) async throws -> SourceFacts {
        var facts = SourceFacts()
        let procfile = try await Properties("ps", on: host).effective(Ps.procfilePath, of: app)
        if let bytes = try await snapshot.read(procfile, limit: 1 << 20) {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(.badProcfile, "Invalid Procfile", why: "it is not UTF-8 text")
            }
            facts.procfile = try Procfile(text)
        }
        let json = try await Properties("app-json", on: host).effective(AppJsonFile.path, of: app)
        if let bytes = try await snapshot.read(json, limit: 1 << 20) { facts.appJSON = try AppJSON(bytes) }
        facts.nginxTemplate = try await Nginx(on: host).template(for: app) { path in
            try await snapshot.read(path, limit: 1 << 20)
        }
        guard facts.appJSON.healthchecks[.web] == nil,
            let bytes = try await snapshot.read(ChecksFile.name, limit: 1 << 20)
        else { return facts }
        let checks = try ChecksFile.checks(String(decoding: bytes, as: UTF8.self))
        if !checks.isEmpty { facts.appJSON.healthchecks[.web] = checks }
        host.output.warn("the file CHECKS is deprecated: say it as healthchecks of web in app.json")
        return facts
    }

    /// The snapshot in the builder's own words, with its history where that is wanted.
    func source(_ snapshot: Snapshot, with history: History? = nil) -> SourceTree {
        SourceTree(
            paths: snapshot.entries.map(\.path),
            read: { try await snapshot.read($0, limit: 4 << 20) },
            tar: { keep, extra in
                let tree = snapshot.tar(keeping: keep, extra: extra)
                guard let history, keep(".git/HEAD") else { return tree }
                return HistoryTar(history: history, tree: tree)
            }
        )
    }

    /// The draft's configuration with what app.json adds where it is missing.
    ///
    /// - Throws: ``Failure`` when a required variable has no value.
    func configuration(_ release: Release, _ newID: @Sendable () -> String) throws -> [ConfigKey: String] {
        var config = release.settings.config
        for (key, variable) in release.facts.appJSON.env where config[key] == nil || variable.isSynced {
            if variable.generator == "secret" {
                if config[key] == nil { config[key] = Self.secret(newID) }
            } else if let value = variable.value, !value.isEmpty {
                config[key] = value
            } else if variable.isRequired, release.settings.inherited[key] == nil, config[key] == nil {
                throw Failure(
                    .badAppJSON,
                    "app.json needs a value for \(key)",
                    why: "it is required and none is set",
                    fix: "slipway config:set --no-restart APP \(key)=VALUE, then push again"
                )
            }
        }
        return config
    }

    /// 64 hexadecimal digits, as Heroku's generator makes them, of more than 256 bits of chance.
    static func secret(_ newID: @Sendable () -> String) -> String {
        let chance = (0..<9).map { _ in newID() }.joined()
        return SHA256.hash(data: Array(chance.utf8)).hex
    }

    func request(for app: App, _ release: Release, adding options: [DockerOption] = []) async throws -> BuildRequest {
        var request = BuildRequest(tag: Images.tag(app, release.number, host))
        request.dockerfile = try await dockerfile(of: app)
        request.noCache = try await Repo(on: host).buildsFromScratch(app)
        request.labels = [Engine.appLabel: app.id.text, "com.dokku.app-name": app.name.text]
        Resource.limit(&request, to: release.settings.limits)
        var settings = release.settings
        settings.dockerOptions += options
        return try settings.applyBuildOptions(to: request)
    }
}
