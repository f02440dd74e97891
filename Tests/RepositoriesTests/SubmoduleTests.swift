import Core
import Programs
import SystemPackage
import Testing

@testable import Repositories

@Suite(.timeLimit(.minutes(1))) struct SubmoduleTests {
    @Test(arguments: [
        ("https://example.com/a/b.git", "https://example.com/a/b.git"),
        ("https://ana:secret@example.com:8443/a", "https://example.com:8443/a"),
        ("ssh://git@example.com:22/a/b.git", "ssh://example.com:22/a/b.git"),
        ("git@example.com:a/b.git", "git@example.com:a/b.git"),
    ])
    func `https and ssh addresses are taken`(_ given: String, _ shown: String) throws {
        #expect(try SubmoduleURL(given, name: "n", path: "p").shown == shown)
    }

    @Test(arguments: [
        "", "../other.git", "./x", "..", "file:///etc", "/etc", "http://example.com/a", "git://example.com/a",
        "ext::sh -c id", "ext::sh", "https://-oProxyCommand=id/x", "ssh://-oProxyCommand=id/x", "-u:x", "-x",
        "git@-oProxyCommand=id:x", "https://example.com", "https:///x", "https://a b/x", "ssh://git@host\n/x",
        "host:-x",
        "fd::17/foo", "https://@/x", "example.com/a", "ftp://example.com/x", "HTTPS://example.com/x",
    ])
    func `other addresses are refused`(_ given: String) {
        #expect(throws: GitError.self) { try SubmoduleURL(given, name: "n", path: "p") }
    }

    @Test func `a relative address is refused with the absolute form`() throws {
        do throws(GitError) {
            _ = try SubmoduleURL("../shared/lib.git", name: "my lib", path: "lib")
            Issue.record("was taken")
        } catch {
            #expect(error.failure.code == .badSubmodule)
            let fix = "git config -f .gitmodules 'submodule.my lib.url' https://HOST/OWNER/lib.git"
            #expect(error.failure.fix == fix)
        }
    }

    @Test(arguments: [
        "[submodule \"x\"]\n path = lib\n url = file:///etc\n", "[submodule \"x\"]\n path = lib\n url = ../x\n",
        "[submodule \"x\"]\n path = other\n url = https://example.com/x\n", "[submodule \"x\"\n", "",
        "[include]\n path = /etc/passwd\n[submodule \"x\"]\n path = lib\n",
    ])
    func `a push with a bad submodule is refused and nothing is run`(_ text: String) async throws {
        let fixture = try await Fixture(programs: .withoutFetch)
        let revision = try await fixture.push(
            """
            printf %s \(ShellWords.quote(text)) >.gitmodules; echo 1 >a
            git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,lib
            mkdir lib; git init -q lib; cd lib; git commit -q --allow-empty -m x
            """
        )
        await #expect {
            try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        } throws: {
            Failure($0).code == .badSubmodule
        }
    }

    @Test func `the files of submodules, and of theirs, join the snapshot`() async throws {
        let fixture = try await Fixture(programs: .overLocalSSH)
        let script = """
            git init -q ../inner; cd ../inner; echo deep >deep; git add .; git commit -qm inner; inner=$(git rev-parse HEAD)
            git init -q ../lib; cd ../lib; mkdir src; echo code >src/code
            printf '[submodule "i"]\\n path = sub/inner\\n url = ssh://host%s\\n' "$(cd ../inner; pwd)" >.gitmodules
            git add .; git update-index --add --cacheinfo 160000,$inner,sub/inner; git commit -qm lib
            lib=$(git rev-parse HEAD); cd ../work
            mkdir app; echo 1 >app/z; echo 2 >app/lib-x
            printf '[submodule "l.i.b"]\\n path = app/lib\\n url = git@host:%s\\n' "$(cd ../lib; pwd)" >.gitmodules
            git add .; git update-index --add --cacheinfo 160000,$lib,app/lib; git commit -qm work
            """
        _ = try await fixture.sh(script)
        let revision = try await fixture.pushHead()
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        let whole = [
            ".gitmodules", "app/lib-x", "app/lib/.gitmodules", "app/lib/src/code", "app/lib/sub/inner/deep", "app/z",
        ]
        #expect(snapshot.entries.map(\.path) == whole)
        #expect(try await snapshot.read("app/lib/sub/inner/deep", limit: 100) == Array("deep\n".utf8))
        #expect(try await fixture.list(snapshot.tar(keeping: { $0 != ".gitmodules" })).count == 10)

        let again = Repositories(root: fixture.folder.appending("repos"), programs: .withoutFetch)
        let part = try await again.snapshot(of: revision, folder: "app", in: fixture.app)
        #expect(part.entries.map(\.path).first == "lib-x")
        #expect(try await part.read("lib/src/code", limit: 100) == Array("code\n".utf8))
    }

    @Test func `a commit that the submodule's server does not have is named`() async throws {
        let fixture = try await Fixture(programs: .overLocalSSH)
        _ = try await fixture.sh(
            """
            git init -q ../lib; (cd ../lib; git commit -q --allow-empty -m x)
            printf '[submodule "l"]\\n path = lib\\n url = ssh://host%s\\n' "$(cd ../lib; pwd)" >.gitmodules
            git add .; git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,lib
            git commit -qm work
            """
        )
        let revision = try await fixture.pushHead()
        await #expect {
            try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        } throws: {
            Failure($0).code == .badSubmodule && Failure($0).why?.contains("has no commit 1111111") == true
        }
    }
}

extension Programs {
    /// Fails when a fetch is tried.
    fileprivate static let withoutFetch: Programs = {
        var programs = Programs.live
        programs.run = { program in
            if program.arguments.contains("fetch") { throw Failure(.bug, "a fetch was tried") }
            return try await Programs.live.run(program)
        }
        return programs
    }()

    /// The real git and its ssh protocol, with a shell in place of ssh: what it would run there is run here.
    fileprivate static let overLocalSSH: Programs = {
        var programs = Programs.live
        programs.run = { program in
            var local = program
            if case .inherited(let added) = program.environment {
                let shell = "sh -c 'eval \"$2\"' ssh"
                local.environment = .inherited(
                    adding: added.merging(["GIT_SSH_COMMAND": shell, "GIT_SSH_VARIANT": "simple"]) { $1 }
                )
            }
            return try await Programs.live.run(local)
        }
        return programs
    }()
}
