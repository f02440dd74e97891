import Core
import FoundationEssentials
package import Programs
package import SystemPackage

/// A repository in a folder of its own, with one commit on `main`.
package final class TestRepo: Sendable {
    package let folder: FilePath

    /// Files by path; those that start with `#!` are made executable.
    package init(_ files: [String: String], message: String = "Say hello") async throws {
        let name = "slipway-repo-\(UInt64.random(in: .min ... .max))"
        folder = FilePath(FileManager.default.temporaryDirectory.path).appending(name)
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        try await git("init", "-q", "-b", "main")
        try await commit(files, message: message)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder.string) }

    /// Writes files, `nil` removes one, and commits everything; the new revision.
    @discardableResult
    package func commit(_ files: [String: String?], message: String) async throws -> String {
        for (path, text) in files {
            let file = folder.appending(path)
            guard let text else {
                try FileManager.default.removeItem(atPath: file.string)
                continue
            }
            try FileManager.default.createDirectory(
                atPath: file.removingLastComponent().string,
                withIntermediateDirectories: true
            )
            let mode = text.hasPrefix("#!") ? 0o755 : 0o644
            try Data(text.utf8).write(to: URL(filePath: file.string))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.string)
        }
        try await git("add", "--all")
        try await git("commit", "-q", "--allow-empty", "-m", message)
        return try await head()
    }

    package func head() async throws -> String { try await git("rev-parse", "HEAD").answer }

    /// Runs git in the folder as the author `Ana`.
    ///
    /// - Throws: ``Unsuccessful``.
    @discardableResult
    package func git(_ words: String...) async throws -> Finished {
        try await .run(program(words)).succeeded("git \(words.joined(separator: " "))")
    }

    /// `git push` of `HEAD` to a branch, or of a refspec, whatever comes of it.
    package func push(
        to sandbox: Sandbox,
        _ app: String,
        branch: String = "main",
        reference: String? = nil
    ) async throws -> Finished {
        try await .run(pushProgram(to: sandbox, app, branch: branch, reference: reference))
    }

    package func pushProgram(
        to sandbox: Sandbox,
        _ app: String,
        branch: String = "main",
        reference: String? = nil
    ) -> Program {
        program(
            ["push", "--no-progress", "\(sandbox.remote)/\(app)", reference ?? "HEAD:refs/heads/\(branch)"],
            ["GIT_SSH_COMMAND": sandbox.gitSSH]
        )
    }

    private func program(_ words: [String], _ added: [String: String] = [:]) -> Program {
        let identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false"]
        let environment = ["GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1"]
        return Program(
            "/usr/bin/git",
            ["-C", folder.string] + identity + words,
            environment: .inherited(adding: environment.merging(added) { $1 }),
            limit: 16 << 20
        )
    }
}
