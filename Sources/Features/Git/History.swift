import Core
import Files
import Programs
import Repositories
import SystemPackage

/// The history of a commit as the folder `.git` of a build, in a tar file of its own below the cache.
final class History: Sendable {
    /// Where the tar file ends, before the zeroes that tell so.
    fileprivate let end: Int64
    private let folder: FilePath

    fileprivate var tar: FilePath { folder.appending("history.tar") }

    /// - Returns: Nil when the app wants no history in its builds.
    static func wanted(by app: App, _ revision: Revision, branch: String?, on host: Host) async throws -> History? {
        let properties = Properties("git", on: host)
        guard try await properties.effective(Git.keepGitDir, of: app) == "true" else { return nil }
        let own = try await properties.effective(Git.deployBranch, of: app)
        let name = branch ?? (own.isEmpty ? Git.firstBranch : own)
        return try await History(of: app, revision, branch: name, on: host)
    }

    private init(of app: App, _ revision: Revision, branch: String, on host: Host) async throws {
        let folder = Scratch.history.folder(on: host)
        self.folder = folder
        do {
            let file = try await Self.pack(app, revision, branch, in: folder, host)
            end = try Self.end(of: file)
        } catch {
            try? removeTree(folder)
            throw error
        }
    }

    func close() { try? removeTree(folder) }

    /// One pack with all that the commit was built on, and what git needs beside it.
    private static func pack(
        _ app: App,
        _ revision: Revision,
        _ branch: String,
        in folder: FilePath,
        _ host: Host
    ) async throws -> FilePath {
        let git = folder.appending(".git")
        try makeFolder(git.appending("objects/pack"))
        try makeFolder(git.appending("refs/heads"))
        let repository = host.repositories.path(of: app.id)
        // One thread makes the same pack of the same history, which a build then finds in its cache.
        let words = [
            "-c", "pack.threads=1", "--git-dir=\(repository)", "pack-objects", "-q", "--revs",
        ]
        try await host.programs.succeed(
            Program(
                "/usr/bin/git",
                words + [git.appending("objects/pack/pack").string],
                input: Array("\(revision.text)\n".utf8)
            )
        )
        func write(_ name: String, _ text: String) throws { try writeFile(git.appending(name), Array(text.utf8)) }
        try write("config", "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n")
        try write("packed-refs", "\(revision.text) refs/heads/\(branch)\n")
        try write("HEAD", "ref: refs/heads/\(branch)\n")
        try await host.programs.succeed(
            Program("/usr/bin/git", ["--git-dir=\(git)", "--work-tree=\(folder)", "read-tree", revision.text])
        )
        let date = try host.repositories.commit(revision, in: app.id).date.milliseconds / 1000
        let order = ["objects", "refs", "packed-refs", "config", "index", "HEAD"].map { ".git/\($0)" }
        let options = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@\(date)", "--mode=a+rX"]
        let tar = folder.appending("history.tar")
        try await host.programs.succeed(
            Program("/usr/bin/tar", ["-C", folder.string] + options + ["-cf", tar.string] + order)
        )
        return tar
    }

    /// The last block that is not all zeroes is of `HEAD`, which comes last.
    private static func end(of tar: FilePath) throws -> Int64 {
        let file = try FileDescriptor.open(tar, .readOnly, options: [.closeOnExec])
        return try file.closeAfter {
            var end = try file.seek(offset: 0, from: .end)
            var block = [UInt8](repeating: 0, count: 512)
            while end >= 512 {
                let count = try block.withUnsafeMutableBytes {
                    try file.read(fromAbsoluteOffset: end - 512, into: $0)
                }
                if count == 512, block.contains(where: { $0 != 0 }) { break }
                end -= 512
            }
            return end
        }
    }
}

/// A tar of a history with the tar of a tree behind it.
struct HistoryTar: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    let history: History
    let tree: TarStream

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(history: history, tree: tree.makeAsyncIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let history: History
        var tree: TarStream.Iterator
        private var offset: Int64 = 0

        init(history: History, tree: TarStream.Iterator) {
            self.history = history
            self.tree = tree
        }

        mutating func next() async throws -> [UInt8]? {
            let wanted = Int(Swift.min(history.end - offset, 256 << 10))
            guard wanted > 0 else { return try await tree.next() }
            var buffer = [UInt8](repeating: 0, count: wanted)
            let file = try FileDescriptor.open(history.tar, .readOnly, options: [.closeOnExec])
            let count = try file.closeAfter {
                try buffer.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: offset, into: $0) }
            }
            guard count > 0 else { throw Core.Failure(.disk, "\(history.tar) is shorter than it was") }
            offset += Int64(count)
            return Array(buffer[..<count])
        }
    }
}
