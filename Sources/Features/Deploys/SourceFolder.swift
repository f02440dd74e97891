import Core
import Files
import Plugins
import Repositories
import SystemPackage

/// The pushed files on disk, for hooks that look into them or change them.
///
/// A build streams the tree out of the repository; the files are written only where a plugin asks for them.
struct SourceFolder: Sendable {
    /// Triggers whose hooks are given the folder.
    static let wanting: [Trigger] = [
        .postExtract, .builderDetect, .preReceiveApp, .preBuild, .preBuildDockerfile, .builderBuild, .postBuild,
        .postBuildDockerfile,
    ]

    let host: Host
    let app: App
    /// What was pushed.
    let revision: Revision
    private let folder: FilePath

    /// Nil where no hook wants it.
    static func open(_ revision: Revision, of app: App, on host: Host) async throws -> SourceFolder? {
        guard try await Hooks(on: host).has(any: wanting) else { return nil }
        // One app is deployed once at a time; what a deploy left that was killed goes with the next.
        let folder = host.paths.cache.appending("source-\(app.id)")
        try removeTree(folder)
        do { try await host.repositories.checkOut(revision, of: app.id, to: folder) } catch {
            try? removeTree(folder)
            throw error
        }
        return SourceFolder(host: host, app: app, revision: revision, folder: folder)
    }

    /// Where the files are.
    var path: String { folder.appending("source").string }

    /// What the files are by now, as a commit.
    func current() async throws -> Revision {
        try await host.repositories.commitChanges(since: revision, of: app.id, in: folder)
    }

    /// Takes the files away.
    func close() { try? removeTree(folder) }
}
