import ArgumentParser
import Building
import Core
import Programs
import Repositories
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite struct `repo` {
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

    @Test func `a repository is packed into one piece`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await RepoGc.parse(["shop"]).run(on: host) } == .notFound)
        try await Git(on: host).prepare(app)
        let files: [(path: String, bytes: [UInt8])] = [("a", [1]), ("b", [2])]
        let made = try await host.repositories.commit(files: files, parent: nil, message: "one", in: app.id)
        try host.repositories.move("refs/heads/main", to: try #require(made), in: app.id, message: "test")
        for _ in 0..<2 { try await RepoGc.parse(["shop"]).run(on: host) }
        let pack = host.repositories.path(of: app.id).appending("objects/pack")
        let found = try await Programs.live.run(Program("/bin/ls", [pack.string]))
        #expect(found.text.contains(".pack"))
        #expect(try host.repositories.commit(try #require(made), in: app.id).subject == "one")
        #expect(await code { try await RepoGc.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test func `the next build takes nothing from the cache, and only the next`() async throws {
        let app = try await host.deployedApp()
        let release = try await Releases(on: host).find(1, of: app)
        #expect(try await !Builder(on: host).request(for: app, release).noCache)
        try await RepoPurgeCache.parse(["shop"]).run(on: host)
        #expect(try await Builder(on: host).request(for: app, release).noCache)
        try await RepoPurgeCache.parse(["shop"]).run(on: host)
        #expect(fake.transcript.progress.contains("the cache of shop is unchanged"))
        try await Repo(on: host).hasBuilt(app)
        #expect(try await !Builder(on: host).request(for: app, release).noCache)
        #expect(await code { try await RepoPurgeCache.parse(["nope"]).run(on: host) } == .noSuchApp)
    }
}
