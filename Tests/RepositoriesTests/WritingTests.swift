import Core
import Repositories
import Testing

@Suite(.timeLimit(.minutes(1))) struct WritingTests {
    @Test func `a commit of files is one that git reads`() async throws {
        let fixture = try await Fixture()
        let (repositories, app) = (fixture.repositories, fixture.app)
        let files = [(path: "Dockerfile", bytes: Array("FROM x\n".utf8)), (path: "a/b/c", bytes: [])]
        let made = try await repositories.commit(files: files, parent: nil, message: "from image x", in: app)
        let revision = try #require(made)
        try repositories.move("refs/heads/main", to: revision, from: nil, in: app, message: "from image")
        let path = repositories.path(of: app)
        #expect(try await fixture.git("fsck", "--strict", in: path) == "")
        #expect(try await fixture.git("show", "main:Dockerfile", in: path) == "FROM x")
        #expect(try await fixture.git("ls-tree", "-r", "--name-only", "main", in: path) == "Dockerfile\na/b/c")
        #expect(try repositories.commit(revision, in: app).author == "slipway")

        #expect(try await repositories.commit(files: files, parent: revision, message: "again", in: app) == nil)
        let other = [(path: "Dockerfile", bytes: Array("FROM y\n".utf8))]
        let next = try #require(
            try await repositories.commit(files: other, parent: revision, message: "b", author: "An <a>\na", in: app)
        )
        #expect(try repositories.isAncestor(revision, of: next, in: app))
        #expect(try repositories.commit(next, in: app).author == "An aa")
    }

    @Test func `an archive's parts, with the folder around them taken off`() async throws {
        let fixture = try await Fixture()
        let large = [UInt8](repeating: 7, count: 100_000)
        let parts: [TreePart] = [
            .file(path: "app-1.0/run", size: 3, isExecutable: true), .bytes([1, 2]), .bytes([3]),
            .link(path: "./app-1.0/link", target: "run"),
            .file(path: "app-1.0/empty", size: 0, isExecutable: false),
            .file(path: "app-1.0/d/large", size: 300_000, isExecutable: false), .bytes(large), .bytes(large),
            .bytes(large),
        ]
        let revision = try #require(
            try await fixture.repositories.commit(
                stream(parts),
                parent: nil,
                message: "archive",
                unwrapping: true,
                in: fixture.app
            )
        )
        let snapshot = try await fixture.repositories.snapshot(of: revision, in: fixture.app)
        #expect(snapshot.entries.map(\.path) == ["d/large", "empty", "link", "run"])
        #expect(snapshot.entries.map(\.mode) == [.file, .file, .symlink, .executable])
        #expect(snapshot.entries.map(\.size) == [300_000, 0, 3, 3])
        #expect(try await snapshot.read("link", limit: 10) == [1, 2, 3])
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../b", ".git/config", "a/.GIT/x", "", "a//b", "."])
    func `a path that leads out is refused`(_ path: String) async throws {
        let fixture = try await Fixture()
        await #expect(throws: GitError.self) {
            try await fixture.repositories.commit(
                files: [(path: path, bytes: [1])],
                parent: nil,
                message: "x",
                in: fixture.app
            )
        }
    }

    @Test(arguments: [
        [TreePart.file(path: "a", size: 3, isExecutable: false), .bytes([1])],
        [.file(path: "a", size: 1, isExecutable: false), .bytes([1, 2])],
        [.bytes([1])],
        [.file(path: "a", size: 1, isExecutable: false), .bytes([1]), .link(path: "a/b", target: "x")],
        [.link(path: "a", target: "")],
        [],
    ])
    func `parts that do not fit are refused`(_ parts: [TreePart]) async throws {
        let fixture = try await Fixture()
        await #expect(throws: GitError.self) {
            try await fixture.repositories.commit(stream(parts), parent: nil, message: "x", in: fixture.app)
        }
    }

    private func stream(_ parts: [TreePart]) -> AsyncStream<TreePart> {
        let (stream, continuation) = AsyncStream<TreePart>.makeStream(bufferingPolicy: .bufferingOldest(parts.count))
        for part in parts { continuation.yield(part) }
        continuation.finish()
        return stream
    }
}
