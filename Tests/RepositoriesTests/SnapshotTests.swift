import Core
import Programs
import Repositories
import Synchronization
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(2))) struct SnapshotTests {
    @Test func `a commit becomes an archive that tar can read`() async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push(
            """
            echo FROM scratch >Dockerfile; mkdir -p bin lib/deep; echo x >bin/run; chmod +x bin/run
            echo y >lib/deep/file; ln -s deep/file lib/link; echo z >lib-2; echo w >lib.txt
            """
        )
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        let paths = ["Dockerfile", "bin/run", "lib-2", "lib.txt", "lib/deep/file", "lib/link"]
        #expect(snapshot.entries.map(\.path) == paths)
        #expect(snapshot.entries.map(\.mode) == [.file, .executable, .file, .file, .file, .symlink])
        let lines = try await fixture.list(snapshot.tar(keeping: { _ in true }))
        let when = "2023-11-14 22:13:20"
        #expect(
            lines == [
                "-rw-r--r-- 0/0              13 \(when) Dockerfile", "drwxr-xr-x 0/0               0 \(when) bin/",
                "-rwxr-xr-x 0/0               2 \(when) bin/run", "-rw-r--r-- 0/0               2 \(when) lib-2",
                "-rw-r--r-- 0/0               2 \(when) lib.txt", "drwxr-xr-x 0/0               0 \(when) lib/",
                "drwxr-xr-x 0/0               0 \(when) lib/deep/",
                "-rw-r--r-- 0/0               2 \(when) lib/deep/file",
                "lrwxrwxrwx 0/0               0 \(when) lib/link -> deep/file",
            ]
        )
    }

    @Test func `a folder of a commit, some files left out, others put in`() async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push("mkdir -p app/src; echo 1 >app/a; echo 2 >app/src/b; echo 3 >other")
        let snapshot = try await fixture.repositories.snapshot(of: revision, folder: "./app/", in: fixture.app)
        #expect(snapshot.entries.map(\.path) == ["a", "src/b"])
        let extra = [(path: "src/c", bytes: Array("more\n".utf8)), (path: "a", bytes: Array("changed\n".utf8))]
        _ = try await fixture.list(snapshot.tar(keeping: { $0 != "src/b" }, extra: extra))
        #expect(
            try await fixture.sh("tar -tf ../archive.tar; tar -xOf ../archive.tar a") == "src/\nsrc/c\na\nchanged\n"
        )
    }

    @Test(arguments: ["missing", "../work", "file", "/etc", "a//b", ".git"])
    func `a folder that is none is refused`(_ folder: String) async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push("echo 1 >file")
        await #expect(throws: GitError.noSuchFolder(folder)) {
            try await fixture.repositories.snapshot(of: revision, folder: folder, in: fixture.app)
        }
    }

    @Test func `odd names survive`() async throws {
        let fixture = try await Fixture()
        let names = ["-dash", "a b", "line\nbreak", "quote\"'", "star*", "é-日本", "tab\tx", "back\\slash"]
        let revision = try await fixture.push(
            names.map { "echo x >./\(ShellWords.quote($0))" }.joined(separator: "\n")
        )
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        #expect(Set(snapshot.entries.map(\.path)) == Set(names))
        _ = try await fixture.list(snapshot.tar(keeping: { _ in true }))
        let back = try await fixture.sh(
            "mkdir ../out; tar -xf ../archive.tar -C ../out; cd ../out; ls -1b; diff -r . ../work -x .git"
        )
        #expect(back.split(separator: "\n").count == names.count)
    }

    @Test func `a name that is not UTF-8 is refused, unless it is left out`() async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push("echo 1 >good; echo 2 >\"$(printf 'bad\\377')\"")
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        #expect(snapshot.entries.count == 2)
        await #expect(throws: GitError.self) { try await fixture.list(snapshot.tar(keeping: { _ in true })) }
        #expect(try await fixture.list(snapshot.tar(keeping: { $0 == "good" })).count == 1)
    }

    @Test func `reading follows one link inside the commit and none out of it`() async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push(
            """
            mkdir d; echo real >d/file; ln -s d/file good; ln -s ../d/file d/back; ln -s good twice
            ln -s /etc/passwd absolute; ln -s ../../etc/passwd out; ln -s nothing dangling; ln -s . self
            """
        )
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        for name in ["d/file", "good", "d/back"] {
            #expect(try await snapshot.read(name, limit: 10) == Array("real\n".utf8), "\(name)")
        }
        for name in ["twice", "absolute", "out", "dangling", "self", "d", "none", ""] {
            #expect(try await snapshot.read(name, limit: 10) == nil, "\(name)")
        }
        await #expect(throws: GitError.tooLarge(path: "d/file", size: 5, limit: 4)) {
            try await snapshot.read("d/file", limit: 4)
        }
    }

    @Test func `the same commit gives the same bytes`() async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push("seq 1 2000 >numbers; mkdir d; echo x >d/e")
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        var archives: [[UInt8]] = []
        for _ in 0..<2 {
            var bytes: [UInt8] = []
            for try await piece in snapshot.tar(keeping: { _ in true }) { bytes += piece }
            archives.append(bytes)
        }
        #expect(archives[0] == archives[1])
        #expect(archives[0].count % 512 == 0)
    }

    @Test func `two thousand files`() async throws {
        let fixture = try await Fixture()
        let revision = try await fixture.push(
            "for d in $(seq 1 20); do mkdir $d; for f in $(seq 1 100); do echo $d-$f >$d/$f; done; done"
        )
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        #expect(snapshot.entries.count == 2000)
        #expect(try await fixture.list(snapshot.tar(keeping: { _ in true })).count == 2020)
        _ = try await fixture.sh("mkdir ../out; tar -xf ../archive.tar -C ../out; diff -r ../out . -x .git")
    }

    @Test func `large files come from one git, and no further ahead than they are read`() async throws {
        let started = Mutex(0)
        let offered = Mutex(0)
        var programs = Programs.live
        programs.stream = { program, handle in
            started.withLock { $0 += 1 }
            return try await Programs.live.stream(program) { piece in
                offered.withLock { $0 += piece.count }
                try await handle(piece)
            }
        }
        let fixture = try await Fixture(programs: programs)
        let revision = try await fixture.push(
            """
            echo small >a; head -c 40000000 /dev/urandom >big; echo between >c
            head -c 5000001 /dev/zero >d; head -c 4194304 /dev/urandom >e
            """
        )
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        var (count, largest, furthest) = (0, 0, 0)
        for try await piece in snapshot.tar(keeping: { _ in true }) {
            count += piece.count
            largest = max(largest, piece.count)
            furthest = max(furthest, offered.withLock { $0 } - count)
        }
        #expect(count > 49_000_000)
        #expect(started.withLock { $0 } == 1)
        // The most that is ever held: one small file, and what git has offered but nobody has taken.
        #expect(largest < 5 << 20)
        #expect(furthest < 1 << 20)
        _ = try await fixture.list(snapshot.tar(keeping: { _ in true }))
        _ = try await fixture.sh("mkdir ../out; tar -xf ../archive.tar -C ../out; diff -r ../out . -x .git")
    }

    @Test func `a reader that stops early ends git too`() async throws {
        let ends = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(2))
        let handed = Mutex(0)
        var programs = Programs.live
        programs.stream = { program, handle in
            defer { ends.continuation.yield() }
            return try await Programs.live.stream(program) { piece in
                try await handle(piece)
                handed.withLock { $0 += piece.count }
            }
        }
        let fixture = try await Fixture(programs: programs)
        let revision = try await fixture.push("head -c 20000000 /dev/zero >big")
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        for limit in [1, 3] {
            var pieces = 0
            for try await _ in snapshot.tar(keeping: { _ in true }) {
                pieces += 1
                if pieces == limit { break }
            }
        }
        var ended = ends.stream.makeAsyncIterator()
        for _ in 0..<2 { await ended.next() }
        #expect(handed.withLock { $0 } < 2_000_000)
    }

    @Test func `a tree made to unfold without end is refused`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.push("echo x >file")
        let bomb = """
            id=$(echo x | git hash-object -w --stdin); kind="100644 blob"
            for level in 1 2 3 4 5 6 7; do
              id=$(for n in $(seq 1 10); do printf '%s %s\\tn%s\\n' "$kind" $id $n; done | git mktree)
              kind="040000 tree"
            done
            git update-ref refs/heads/main $(git commit-tree -m bomb $id)
            """
        _ = try await fixture.sh(bomb)
        let revision = try await fixture.pushHead()
        await #expect(throws: GitError.self) {
            try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        }
    }
}
