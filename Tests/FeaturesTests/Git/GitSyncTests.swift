import ArgumentParser
import Core
import Files
import Programs
import Repositories
import Scheduling
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `git:sync` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        var fake = Fake(in: folder.path.appending("root"))
        fake.programs = .live
        self.fake = fake
        host = try Host.fake(fake)
    }

    private var remote: String { "\(folder.path)/remote" }

    @discardableResult
    private func git(_ words: String...) async throws -> String {
        let identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]
        let environment = ["GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": "/usr/bin:/bin"]
        let program = Program("/usr/bin/git", identity + words, environment: .exactly(environment))
        return try await Programs.live.succeed(program).text.trimmed
    }

    /// A repository with a branch `trunk` that a clone gets, and a tag on its first commit.
    private func prepared() async throws -> App {
        try await git("init", "-q", "-b", "trunk", remote)
        try folder.write("remote/a", "1")
        try await git("-C", remote, "add", "--all")
        try await git("-C", remote, "commit", "-q", "-m", "First")
        try await git("-C", remote, "tag", "-a", "-m", "x", "v1")
        try await git("-C", remote, "commit", "-q", "--allow-empty", "-m", "Second")
        return try await Apps(on: host).create(try AppName("shop"))
    }

    private func sync(_ words: String...) async throws { try await GitSync.parse(words).run(on: host) }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    private func synced(_ app: App) throws -> String? {
        try host.repositories.resolve("refs/slipway/synced", in: app.id)?.text
    }

    @Test func `without a deploy it fetches what a clone would get, and only that is new`() async throws {
        let app = try await prepared()
        try await sync("shop", remote)
        #expect(try synced(app) == (try await git("-C", remote, "rev-parse", "trunk")))
        #expect(try host.repositories.resolve("refs/heads/trunk", in: app.id) == nil)
        #expect(try await Releases(on: host).all(of: app).isEmpty)
        #expect(try await Properties("git", on: host).effective(Git.deployBranch, of: app) == "trunk")
        #expect(fake.transcript.progress.contains("ps:rebuild shop"))
        try await GitStatus.parse(["shop", "--json"]).run(on: host)
        #expect(fake.transcript.answer.contains(#""synced":"\#(try synced(app) ?? "?")""#))
        #expect(fake.transcript.answer.contains(#""deploy_branch":"trunk""#))
    }

    @Test func `a tag, a commit and a branch are found by name, and a tag is no deploy branch`() async throws {
        let app = try await prepared()
        let first = try await git("-C", remote, "rev-parse", "trunk~1")
        for name in ["v1", first] {
            try await sync("shop", "file://\(remote)", name)
            #expect(try synced(app) == first)
        }
        #expect(try await Properties("git", on: host).effective(Git.deployBranch, of: app).isEmpty)
        try await git("-C", remote, "branch", "dev", "trunk~1")
        try await sync("--skip-deploy-branch", "shop", remote, "dev")
        #expect(try await Properties("git", on: host).effective(Git.deployBranch, of: app).isEmpty)
        try await sync("shop", remote, "dev")
        #expect(try await Properties("git", on: host).effective(Git.deployBranch, of: app) == "dev")
    }

    @Test func `what is not there is said, and nothing is changed`() async throws {
        let app = try await prepared()
        #expect(await code { try await sync("shop", remote, "nosuch") } == .badSource)
        #expect(await code { try await sync("shop", remote, String(repeating: "1", count: 40)) } == .badSource)
        #expect(await code { try await sync("shop", "\(folder.path)/nowhere") } == .badSource)
        #expect(await code { try await sync("nowhere", remote) } == .noSuchApp)
        #expect(await code { try await sync("shop", remote, "a..b") } == .malformed)
        #expect(await code { try await sync("--build", "--build-if-changes", "shop", remote) } == .usage)
        #expect(try synced(app) == nil)
    }

    @Test(arguments: [
        "ext::sh -c id", "-oProxyCommand=id", "https://", "http:///x", "git@host", "host::x", "relative/path",
        "ssh://-x/y", "https://a/b c", "/", "/a/../b",
    ]) func `an address that is none is refused`(text: String) {
        #expect { try RemoteURL(text) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `an address is shown without its secrets`() throws {
        #expect(try RemoteURL("https://ana:token@git.example.com/a.git").shown == "https://git.example.com/a.git")
        #expect(try RemoteURL("git@git.example.com:ana/a.git").folder == nil)
    }

    @Test func `our own state is no source`() async throws {
        _ = try await prepared()
        let inside = "\(host.paths.root)/repos/x.git"
        #expect(await code { try await sync("shop", inside) } == .notAllowed)
        #expect(await code { try await sync("shop", "file://\(inside)") } == .notAllowed)
    }

    @Test func `a build is of the fetched commit, and its failure moves nothing`() async throws {
        let app = try await prepared()
        #expect(await code { try await sync("--build", "shop", remote) } != nil, "this engine builds nothing")
        let release = try await Releases(on: host).find(1, of: app)
        #expect(release.revision?.text == (try await git("-C", remote, "rev-parse", "trunk")))
        #expect(try await Builds(on: host).all(of: app).first?.source == "git:sync")
        #expect(try host.repositories.resolve("refs/heads/trunk", in: app.id) == nil)
    }

    @Test func `with nothing new there is no build, and a rebuild takes what was fetched`() async throws {
        _ = try await prepared()
        let app = try await host.deployedApp("web")
        try await sync("web", remote)
        #expect(await code { try await Control(on: host).rebuild(app) } != nil)
        #expect(try await Releases(on: host).find(2, of: app).revision?.text == (try synced(app)))
        // The seed release has no commit: another is a change.
        let other = try await host.deployedApp("api")
        #expect(await code { try await sync("--build-if-changes", "api", remote) } != nil)
        #expect(try await Releases(on: host).find(2, of: other).revision?.text == (try synced(other)))
    }

    @Test(.timeLimit(.minutes(1))) func `a rebuild that waited builds what went live meanwhile`() async throws {
        var host = host
        host.time.clock = ContinuousClock()
        _ = try await prepared()
        let app = try await host.deployedApp("web")
        try await sync("web", remote)
        let pushed = try Revision(try await git("-C", remote, "rev-parse", "trunk~1"))
        let lock = try await Operations(on: host).take(app, waiting: .zero)
        let waiting = host
        async let rebuild = code { try await PsRebuild.parse(["web"]).run(on: waiting) }
        while !fake.transcript.progress.contains("waiting for") { await Task.yield() }
        try await host.store.write { database in
            var release = try #require(try ReleasesTable.find(1, of: app.id, database))
            (release.number, release.revision) = (2, pushed)
            try ReleasesTable.insert(release, database)
            try ReleasesTable.makeLive(2, of: app.id, at: .now, database)
            try AppsTable.setCurrent(2, of: app.id, database)
        }
        try await Git(on: host).forgetSynced(app, sourceImage: nil)
        lock.release()
        #expect(await rebuild != nil, "this engine builds nothing")
        #expect(try await Releases(on: host).find(3, of: app).revision == pushed)
    }

    @Test func `a build that wants the history gets it as a folder that git can read`() async throws {
        let app = try await prepared()
        try await sync("shop", remote)
        let revision = try #require(try host.repositories.resolve("refs/slipway/synced", in: app.id))
        #expect(try await History.wanted(by: app, revision, branch: nil, on: host) == nil)
        _ = try await Properties("git", on: host).set(Git.keepGitDir, to: "true", of: app)
        let history = try #require(try await History.wanted(by: app, revision, branch: nil, on: host))
        let snapshot = try await host.repositories.snapshot(of: revision, in: app.id)
        var bytes: [UInt8] = []
        for try await chunk in HistoryTar(history: history, tree: snapshot.tar(keeping: { _ in true })) {
            bytes += chunk
        }
        try writeFile(folder.path.appending("all.tar"), bytes)
        let tree = "\(folder.path)/tree"
        try await Programs.live.succeed(Program("/usr/bin/mkdir", [tree]))
        try await Programs.live.succeed(Program("/usr/bin/tar", ["-C", tree, "-xf", "\(folder.path)/all.tar"]))
        #expect(try await git("-C", tree, "rev-parse", "HEAD") == revision.text)
        #expect(try await git("-C", tree, "rev-list", "--count", "HEAD") == "2")
        #expect(try await git("-C", tree, "status", "--porcelain").isEmpty)
        #expect(try await git("-C", tree, "rev-parse", "--abbrev-ref", "HEAD") == "trunk")
        #expect(try await git("-C", tree, "fsck", "--strict").isEmpty)
        history.close()
        #expect(try listFolder(host.paths.cache).filter { $0.hasPrefix("history-") }.isEmpty)
    }

    @Test func `a locked app is left alone`() async throws {
        let app = try await prepared()
        try await Apps(on: host).setLock("freeze", on: app)
        #expect(await code { try await sync("shop", remote) } == .locked)
    }

    @Test func `lock files of a git that was killed are removed, and only those`() async throws {
        let app = try await prepared()
        try await sync("shop", remote)
        let top = host.repositories.path(of: app.id)
        try writeFile(top.appending("HEAD.lock"), [])
        try writeFile(top.appending("refs/heads/a/b.lock"), [])
        try await GitUnlock.parse(["--force", "shop"]).run(on: host)
        #expect(fake.transcript.progress.contains("Removed HEAD.lock"))
        #expect(fake.transcript.progress.contains("Removed refs/heads/a/b.lock"))
        #expect(try readFile(top.appending("HEAD")) != nil)
        try await GitUnlock.parse(["shop"]).run(on: host)
        #expect(fake.transcript.progress.contains("no lock file is left"))
        #expect(await code { try await GitUnlock.parse(["nowhere"]).run(on: host) } == .noSuchApp)
    }
}

@Suite struct `git among other hosts` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        var fake = Fake(in: folder.path)
        fake.programs.run = { program in
            guard program.name == "ssh-keyscan" else { return try await Programs.live.run(program) }
            let host = program.arguments.last ?? ""
            let keys = host == "silent.example" ? "" : "# hello\n\(host) ssh-ed25519 AAAA\n\(host) ssh-rsa BBBB\n"
            return Outcome(ending: .exited(0), output: Array(keys.utf8))
        }
        self.fake = fake
        host = try Host.fake(fake)
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    private var netrc: String {
        (try? readFile(folder.path.appending("git/.netrc"))).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) }
            ?? ""
    }

    @Test func `a login is kept, told by its status, and taken away`() async throws {
        try await GitAuth.parse(["Git.Example.com", "ana", "to\"ken"]).run(on: host)
        #expect(netrc == "machine git.example.com login ana password \"to\\\"ken\"\n")
        #expect(try folder.mode("git/.netrc") == 0o600)
        try await GitAuth.parse(["git.example.com", "ana", "to\"ken"]).run(on: host)
        #expect(fake.transcript.progress.contains("the login is unchanged"))
        #expect(!fake.transcript.progress.contains("ken"))
        try await GitAuthStatus.parse(["git.example.com"]).run(on: host)
        try await GitAuthStatus.parse(["git.example.com", "ana", "to\"ken"]).run(on: host)
        #expect(
            await code { try await GitAuthStatus.parse(["git.example.com", "ana", "x"]).run(on: host) } == .notFound
        )
        #expect(await code { try await GitAuthStatus.parse(["other.example"]).run(on: host) } == .notFound)
        try await GitAuth.parse(["git.example.com"]).run(on: host)
        #expect(netrc.isEmpty)
        try await GitAuth.parse(["git.example.com"]).run(on: host)
        #expect(fake.transcript.progress.contains("no login: unchanged"))
    }

    @Test(arguments: [
        ["a b", "ana", "x"], ["-x", "ana", "x"], ["h", "a b", "x"], ["h", "ana", "x\ny"], ["h", "", "x"],
    ])
    func `what has no place in a file of logins is refused`(words: [String]) async throws {
        #expect(await code { try await GitAuth.parse(["--"] + words).run(on: host) } == .malformed)
        #expect(netrc.isEmpty)
    }

    @Test func `the keys that a host shows are believed, once`() async throws {
        try await GitAllowHost.parse(["git.example.com:2222"]).run(on: host)
        let known = try #require(try readFile(folder.path.appending("git/known_hosts")))
        #expect(String(decoding: known, as: UTF8.self).split(separator: "\n").count == 2)
        #expect(fake.transcript.progress.contains("known now by 2 keys"))
        try await GitAllowHost.parse(["git.example.com:2222"]).run(on: host)
        #expect(fake.transcript.progress.contains("are unchanged"))
        #expect(await code { try await GitAllowHost.parse(["silent.example"]).run(on: host) } == .notFound)
        #expect(await code { try await GitAllowHost.parse(["a;b"]).run(on: host) } == .malformed)
    }

    @Test func `of many logins and hosts that are added at once none is lost`() async throws {
        let names = (0..<20).map { "h\($0).example" }
        for round in 0..<2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in names {
                    group.addTask { [host] in
                        let server = try GitHost(name)
                        let login = try GitLogin(server, username: "ana", password: "p\(round)")
                        _ = try await GitAccess(on: host).save(login, for: server)
                        _ = try await GitAccess(on: host).allow(server)
                    }
                }
                try await group.waitForAll()
            }
            #expect(netrc.split(separator: "\n").count { $0.hasSuffix(" password p\(round)") } == names.count)
        }
        let known = try #require(try readFile(folder.path.appending("git/known_hosts")))
        #expect(String(decoding: known, as: UTF8.self).split(separator: "\n").count == 2 * names.count)
    }

    @Test func `the host has one key, and shows its public half`() async throws {
        #expect(await code { try await GitPublicKey.parse([]).run(on: host) } == .notFound)
        try await GitGenerateDeployKey.parse([]).run(on: host)
        try await GitGenerateDeployKey.parse([]).run(on: host)
        try await GitPublicKey.parse([]).run(on: host)
        let answers = fake.transcript.answer.split(separator: "\n")
        #expect(answers.count == 3 && Set(answers).count == 1)
        #expect(answers[0].hasPrefix("ssh-ed25519 ") && answers[0].hasSuffix(" slipway-0badcafe"))
        #expect(try folder.mode("git/id_ed25519") == 0o600)
    }

    @Test func `the variable of the commit can have another name, or none`() async throws {
        let app = try await host.deployedApp()
        func variables() async throws -> [String: String] {
            var release = try await Releases(on: host).find(1, of: app)
            release.revision = try Revision(String(repeating: "1", count: 40))
            release.settings = try await Releases(on: host).draft(of: app)
            return try await Ps(on: host).base(app, release, type: .web, name: "x").environment
        }
        #expect(try await variables()["GIT_REV"] == String(repeating: "1", count: 40))
        try await SetProperty<GitCommands>.parse(["shop", "rev-env-var", "COMMIT"]).run(on: host)
        #expect(try await variables()["COMMIT"] != nil)
        #expect(try await variables()["GIT_REV"] == nil)
        try await SetProperty<GitCommands>.parse(["shop", "rev-env-var", ""]).run(on: host)
        #expect(try await variables().values.contains(String(repeating: "1", count: 40)) == false)
        try await SetProperty<GitCommands>.parse(["shop", "rev-env-var"]).run(on: host)
        #expect(try await variables()["GIT_REV"] != nil)
        #expect(
            await code { try await SetProperty<GitCommands>.parse(["shop", "rev-env-var", "1 2"]).run(on: host) }
                == .malformed
        )
    }

    @Test func `limits of archives are the host's, and hold`() async throws {
        for words in [["shop", "archive-max-files", "5"], ["--global", "archive-max-files", "0"]] {
            #expect(await code { try await SetProperty<GitCommands>.parse(words).run(on: host) } != nil)
        }
        try await SetProperty<GitCommands>.parse(["--global", "archive-max-files", "2"]).run(on: host)
        try await SetProperty<GitCommands>.parse(["--global", "archive-max-size", "10"]).run(on: host)
        let limits = try await Git(on: host).archiveLimits()
        #expect(limits == ArchiveLimits(entries: 2, bytes: 10))
        var entries = ArchiveEntries(within: limits)
        _ = try entries.part(of: .entry(TarHeader(name: "a", size: 10)))
        #expect(throws: Failure.self) { try entries.part(of: .entry(TarHeader(name: "b", size: 1))) }
        #expect(throws: Failure.self) { try entries.part(of: .entry(TarHeader(name: "c", size: 0))) }
    }
}
