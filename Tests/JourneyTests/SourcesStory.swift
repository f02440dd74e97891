import Programs
import Support
import SystemPackage
import Testing

@Suite(
    "Deploys of what did not come by a push",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(15))
)
struct SourcesStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    // MARK: git:sync

    /// A repository as a plain web server shows it: its branches and packs as files.
    private func publish(_ repo: TestRepo, at web: StoryServer) async throws {
        let bare = web.files.appending("shop.git").string
        try await repo.git("push", "-q", "--force", bare, "HEAD:refs/heads/main")
        try await repo.git("--git-dir=\(bare)", "update-server-info")
    }

    @Test func `a repository behind a password is fetched and deployed by who is known there`() async throws {
        let app = "story-sync"
        let web = try await StoryServer.web(user: "ana", password: "sesame")
        do {
            try await sandbox.withNewApp(app) { try await sync(app, web) }
        } catch {
            _ = try? await sandbox.ssh("git:auth", "127.0.0.1")
            try await web.stop()
            throw error
        }
        try await web.stop()
    }

    private func sync(_ app: String, _ web: StoryServer) async throws {
        let repo = try await TestRepo(TestApps.hello("one"))
        try await repo.git("init", "-q", "--bare", "-b", "main", web.files.appending("shop.git").string)
        try await publish(repo, at: web)
        let url = "http://\(web.address)/shop.git"

        let refused = try await sandbox.ssh("git:sync", "--build", app, url)
        #expect(refused.status != 0 && refused.err.contains("P114"), "\(refused)")
        _ = try await sandbox.ssh(["git:auth", "127.0.0.1", "ana"], input: Array("sesame\n".utf8)).succeeded("git:auth")
        #expect(try await sandbox.ssh(["git:auth-status", "127.0.0.1", "ana"], input: Array("other".utf8)).status == 1)
        #expect(try await sandbox.ssh("git:auth-status", "127.0.0.1").status == 0)

        let first = try await sandbox.ssh("git:sync", "--build", app, url).succeeded("git:sync --build")
        #expect(!first.description.contains("sesame"))
        #expect(try await sandbox.get(app).body == "hello one\n")
        #expect(try await sandbox.done("git:report", app, "--git-deploy-branch").answer == "main")

        try await repo.commit(TestApps.page("two"), message: "Say two")
        try await publish(repo, at: web)
        try await sandbox.done("git:sync", app, url, "main")
        #expect(try await sandbox.get(app).body == "hello one\n", "it is only fetched")
        try await sandbox.done("ps:rebuild", app)
        #expect(try await sandbox.get(app).body == "hello two\n")
        try await sandbox.settle(app, to: 1)

        let before = try await sandbox.containers(of: app).map(\.Id)
        try await sandbox.done("git:sync", "--build-if-changes", app, url)
        #expect(try await sandbox.containers(of: app).map(\.Id) == before, "nothing has changed")
        try await repo.commit(TestApps.page("three"), message: "Say three")
        try await publish(repo, at: web)
        try await sandbox.done("git:sync", "--build-if-changes", app, url)
        #expect(try await sandbox.get(app).body == "hello three\n")
        // A push goes on from there.
        try await repo.commit(TestApps.page("four"), message: "Say four")
        _ = try await repo.push(to: sandbox, app).succeeded("a push after a sync")
        #expect(try await sandbox.get(app).body == "hello four\n")
        try await sandbox.done("git:auth", "127.0.0.1")
        #expect(try await sandbox.ssh("git:sync", "--build", app, url).status != 0)
    }

    // MARK: git:from-archive

    @Test(arguments: ["tar", "tar.gz", "zip"])
    func `an archive on standard input is deployed, with its one folder taken off`(_ kind: String) async throws {
        let app = "story-archive-\(kind.replacing(".", with: "-"))"
        try await sandbox.withNewApp(app) {
            let bytes = try await archive(kind, TestApps.hello(kind))
            let command = ["git:from-archive", "--archive-type", kind, app, "--", "Ana", "ana@example.com"]
            _ = try await sandbox.ssh(command, input: bytes).succeeded("git:from-archive")
            #expect(try await sandbox.get(app).body == "hello \(kind)\n")
            let again = try await sandbox.ssh(["git:from-archive", app, "--"], input: bytes)
            #expect(again.status != 0 && again.err.contains("No changes detected"), "\(again)")
            let author = try await sandbox.ssh("git:status", app, "--format", "json").succeeded("git:status")
            #expect(author.out.contains("Deploy an archive"), "\(author)")
        }
    }

    @Test func `an archive of a web server is deployed, and one over the limits changes nothing`() async throws {
        let app = "story-fetched"
        let web = try await StoryServer.web(user: "ana", password: "sesame")
        do {
            try await sandbox.withNewApp(app) {
                let file = web.files.appending("open/shop.tar.gz")
                try await write(try await archive("tar.gz", TestApps.hello("one")), to: file)
                let url = "http://\(web.address)/open/shop.tar.gz"
                try await sandbox.done("git:from-archive", app, url)
                #expect(try await sandbox.get(app).body == "hello one\n")
                try await write(try await archive("tar.gz", TestApps.hello("two")), to: file)
                try await sandbox.done("git:set", "--global", "archive-max-files", "2")
                let refused = try await sandbox.ssh("git:from-archive", app, url)
                try await sandbox.done("git:set", "--global", "archive-max-files")
                #expect(refused.status != 0 && refused.err.contains("more than 2 entries"), "\(refused)")
                #expect(try await sandbox.get(app).body == "hello one\n")
                #expect(try await sandbox.ssh("git:from-archive", app, "http://\(web.address)/shop.tar").status != 0)
            }
        } catch {
            _ = try? await sandbox.ssh("git:set", "--global", "archive-max-files")
            try await web.stop()
            throw error
        }
        try await web.stop()
    }

    /// The files in one folder, packed.
    private func archive(_ kind: String, _ files: [String: String]) async throws -> [UInt8] {
        let folder = try TemporaryFolder()
        for (path, text) in files {
            try folder.write("top/\(path)", text, mode: text.hasPrefix("#!") ? 0o755 : 0o644)
        }
        let (path, words): (FilePath, [String]) =
            switch kind {
            case "tar": ("/usr/bin/tar", ["-cf", "-", "top"])
            case "tar.gz": ("/usr/bin/tar", ["-czf", "-", "top"])
            default: ("/usr/bin/zip", ["-qr", "-", "top"])
            }
        return try await Programs.live.succeed(Program(path, words, directory: folder.path)).output
    }

    private func write(_ bytes: [UInt8], to file: FilePath) async throws {
        try await Programs.live.succeed(Program("/bin/sh", ["-c", "cat >'\(file)'"], input: bytes))
    }

    // MARK: git:load-image

    @Test func `an image on standard input is deployed as what it is`() async throws {
        let (maker, app) = ("story-maker", "story-loaded")
        let image = "story/loaded"
        try await sandbox.withApp(maker, TestApps.hello("loaded")) { _ in
            let made = try #require(try await sandbox.containers(of: maker).first).ImageID
            _ = try await sandbox.engine("POST", "/images/\(made)/tag", query: ["repo": image, "tag": "1"])
            let bytes = try await sandbox.engine("GET", "/images/\(image):1/get")
            _ = try await sandbox.engine("DELETE", "/images/\(image):1")
            try await sandbox.withNewApp(app) {
                _ = try await sandbox.ssh(["git:load-image", app, "\(image):1"], input: bytes)
                    .succeeded("git:load-image")
                #expect(try await sandbox.get(app).body == "hello loaded\n")
                #expect(try await sandbox.done("git:report", app, "--git-source-image").answer == "\(image):1")
                let missing = try await sandbox.ssh(["git:load-image", app, "story/other:1"], input: bytes)
                #expect(missing.status != 0 && missing.err.contains("\(image):1"), "\(missing)")
            }
            _ = try? await sandbox.engine("DELETE", "/images/\(image):1")
        }
    }
}
