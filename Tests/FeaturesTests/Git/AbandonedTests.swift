import ArgumentParser
import Core
import Files
import Repositories
import Store
import Support
import Testing

@testable import Features

@Suite struct `a repository whose app is gone` {
    let folder: TemporaryFolder
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        host = try Host.fake(Fake(in: folder.path))
    }

    @Test func `is removed, and that of an app that is there stays`() async throws {
        let git = Git(on: host)
        let (shop, gone) = (try await Apps(on: host).create(try AppName("shop")), try AppID("00000gone1"))
        for id in [shop.id, gone] { try await host.repositories.prepare(id, hookCommand: [:]) }
        try await git.removeAbandoned()
        #expect(host.repositories.exists(shop.id) && !host.repositories.exists(gone))
        try await git.removeAbandoned(shop.id)
        #expect(host.repositories.exists(shop.id))
    }

    @Test func `is left while somebody holds the lock of its app`() async throws {
        let git = Git(on: host)
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await git.prepare(app)
        try await host.store.write { try AppsTable.delete(app.id, $0) }
        let lock = try await Operations(on: host).take(app, waiting: .zero)
        try await git.removeAbandoned(app.id)
        #expect(host.repositories.exists(app.id))
        lock.release()
        try await git.removeAbandoned(app.id)
        #expect(!host.repositories.exists(app.id))
    }
}
