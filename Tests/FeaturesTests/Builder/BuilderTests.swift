import ArgumentParser
import Core
import Files
import GRDB
import Repositories
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `builder` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    private static func choice(_ paths: [String], _ edit: (inout BuilderChoice.Signs) -> Void = { _ in }) -> String {
        var signs = BuilderChoice.Signs(paths: Set(paths))
        edit(&signs)
        return BuilderChoice(signs).name
    }

    @Test(arguments: [
        (["Dockerfile", "package.json"], "dockerfile"), (["package.json"], "dockerfile"), ([], "dockerfile"),
        (["Dockerfile", ".buildpacks"], "herokuish"), ([".buildpacks", "lambda.yml"], "herokuish"),
        (["Dockerfile", "project.toml"], "pack"), (["lambda.yml", "nixpacks.toml"], "lambda"),
        (["nixpacks.toml", "project.toml"], "nixpacks"), (["project.toml", "railpack.json"], "pack"),
        (["railpack.json"], "railpack"), (["app/Dockerfile"], "dockerfile"),
        (["Dockerfile", "nixpacks.toml", "railpack.json", "lambda.yml"], "dockerfile"),
    ])
    func `a source goes to the builder it shows`(paths: [String], name: String) { #expect(Self.choice(paths) == name) }

    @Test func `what a person says rules over what the source shows`() {
        #expect(Self.choice(["Dockerfile"]) { $0.selected = "nixpacks" } == "nixpacks")
        #expect(Self.choice(["Dockerfile"]) { $0.hasBuildpacks = true } == "herokuish")
        #expect(Self.choice(["Dockerfile"]) { $0.hasBuildpackURL = true } == "herokuish")
        #expect(Self.choice(["Dockerfile", ".buildpacks"]) { $0.allowsHerokuish = false } == "dockerfile")
        #expect(Self.choice(["Dockerfile", "nixpacks.toml"]) { $0.dockerfile = "deploy/Dockerfile" } == "nixpacks")
        #expect(Self.choice(["other.toml"]) { $0.nixpacks = "other.toml" } == "nixpacks")
    }

    private func push(_ app: App, _ files: [(path: String, bytes: [UInt8])]) async throws {
        try await Git(on: host).prepare(app)
        let made = try await host.repositories.commit(files: files, parent: nil, message: "one", in: app.id)
        let revision = try #require(made)
        let order = DeployOrder(
            origin: .commit(revision, subject: "one"),
            branch: "main",
            source: "git-push",
            reason: "deploy"
        )
        try await Deploys(on: host).run(order, on: app)
    }

    @Test(arguments: [
        ("./deploy/app.json", "deploy/app.json"), ("deploy//app.json", "deploy/app.json"), ("a/./b/", "a/b"),
        ("./a", "a"), ("a", "a"), (".", "."), ("./", "."), ("/a/", "/a/"), ("../a", "../a"), ("", ""),
    ])
    func `a path is kept in one form`(text: String, plain: String) {
        #expect(Allowed.plainPath(text) == plain)
        #expect(Allowed.plainPath(plain) == plain)
    }

    @Test func `a path that begins with a dot finds the same file`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await SetProperty<AppJsonFile>.parse(["shop", "appjson-path", "./deploy/app.json"]).run(on: host)
        try await SetProperty<AppJsonFile>.parse(["shop", "appjson-path", "deploy/app.json"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("appjson-path is unchanged\n"))
        try await SetProperty<BuilderCommands>.parse(["shop", "build-dir", "packages/web/"]).run(on: host)
        #expect(try await Builder(on: host).folder(of: app) == "packages/web")
        try await SetProperty<BuilderCommands>.parse(["shop", "build-dir", "."]).run(on: host)
        #expect(try await Builder(on: host).folder(of: app).isEmpty)
        for path in [".", "/app.json", "a/../b"] {
            #expect(
                await code { try await SetProperty<AppJsonFile>.parse(["shop", "appjson-path", path]).run(on: host) }
                    == .malformed
            )
        }
    }

    @Test func `a source for a builder that is not here fails before anything is built`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        do {
            try await push(app, [("nixpacks.toml", []), ("app.json", Array("not read".utf8))])
            Issue.record("it was taken")
        } catch {
            let failure = Failure(error)
            #expect(failure.code == .badSource && failure.what.contains("nixpacks"))
            #expect(failure.why == "\"nixpacks.toml\" is in the source")
            #expect(failure.fix?.contains("slipway builder:set shop selected dockerfile") == true)
        }
        #expect(try await Builds(on: host).all(of: app).isEmpty)
    }

    @Test func `builder null takes images and nothing else`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await SetProperty<BuilderCommands>.parse(["shop", "selected", "null"]).run(on: host)
        #expect(
            await code { try await push(app, [("Dockerfile", Array("FROM a\nRUN make\n".utf8))]) } == .badSource
        )
        var signs = BuilderChoice.Signs(paths: [])
        signs.selected = "null"
        let null = BuilderChoice(signs)
        try null.refuseAbsent(app.name)
        try null.refuseSource("FROM nginx:1\n# sha256:1\n", app.name)
        #expect(throws: Failure.self) { try null.refuseSource(nil, app.name) }
    }

    @Test func `a plugin's own builder is selected by its name, while the plugin takes part`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        func select(_ name: String) async -> FailureCode? {
            await code { try await SetProperty<BuilderCommands>.parse(["shop", "selected", name]).run(on: host) }
        }
        for (plugin, hook) in [("own", "builder-build"), ("builder-kit", "builder-build"), ("other", "pre-build")] {
            let place = host.paths.plugins.appending(plugin)
            try writeFile(place.appending("plugin.toml"), Array("[plugin]\nversion = \"1\"\n".utf8))
            let path = place.appending("hooks").appending(hook)
            try writeFile(path, Array("#!/bin/sh\n".utf8), mode: [.ownerReadWriteExecute])
        }
        for name in ["own", "kit", "builder-kit"] { #expect(await select(name) == nil) }
        for name in ["other", "builder-own", "nope"] { #expect(await select(name) == .malformed) }
        try await Git(on: host).prepare(app)
        let made = try await host.repositories.commit(
            files: [("Dockerfile", [])],
            parent: nil,
            message: "one",
            in: app.id
        )
        let snapshot = try await host.repositories.snapshot(of: try #require(made), in: app.id)
        let choice = try await Builder(on: host).pick(for: snapshot, app, [:])
        #expect(choice.name == "builder-kit" && choice.isPlugins && choice.isHere && choice.why == "it was selected")
        _ = try await Installation(on: host).set("own", enabled: false)
        #expect(await select("own") == .malformed)
    }

    @Test(
        arguments: [
            (["shop", "selected", "pack"], nil), (["--global", "selected", "dockerfile"], nil),
            (["shop", "build-dir", "app/web"], nil), (["shop", "skip-cleanup", "true"], nil),
            (["shop", "selected", "make"], FailureCode.malformed), (["shop", "build-dir", "../x"], .malformed),
            (["shop", "build-dir", "/etc"], .malformed), (["shop", "skip-cleanup", "yes"], .malformed),
            (["shop", "detected", "pack"], .usage), (["shop", "dockerfile-path", "x"], .usage),
            (["nope", "selected", "pack"], .noSuchApp), ([], .usage),
        ] as [([String], FailureCode?)]
    )
    func `properties are checked`(words: [String], expected: FailureCode?) async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await SetProperty<BuilderCommands>.parse(words).run(on: host) } == expected)
        guard expected == nil else { return }
        try await SetProperty<BuilderCommands>.parse(words).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("is unchanged\n"))
    }

    @Test func `the report says what is set, what holds, and what built last`() async throws {
        let app = try await host.deployedApp()
        try await SetProperty<BuilderCommands>.parse(["--global", "selected", "dockerfile"]).run(on: host)
        var build = Build(
            id: "b1",
            app: app.id,
            release: 1,
            status: .succeeded,
            source: "git-push",
            revision: nil,
            caller: "ana",
            startedAt: .now
        )
        build.builder = "dockerfile"
        let made = build
        try await host.store.write { try BuildsTable.insert(made, $0) }
        for flag in ["selected", "computed-selected", "global-selected", "detected"] {
            try await ReportCommand<BuilderCommands>.parse(["shop", "--builder-\(flag)"]).run(on: host)
        }
        #expect(fake.transcript.answer == "\ndockerfile\ndockerfile\ndockerfile\n")
    }

    /// The property of every builder that has one.
    static let nouns: [(set: any HostCommand.Type, report: any HostCommand.Type, property: String, value: String)] = [
        (SetProperty<BuilderDockerfile>.self, ReportCommand<BuilderDockerfile>.self, "dockerfile-path", "a/Dockerfile"),
        (SetProperty<BuilderHerokuish>.self, ReportCommand<BuilderHerokuish>.self, "allowed", "false"),
        (SetProperty<BuilderLambda>.self, ReportCommand<BuilderLambda>.self, "lambdayml-path", "a/lambda.yml"),
        (SetProperty<BuilderNixpacks>.self, ReportCommand<BuilderNixpacks>.self, "nixpackstoml-path", "n.toml"),
        (SetProperty<BuilderPack>.self, ReportCommand<BuilderPack>.self, "projecttoml-path", "p.toml"),
        (SetProperty<BuilderRailpack>.self, ReportCommand<BuilderRailpack>.self, "railpackjson-path", "r.json"),
        (SetProperty<AppJsonFile>.self, ReportCommand<AppJsonFile>.self, "appjson-path", "deploy/app.json"),
    ]

    @Test(arguments: 0..<7)
    func `each builder has its property, of an app and of all`(index: Int) async throws {
        let noun = Self.nouns[index]
        _ = try await Apps(on: host).create(try AppName("shop"))
        for scope in ["shop", "--global"] {
            try await noun.set.parse([scope, noun.property, noun.value]).run(on: host)
            try await noun.set.parse([scope, noun.property, noun.value]).run(on: host)
            #expect(fake.transcript.progress.hasSuffix("=====> \(noun.property) is unchanged\n"))
        }
        try await noun.report.parse(["shop", "--format", "json"]).run(on: host)
        let answer = fake.transcript.answer
        for key in [noun.property, "computed-\(noun.property)", "global-\(noun.property)"] {
            #expect(answer.contains(#""\#(key)":"\#(noun.value)""#), "\(answer)")
        }
        #expect(await code { try await noun.set.parse(["shop", noun.property, "../x"]).run(on: host) } == .malformed)
        #expect(await code { try await noun.set.parse(["nope", noun.property, "x"]).run(on: host) } == .noSuchApp)
        #expect(await code { try await noun.report.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test func `what was set before builders had nouns of their own is where it belongs`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let sql = try #require(PropertiesTable.migrations.last).sql
        try await host.store.write { database in
            try PropertiesTable.set("builder", "dockerfile-path", app.id, to: "x/Dockerfile", database)
            try PropertiesTable.set("builder", "appjson-path", nil, to: "x.json", database)
            try PropertiesTable.set("builder", "build-dir", app.id, to: "x", database)
            try database.execute(sql: sql)
        }
        #expect(try await Builder(on: host).dockerfile(of: app) == "x/Dockerfile")
        #expect(try await Properties("app-json", on: host).effective(AppJsonFile.path, of: app) == "x.json")
        #expect(try await Builder(on: host).folder(of: app) == "x")
    }

    @Test func `a generated secret is 64 hexadecimal digits, and never the same`() {
        let ticks = Ticks()
        let all = (0..<20).map { _ in Builder.secret { ticks.identity() } }
        #expect(Set(all).count == 20)
        #expect(all.allSatisfy { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) })
    }
}
