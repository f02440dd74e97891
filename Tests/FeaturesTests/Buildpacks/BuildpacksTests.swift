import ArgumentParser
import Core
import Repositories
import Support
import Testing

@testable import Features

@Suite struct `buildpacks` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host
    static let node = "https://github.com/heroku/heroku-buildpack-nodejs.git"
    static let ruby = "https://github.com/heroku/heroku-buildpack-ruby.git"
    static let apt = "https://github.com/heroku/heroku-buildpack-apt.git"

    init() async throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
        try await Apps(on: host).create(try AppName("shop"))
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    private var list: [String] {
        get async throws { try await Buildpacks(on: host).list(of: try await Apps(on: host).find(try AppName("shop"))) }
    }

    private func add(_ words: String...) async throws { try await BuildpacksAdd.parse(words).run(on: host) }
    private func set(_ words: String...) async throws { try await BuildpacksSet.parse(words).run(on: host) }
    private func remove(_ words: String...) async throws { try await BuildpacksRemove.parse(words).run(on: host) }

    @Test(arguments: [
        ("heroku/nodejs", Self.node), ("heroku-community/apt", Self.apt),
        ("https://example.com/a/b.git#v1", "https://example.com/a/b.git#v1"),
        ("ssh://git@example.com/a.git", "ssh://git@example.com/a.git"),
    ])
    func `a short name is one of an organisation at GitHub`(text: String, url: String) throws {
        #expect(try Buildpack(text).url == url)
    }

    @Test(arguments: [
        "", "nodejs", "a/b/c", "a/", "/b", "file:///etc/passwd", "https://", "https:///x", "-a/b", "a b/c",
        "https://user:secret@example.com/a.git", "ftp://example.com/a", "../a", "a/\u{7}",
    ])
    func `what is no address is refused`(text: String) {
        #expect { try Buildpack(text) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `they are added at the end or at a place, each once`() async throws {
        try await add("shop", "heroku/nodejs")
        try await add("shop", "heroku/ruby")
        try await add("--index", "1", "shop", "heroku-community/apt")
        #expect(try await list == [Self.apt, Self.node, Self.ruby])
        #expect(await code { try await add("shop", "heroku/ruby") } == .taken)
        #expect(await code { try await add("--index", "0", "shop", "heroku/go") } == .usage)
        #expect(await code { try await add("nope", "heroku/go") } == .noSuchApp)
        #expect(try await list.count == 3)
    }

    @Test func `that this host builds with none is said at once`() async throws {
        try await SetProperty<BuilderHerokuish>.parse(["--global", "allowed", "true"]).run(on: host)
        try await add("shop", "heroku/nodejs")
        #expect(fake.transcript.progress.hasSuffix("no builder herokuish: a push would fail before the build\n"))
        try await SetProperty<BuilderCommands>.parse(["shop", "selected", "dockerfile"]).run(on: host)
        try await set("shop", "heroku/ruby")
        #expect(fake.transcript.progress.hasSuffix("they are kept, and nothing comes of them\n"))
        try await remove("shop", "heroku/ruby")
        #expect(fake.transcript.progress.hasSuffix("takes effect with the next build\n"))
        try await SetProperty<BuilderCommands>.parse(["shop", "selected", "pack"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("no builder pack: a push would fail before the build\n"))
        try await SetProperty<BuilderPack>.parse(["shop", "projecttoml-path", "a/project.toml"]).run(on: host)
        #expect(fake.transcript.progress.contains("this host has no builder pack: a source that is taken for its own"))
    }

    @Test func `one is put in the place of another, or the whole list of another list`() async throws {
        try await set("shop", "heroku/nodejs")
        try await set("--index", "2", "shop", "heroku/ruby")
        try await set("shop", "heroku-community/apt")
        #expect(try await list == [Self.apt, Self.ruby])
        try await set("shop", "heroku-community/apt")
        #expect(fake.transcript.progress.hasSuffix("buildpacks of shop are unchanged\n"))
        try await set("--replace", "shop", "heroku/nodejs", "heroku/ruby")
        #expect(try await list == [Self.node, Self.ruby])
        #expect(await code { try await set("shop", "heroku/go", "heroku/php") } == .usage)
        #expect(await code { try await set("--replace", "--index", "1", "shop", "heroku/go") } == .usage)
        #expect(await code { try await set("--index", "2", "shop", "heroku/nodejs") } == .taken)
        #expect(await code { try await set("nope", "heroku/go") } == .noSuchApp)
        #expect(try await list == [Self.node, Self.ruby])
    }

    @Test func `they are taken away by name or by place, or all at once`() async throws {
        try await set("--replace", "shop", "heroku/nodejs", "heroku/ruby", "heroku-community/apt")
        try await remove("shop", "heroku/ruby")
        try await remove("--index", "2", "shop")
        #expect(try await list == [Self.node])
        #expect(await code { try await remove("shop", "heroku/ruby") } == .notFound)
        #expect(await code { try await remove("--index", "9", "shop") } == .notFound)
        #expect(await code { try await remove("shop") } == .usage)
        #expect(await code { try await remove("--index", "1", "shop", "heroku/nodejs") } == .usage)
        #expect(await code { try await remove("nope", "heroku/go") } == .noSuchApp)
        try await BuildpacksClear.parse(["shop"]).run(on: host)
        #expect(try await list.isEmpty)
        try await BuildpacksClear.parse(["shop"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("buildpacks of shop are unchanged\n"))
        #expect(await code { try await BuildpacksClear.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test func `they are listed in order, also as JSON`() async throws {
        try await set("--replace", "shop", "heroku/nodejs", "heroku/ruby")
        try await BuildpacksList.parse(["shop"]).run(on: host)
        try await BuildpacksList.parse(["shop", "--format", "json"]).run(on: host)
        try await ReportCommand<BuildpacksCommands>.parse(["shop", "--buildpacks-list"]).run(on: host)
        #expect(
            fake.transcript.answer == """
                -----> shop buildpack urls
                       \(Self.node)
                       \(Self.ruby)
                ["\(Self.node)","\(Self.ruby)"]
                \(Self.node),\(Self.ruby)

                """
        )
        #expect(await code { try await BuildpacksList.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test(
        arguments: [
            (["shop", "stack", "heroku/builder:24"], nil), (["--global", "stack", "heroku/builder:24"], nil),
            (["shop", "stack", "a b"], FailureCode.malformed), (["shop", "nope", "x"], .usage),
            (["nope", "stack", "x"], .noSuchApp),
        ] as [([String], FailureCode?)]
    )
    func `the stack is a property`(words: [String], expected: FailureCode?) async throws {
        #expect(await code { try await SetProperty<BuildpacksCommands>.parse(words).run(on: host) } == expected)
        guard expected == nil else { return }
        try await SetProperty<BuildpacksCommands>.parse(words).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("stack is unchanged\n"))
    }

    @Test func `what would build is told before it does`() async throws {
        let app = try await Apps(on: host).find(try AppName("shop"))
        #expect(await code { try await BuildpacksDetect.parse(["shop"]).run(on: host) } == .notFound)
        try await Git(on: host).prepare(app)
        let files: [(path: String, bytes: [UInt8])] = [("railpack.json", []), ("main.go", [])]
        let made = try await host.repositories.commit(files: files, parent: nil, message: "one", in: app.id)
        try host.repositories.move("refs/heads/next", to: try #require(made), in: app.id, message: "test")
        try await BuildpacksDetect.parse(["shop", "--branch", "next"]).run(on: host)
        #expect(fake.transcript.answer == "railpack: \"railpack.json\" is in the source\n")
        #expect(fake.transcript.progress.contains("this host has no builder railpack"))
        try await add("shop", "heroku/go")
        try await BuildpacksDetect.parse(["shop", "--branch", "next", "--format", "json"]).run(on: host)
        #expect(
            fake.transcript.answer.contains(
                #""builder":"\#(BuilderHerokuish.allowed.fallback == "true" ? "herokuish" : "railpack")""#
            )
        )
        #expect(
            await code { try await BuildpacksDetect.parse(["shop", "--branch", "../x"]).run(on: host) } == .malformed
        )
        #expect(await code { try await BuildpacksDetect.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test func `a rollback brings the list of its release back`() async throws {
        let app = try await host.deployedApp("api")
        try await BuildpacksAdd.parse(["api", "heroku/go"]).run(on: host)
        let settings = try await Releases(on: host).find(1, of: app).settings
        try await Deploys(on: host).run(
            DeployOrder(
                origin: .release(try await Releases(on: host).find(1, of: app)),
                source: "git-push",
                reason: "again"
            ),
            on: app
        )
        let second = try await Releases(on: host).find(2, of: app)
        try await BuildpacksClear.parse(["api"]).run(on: host)
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(second), settings: second.settings, source: "git-push", reason: "back"),
            on: app
        )
        #expect(try await Buildpacks(on: host).list(of: app).count == 1)
        #expect(settings.options[Buildpacks.option] == "")
    }
}
