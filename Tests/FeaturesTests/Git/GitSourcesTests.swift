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

@Suite struct `content that did not come by a push` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    private func source(_ text: String, _ app: App) -> GitSource {
        let git = Git(on: host)
        return GitSource(command: "git:from-image", message: "Deploy image x") { parent in
            try await git.commit(
                app,
                "Deploy image x",
                author: "Ana",
                files: [("Dockerfile", Array(text.utf8))],
                parent: parent
            )
        }
    }

    private func tip(_ app: App) throws -> Revision? { try host.repositories.resolve("refs/heads/main", in: app.id) }

    @Test func `is deployed from a commit by the one named, and a failed build moves nothing`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        await #expect(throws: Failure.self) { _ = try await Git(on: host).deploy(source("FROM a\n", app), on: app) }
        #expect(try tip(app) == nil)
        #expect(try host.repositories.references(in: app.id).isEmpty)
        let release = try await Releases(on: host).find(1, of: app)
        let commit = try host.repositories.commit(try #require(release.revision), in: app.id)
        #expect(commit.author == "Ana")
        #expect(commit.subject == "Deploy image x")
        #expect(try await Builds(on: host).all(of: app).first?.source == "git:from-image")
    }

    @Test func `that runs already is told so, and makes no release`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await Git(on: host).prepare(app)
        let made = try #require(try await source("FROM a\n", app).commit(nil))
        try host.repositories.move("refs/heads/main", to: made, in: app.id, message: "seed")
        await #expect { _ = try await Git(on: host).deploy(source("FROM a\n", app), on: app) } throws: {
            let failure = $0 as? Failure
            return failure?.code == .unchanged && failure?.what == "No changes detected"
                && failure?.code.status != .done
        }
        #expect(try await Releases(on: host).all(of: app).isEmpty)
    }

    @Test func `goes with a clone, which can be built from it`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await Git(on: host).prepare(app)
        let made = try #require(try await source("FROM a\n", app).commit(nil))
        try host.repositories.move("refs/heads/main", to: made, in: app.id, message: "seed")
        try await SetProperty<GitCommands>.parse(["shop", "deploy-branch", "main"]).run(on: host)
        try await AppsClone.parse(["--skip-deploy", "shop", "copy"]).run(on: host)
        let copy = try await Apps(on: host).find(try AppName("copy"))
        #expect(try tip(copy) == made)
        // The fake engine builds nothing; the attempt has the commit.
        await #expect(throws: Failure.self) { try await Control(on: host).rebuild(copy) }
        #expect(try await Releases(on: host).find(1, of: copy).revision == made)
        // One that is refused leaves no repository behind.
        await #expect { try await AppsClone.parse(["shop", "copy"]).run(on: host) } throws: {
            ($0 as? Failure)?.code == .taken
        }
        let kept = try listFolder(host.paths.repositories)
        #expect(Set(kept) == ["\(app.id).git", "\(copy.id).git"])
        // An app that nobody has pushed to has none to give.
        try await Apps(on: host).create(try AppName("empty"))
        try await AppsClone.parse(["empty", "other"]).run(on: host)
        #expect(try listFolder(host.paths.repositories).count == 2)
    }

    @Test func `is known by the first release of a clone, with the app's repository and without`() async throws {
        let app = try await host.deployedApp()
        try await Git(on: host).prepare(app)
        let made = try #require(try await source("FROM a\n", app).commit(nil))
        try host.repositories.move("refs/heads/main", to: made, in: app.id, message: "seed")
        let update = "UPDATE releases SET revision = ?"
        try await host.store.write { try $0.execute(sql: update, arguments: [made.text]) }
        try await AppsClone.parse(["shop", "copy"]).run(on: host)
        let copy = try await Apps(on: host).find(try AppName("copy"))
        #expect(try host.repositories.resolve("refs/slipway/v1", in: copy.id) == made)
        try host.repositories.remove(app.id)
        try await AppsClone.parse(["shop", "other"]).run(on: host)
        #expect(try await Apps(on: host).find(try AppName("other")).current == 1)
    }

    @Test func `is built again when a rollback has put something else in its place`() async throws {
        let app = try await host.deployedApp()
        try await Git(on: host).prepare(app)
        let made = try #require(try await source("FROM a\n", app).commit(nil))
        try host.repositories.move("refs/heads/main", to: made, in: app.id, message: "seed")
        await #expect { _ = try await Git(on: host).deploy(source("FROM a\n", app), on: app) } throws: {
            ($0 as? Failure)?.code != .unchanged
        }
        #expect(try await Releases(on: host).find(2, of: app).revision == made)
    }

    @Test func `is refused while the app is locked`() async throws {
        let apps = Apps(on: host)
        let app = try await apps.create(try AppName("shop"))
        try await apps.setLock("freeze", on: app)
        let locked = try await apps.find(app.id)
        await #expect { _ = try await Git(on: host).deploy(source("FROM a\n", locked), on: locked) } throws: {
            ($0 as? Failure)?.code == .locked
        }
    }

    @Test(arguments: ["busybox", "busybox:1", "registry.example.com:5000/a/b:v1", "a@sha256:00ff"])
    func `names of images are taken`(text: String) throws { #expect(try ImageName(text).text == text) }

    @Test(arguments: ["", "-x", "a b", "a\nRUN x", "a;b", "$(x)", ":x", String(repeating: "a", count: 256)])
    func `what could be more than a name is refused`(text: String) {
        #expect(throws: Failure.self) { try ImageName(text) }
    }

    @Test func `no folder with our own state is taken along`() throws {
        for bad in ["relative", "/nonexistent-folder", "\(folder.path)", "/"] {
            #expect(throws: Failure.self) { try BuildFolder(bad, host.paths) }
        }
        #expect(try BuildFolder("/usr/share", host.paths).path == "/usr/share")
    }
}
