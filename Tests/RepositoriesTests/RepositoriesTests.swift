import Core
import Glibc
import Programs
import Repositories
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(1))) struct RepositoriesTests {
    @Test func `preparing twice writes nothing the second time`() async throws {
        let fixture = try await Fixture()
        let repositories = fixture.repositories
        let hooks = ["pre-receive": "#!/bin/sh\nexit 0\n", "proc-receive": "#!/bin/sh\nexit 1\n"]
        try await repositories.prepare(fixture.app, hookCommand: hooks)
        let path = repositories.path(of: fixture.app)
        let first = try [path.appending("config"), path.appending("hooks/pre-receive")].map { try identity($0) }
        try await repositories.prepare(fixture.app, hookCommand: hooks)
        let second = try [path.appending("config"), path.appending("hooks/pre-receive")].map { try identity($0) }
        #expect(first == second)
        try await repositories.prepare(fixture.app, hookCommand: ["pre-receive": "#!/bin/sh\nexit 2\n"])
        #expect(try identity(path.appending("hooks/pre-receive")) != first[1])
        #expect(access(path.appending("hooks/pre-receive").string, X_OK) == 0)
    }

    @Test func `what preparing would write is named, and nothing is written`() async throws {
        let fixture = try await Fixture()
        let (repositories, hooks) = (fixture.repositories, ["pre-receive": "#!/bin/sh\nexit 0\n"])
        #expect(try repositories.unprepared(fixture.app, hookCommand: hooks) == ["pre-receive"])
        try await repositories.prepare(fixture.app, hookCommand: hooks)
        #expect(try repositories.unprepared(fixture.app, hookCommand: hooks).isEmpty)
        let path = repositories.path(of: fixture.app)
        chmod(path.appending("hooks/pre-receive").string, 0o644)
        #expect(unlink(path.appending("config").string) == 0)
        #expect(try repositories.unprepared(fixture.app, hookCommand: hooks) == ["config", "pre-receive"])
        #expect(try repositories.unprepared(fixture.app, hookCommand: hooks) == ["config", "pre-receive"])
    }

    @Test func `git takes the configuration as it is meant`() async throws {
        let fixture = try await Fixture()
        let path = fixture.repositories.path(of: fixture.app)
        for (key, value) in [
            "receive.procReceiveRefs": "refs/heads", "core.bare": "true", "core.bigFileThreshold": "4m",
            "transfer.fsckObjects": "true", "receive.fsck.missingEmail": "ignore",
        ] {
            #expect(try await fixture.git("config", "--get", key, in: path) == value)
        }
        #expect(try await fixture.git("fsck", "--strict", in: path) == "")
    }

    @Test func `a push to a branch waits for proc-receive and a release reference cannot be pushed`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.push("echo 1 >a")
        let target = fixture.repositories.path(of: fixture.app).string
        await #expect(throws: ProgramError.self) {
            try await fixture.git("push", target, "HEAD:refs/heads/main", in: fixture.work)
        }
        await #expect(throws: ProgramError.self) {
            try await fixture.git("push", target, "HEAD:refs/slipway/v1", in: fixture.work)
        }
        #expect(try fixture.repositories.resolve("refs/heads/main", in: fixture.app) == nil)
    }

    @Test func `a copy has the branches, the tags and the head, and is no burden to the other`() async throws {
        let fixture = try await Fixture()
        let (repositories, app, copy) = (fixture.repositories, fixture.app, try AppID("bcdefghijk"))
        let (old, new) = (try await fixture.push("echo 1 >a"), try await fixture.push("echo 2 >a"))
        for (name, revision) in [("heads/next", new), ("tags/one", old), ("slipway/v7", old)] {
            try repositories.move("refs/\(name)", to: revision, in: app, message: "seed")
        }
        try repositories.setHead("next", in: app)
        try await repositories.copy(app, to: copy)
        try await repositories.prepare(copy, hookCommand: [:])
        #expect(try repositories.references(in: copy) == ["refs/heads/next": new, "refs/tags/one": old])
        #expect(try repositories.resolve("HEAD", in: copy) == new)
        #expect(try repositories.unprepared(copy, hookCommand: [:]).isEmpty)
        try repositories.remove(app)
        #expect(try await fixture.git("fsck", "--strict", in: repositories.path(of: copy)) == "")
        #expect(try repositories.isAncestor(old, of: new, in: copy))
        await #expect(throws: (any Error).self) { try await repositories.copy(app, to: copy) }
        #expect(!repositories.exists(copy))
    }

    @Test func `references move only from where they are believed to be`() async throws {
        let fixture = try await Fixture()
        let (repositories, app) = (fixture.repositories, fixture.app)
        let old = try await fixture.push("echo 1 >a")
        let new = try await fixture.push("echo 2 >a")
        let name = "refs/heads/main"
        #expect(try repositories.resolve(name, in: app) == nil)
        try repositories.move(name, to: old, from: nil, in: app, message: "v1")
        #expect(throws: GitError.moved(reference: name)) {
            try repositories.move(name, to: new, from: nil, in: app, message: "v2")
        }
        #expect(throws: GitError.moved(reference: name)) {
            try repositories.move(name, to: new, from: new, in: app, message: "v2")
        }
        #expect(try repositories.resolve(name, in: app) == old)
        try repositories.move(name, to: new, from: old, in: app, message: "v2")
        try repositories.move("refs/slipway/v1", to: old, in: app, message: "v1")
        try repositories.move("refs/slipway/v1", to: new, in: app, message: "v1")
        #expect(
            try repositories.references(in: app) == [name: new, "refs/slipway/v1": new, "refs/pushed/main": new]
        )
        try repositories.delete("refs/slipway/v1", in: app)
        try repositories.delete("refs/slipway/v1", in: app)
        #expect(try repositories.resolve("refs/slipway/v1", in: app) == nil)
    }

    @Test func `a reference that another writer holds is not moved`() async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push("echo 1 >a")
        let path = fixture.repositories.path(of: fixture.app)
        let lock = path.appending("refs/heads/main.lock")
        close(open(lock.string, O_CREAT | O_WRONLY, 0o600))
        #expect {
            try fixture.repositories.move("refs/heads/main", to: revision, in: fixture.app, message: "x")
        } throws: {
            Failure($0).code == .busy
        }
    }

    @Test func `packed references are read`() async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push("echo 1 >a")
        try fixture.repositories.move("refs/heads/main", to: revision, in: fixture.app, message: "v1")
        try await fixture.git("pack-refs", "--all", in: fixture.repositories.path(of: fixture.app))
        #expect(try fixture.repositories.resolve("refs/heads/main", in: fixture.app) == revision)
        try fixture.repositories.delete("refs/heads/main", in: fixture.app)
        #expect(try fixture.repositories.resolve("refs/heads/main", in: fixture.app) == nil)
    }

    @Test(arguments: ["", "main", "refs/heads/..", "refs/heads/a b", "refs/heads/a.lock", "refs/heads/~x"])
    func `bad names are refused`(_ name: String) async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push("echo 1 >a")
        #expect(throws: GitError.badName(name)) {
            try fixture.repositories.move(name, to: revision, in: fixture.app, message: "x")
        }
    }

    @Test func `the head is what a clone gets`() async throws {
        let fixture = try await Fixture()
        try fixture.repositories.setHead("deploy", in: fixture.app)
        let path = fixture.repositories.path(of: fixture.app)
        #expect(try await fixture.git("symbolic-ref", "HEAD", in: path) == "refs/heads/deploy")
        #expect(try fixture.repositories.resolve("HEAD", in: fixture.app) == nil)
        #expect(throws: GitError.badName("refs/heads/..")) { try fixture.repositories.setHead("..", in: fixture.app) }
    }

    @Test func `facts and ancestry of commits`() async throws {
        let fixture = try await Fixture()
        let (repositories, app) = (fixture.repositories, fixture.app)
        let old = try await fixture.push("echo 1 >a")
        let new = try await fixture.push("echo 2 >a")
        let facts = try repositories.commit(new, in: app)
        #expect(facts.revision == new)
        #expect(facts.subject == "a commit")
        #expect(facts.author == "Ana")
        #expect(facts.date == Timestamp(milliseconds: 1_700_000_000_000))
        #expect(facts.tree == (try await fixture.git("rev-parse", "HEAD^{tree}", in: fixture.work)))
        #expect(try repositories.isAncestor(old, of: new, in: app))
        #expect(try repositories.isAncestor(new, of: new, in: app))
        #expect(try !repositories.isAncestor(new, of: old, in: app))
        let missing = try Revision(String(repeating: "1", count: 40))
        #expect(throws: GitError.noSuchRevision(missing.text)) { try repositories.commit(missing, in: app) }
        #expect(throws: GitError.noSuchRevision(missing.text)) {
            try repositories.isAncestor(missing, of: new, in: app)
        }
    }

    @Test func `removing leaves nothing`() async throws {
        let fixture = try await Fixture()
        #expect(fixture.repositories.exists(fixture.app))
        try await fixture.repositories.tidy(fixture.app)
        try fixture.repositories.remove(fixture.app)
        try fixture.repositories.remove(fixture.app)
        #expect(!fixture.repositories.exists(fixture.app))
    }

    private func identity(_ path: FilePath) throws -> UInt {
        var status = stat()
        guard stat(path.string, &status) == 0 else { throw Errno(rawValue: errno) }
        return status.st_ino
    }
}
