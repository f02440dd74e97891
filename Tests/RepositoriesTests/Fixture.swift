import Core
import Glibc
import Programs
import Repositories
import SystemPackage
import Testing

/// A folder with an app's repository and a work tree, and the real git between them; gone with its last reference.
final class Fixture: Sendable {
    let folder: FilePath
    let app: AppID
    let repositories: Repositories

    init(programs: Programs = .live) async throws {
        let place = try await Programs.live.succeed(Program("/usr/bin/mktemp", ["-d", "/tmp/slipway-git-XXXXXX"]))
        folder = FilePath(place.text.trimmed)
        app = try AppID("abcdefghij")
        repositories = Repositories(root: folder.appending("repos"), programs: programs)
        try await repositories.prepare(app, hookCommand: [:])
        try await git("init", "--quiet", "--initial-branch=main", work.string, in: nil)
    }

    deinit { system("chmod -R u+w \(folder) && rm -rf \(folder)") }

    var work: FilePath { folder.appending("work") }

    static let environment = [
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Ana", "LC_ALL": "C",
        "GIT_AUTHOR_EMAIL": "ana@example.com", "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com",
        "GIT_COMMITTER_DATE": "1700000000 +0100", "GIT_AUTHOR_DATE": "1700000000 +0100", "PATH": "/usr/bin:/bin",
    ]

    @discardableResult
    func git(_ arguments: String..., in place: FilePath?) async throws -> String {
        let options = place.map { ["-C", $0.string] } ?? []
        let program = Program(
            "/usr/bin/git",
            options + arguments,
            environment: .exactly(Self.environment),
            limit: 8 << 20
        )
        return try await Programs.live.succeed(program).text.trimmed
    }

    func sh(_ script: String) async throws -> String {
        let program = Program(
            "/bin/sh",
            ["-ec", script],
            environment: .exactly(Self.environment),
            directory: work,
            limit: 8 << 20
        )
        return try await Programs.live.succeed(program).text
    }

    /// Writes files by a script, commits them and pushes; returns the commit.
    func push(_ script: String) async throws -> Revision {
        _ = try await sh(script)
        try await git("add", "--all", in: work)
        try await git("commit", "--quiet", "--allow-empty", "--message", "a commit", in: work)
        return try await pushHead()
    }

    /// Pushes to a reference that no hook of ours is asked about.
    func pushHead() async throws -> Revision {
        let target = repositories.path(of: app).string
        try await git("push", "--quiet", "--force", target, "HEAD:refs/pushed/main", in: work)
        return try Revision(try await git("rev-parse", "HEAD", in: work))
    }

    /// Writes the archive into a file and returns what the system's tar says of it.
    func list(_ archive: some AsyncSequence<[UInt8], any Error>) async throws -> [String] {
        let file = folder.appending("archive.tar")
        let descriptor = try FileDescriptor.open(
            file,
            .writeOnly,
            options: [.create, .truncate],
            permissions: .ownerReadWrite
        )
        for try await piece in archive { try descriptor.writeAll(piece) }
        try descriptor.close()
        let text = try await sh("TZ=UTC tar --full-time -tvf ../archive.tar")
        return text.split(separator: "\n").map(String.init)
    }
}
