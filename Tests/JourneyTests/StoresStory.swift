import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@Suite("What outlives releases", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(15)))
struct StoresStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    // MARK: Storage

    @Test func `a named storage has its owner, is where it was asked for, and keeps its data`() async throws {
        let (app, name) = ("story-storage", "story-photos")
        _ = try? await sandbox.ssh("storage:destroy", name, "--force", "--destroy-host-dir")
        try await sandbox.withApp(app) { _ in
            try await sandbox.done("storage:create", name, "--chown", "1000", "--mode", "0750")
            try await sandbox.done("storage:mount", app, name, "--container-dir", "/photos", "--phase", "deploy")
            try await sandbox.done(
                "storage:mount",
                app,
                name,
                "--container-dir",
                "/album",
                "--phase",
                "run",
                "--volume-readonly"
            )
            try await sandbox.done("ps:restart", app)
            let facts = try await sandbox.done("enter", app, "web", "stat", "-c", "%u:%g:%a", "/photos")
            #expect(facts.answer == "1000:1000:750")
            try await sandbox.done("enter", app, "web", "touch", "/photos/one")
            #expect(try await sandbox.done("run", app, "ls", "/album").answer == "one")
            #expect(try await sandbox.ssh("run", app, "touch", "/album/two").status != 0, "it is for reading there")
            #expect(try await sandbox.ssh("run", app, "ls", "/photos").status != 0, "and nowhere else")
            try await beside(name)
            #expect(try await sandbox.ssh("storage:destroy", name, "--force").status == 3)
        }
        let kept = try await sandbox.ssh("storage:destroy", name, "--force", "--destroy-host-dir")
        #expect(kept.status == 3 && kept.err.contains("the archive of \(app) has it"), "\(kept)")
        try await sandbox.done("apps:destroy", app, "--force", "--purge")
        let gone = try await sandbox.done("storage:destroy", name, "--force", "--destroy-host-dir")
        #expect(gone.err.contains("is gone"), "\(gone)")
        #expect(!FileManager.default.fileExists(atPath: sandbox.state.appending("storage/\(name)").string))
    }

    /// A throw-away container has the storage, under whatever user, and its program's exit code is the command's.
    private func beside(_ name: String) async throws {
        let image = ["storage:exec", "--image", "slipway/base:busybox"]
        let listed = try await sandbox.ssh(image + [name, "--", "ls", "/data"]).succeeded("storage:exec")
        #expect(listed.answer == "one")
        let user = try await sandbox.ssh(image + ["--as-user", "1000", name, "--", "id", "-u"]).succeeded("id")
        #expect(user.answer == "1000")
        #expect(try await sandbox.ssh(image + [name, "--", "sh", "-c", "'exit 7'"]).status == 7)
    }

    // MARK: Registry

    @Test func `what is released is pushed, and comes back when the engine has lost it`() async throws {
        let app = "story-registry"
        let registry = try await StoryServer.registry(user: "ana", password: "sesame")
        do {
            try await sandbox.withApp(app) { repo in try await push(app, repo, registry) }
        } catch {
            _ = try? await sandbox.ssh("registry:logout", "--global", registry.address)
            try await registry.stop()
            throw error
        }
        _ = try? await sandbox.ssh("registry:logout", "--global", registry.address)
        try await registry.stop()
    }

    private func login(_ scope: String, _ registry: StoryServer, password: String) async throws -> Finished {
        let words = ["registry:login", "--password-stdin", scope, registry.address, "ana"]
        return try await sandbox.ssh(words, input: Array(password.utf8))
    }

    private func push(_ app: String, _ repo: TestRepo, _ registry: StoryServer) async throws {
        let wrong = try await login(app, registry, password: "barley")
        #expect(wrong.status != 0 && wrong.err.contains("P407") && !wrong.err.contains("barley"), "\(wrong)")
        try await sandbox.done("registry:set", app, "server", registry.address)
        try await sandbox.done("registry:set", app, "push-on-release", "true")
        try await sandbox.done("registry:set", app, "push-extra-tags", "latest")

        // Nobody may push there yet: the deploy fails, and the old release serves.
        try await repo.commit(TestApps.page("two"), message: "Say two")
        let refused = try await repo.push(to: sandbox, app)
        #expect(refused.status != 0 && refused.err.contains("P407"), "\(refused)")
        #expect(try await sandbox.get(app).body == "hello one\n")

        _ = try await login(app, registry, password: "sesame").succeeded("registry:login")
        let pushed = try await repo.push(to: sandbox, app).succeeded("the push with a login")
        #expect(pushed.err.contains("Pushing \(registry.address)/dokku/\(app):1"), "\(pushed)")
        #expect(!pushed.err.contains("sesame"))
        #expect(try await sandbox.get(app).body == "hello two\n")
        #expect(try await tags(of: "dokku/\(app)", registry) == ["1", "latest"])
        #expect(try await sandbox.done("registry:report", app, "--registry-tag-version").answer == "1")
        try await comesBack(app)
        try await privateBase(app, registry)
    }

    private func tags(of repository: String, _ registry: StoryServer) async throws -> [String] {
        struct Tags: Decodable { var tags: [String] }
        let url = "http://\(registry.address)/v2/\(repository)/tags/list"
        let program = Program("/usr/bin/curl", ["-sS", "--fail", "-u", "ana:sesame", url])
        let bytes = try await Finished.run(program).succeeded("the list of tags").bytes
        return try JSONDecoder().decode(Tags.self, from: Data(bytes)).tags.sorted()
    }

    /// Takes the image and all that was made from it away behind our back.
    private func comesBack(_ app: String) async throws {
        try await sandbox.settle(app, to: 1)
        let image = try #require(try await sandbox.containers(of: app).first).ImageID
        for container in try await sandbox.containers(of: app) {
            _ = try await sandbox.engine("DELETE", "/containers/\(container.Id)?force=1")
        }
        _ = try await sandbox.engine("DELETE", "/images/\(image)?force=1")
        #expect(try await sandbox.ssh("run", app, "true").status == 0)
        try await sandbox.done("ps:restart", app)
        #expect(try await sandbox.get(app).body == "hello two\n")
        #expect(try await sandbox.images().contains { $0.Id == image }, "the same image as before")
    }

    /// A build may start from an image that only we may read.
    private func privateBase(_ app: String, _ registry: StoryServer) async throws {
        _ = try await login("--global", registry, password: "sesame").succeeded("registry:login --global")
        var files = TestApps.hello("based")
        let base = "\(registry.address)/dokku/\(app):1"
        files["Dockerfile"] = "FROM \(base)\nCOPY www/index.html /www/index.html\n"
        let child = "\(app)-based"
        let body = try await sandbox.withApp(child, files) { _ in try await sandbox.get(child).body }
        #expect(body == "hello based\n")
        _ = try? await sandbox.engine("DELETE", "/images/\(base)")
    }
}
