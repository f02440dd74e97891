package import Core
import Files
import Programs
package import SystemPackage

extension Repositories {
    /// Writes the files of a commit below a new folder, so that programs can look into them and change them.
    ///
    /// Submodules are empty folders.
    /// - Throws: ``ProgramError`` when git cannot, `FileError`.
    package func checkOut(_ revision: Revision, of app: AppID, to folder: FilePath) async throws {
        try makeFolder(folder.appending("source"))
        try await work(["read-tree", revision.text], app, folder)
        try await work(["checkout-index", "--all", "--force", "--index"], app, folder)
    }

    /// Makes a commit of what the files have become; `revision` itself where nothing has changed.
    ///
    /// No branch leads to the new commit: it lives for as long as the build needs it.
    /// - Throws: ``ProgramError``.
    package func commitChanges(since revision: Revision, of app: AppID, in folder: FilePath) async throws -> Revision {
        try await work(["add", "--all", "--force", "."], app, folder)
        let tree = try await work(["write-tree"], app, folder)
        let before = try await work(["rev-parse", "\(revision.text)^{tree}"], app, folder)
        if tree == before { return revision }
        return try Revision(
            try await work(["commit-tree", tree, "-p", revision.text, "-m", "as plugins left it"], app, folder)
        )
    }

    /// - Returns: What git said, trimmed.
    @discardableResult
    private func work(_ words: [String], _ app: AppID, _ folder: FilePath) async throws -> String {
        let place = ["--git-dir=\(path(of: app))", "--work-tree=\(folder.appending("source"))"]
        var program = Program(git, place + words)
        program.directory = folder.appending("source")
        program.environment = .inherited(adding: [
            "GIT_INDEX_FILE": folder.appending("index").string, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C", "GIT_AUTHOR_NAME": "slipway",
            "GIT_AUTHOR_EMAIL": "slipway@localhost", "GIT_COMMITTER_NAME": "slipway",
            "GIT_COMMITTER_EMAIL": "slipway@localhost", "GIT_AUTHOR_DATE": "0 +0000", "GIT_COMMITTER_DATE": "0 +0000",
        ])
        return try await programs.succeed(program).text.trimmed
    }
}
