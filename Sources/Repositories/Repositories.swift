package import Core
import Files
import Glibc
package import Programs
package import SystemPackage

/// The bare repositories of all apps: what was pushed, and which revision each release was made of.
///
/// The host's git speaks the protocol; libgit2 reads and writes here without starting a program, except for large
/// files and submodules. What is not marked `async` reads or writes a few small files and returns at once.
package struct Repositories: Sendable {
    let root: FilePath
    let programs: Programs
    let git: FilePath

    /// - Parameters:
    ///   - root: The folder that holds one repository per app; `../cache/submodules` beside it holds their submodules.
    ///   - programs: How git is run.
    ///   - git: The host's git.
    package init(root: FilePath, programs: Programs, git: FilePath = "/usr/bin/git") {
        self.root = root
        self.programs = programs
        self.git = git
    }

    /// Where the app's repository is, or would be.
    package func path(of app: AppID) -> FilePath { root.appending("\(app).git") }

    package func exists(_ app: AppID) -> Bool {
        access(path(of: app).appending("HEAD").string, F_OK) == 0
    }

    /// Makes the repository, its configuration and its hooks what they should be.
    ///
    /// May be called at any time: what already is as it should be is not written again, and no program is run. Files
    /// in the hooks folder that are not named are left alone.
    /// - Parameters:
    ///   - app: Whose repository.
    ///   - hookCommand: The text of each hook by its name, as `pre-receive`.
    /// - Throws: ``GitError`` or `FileError`.
    package func prepare(_ app: AppID, hookCommand: [String: String]) async throws {
        let folder = path(of: app)
        if !exists(app) { try Repository.create(folder) }
        try write(Self.configuration, to: folder.appending("config"), mode: [.ownerReadWrite])
        for (name, text) in hookCommand {
            guard name.utf8.allSatisfy({ $0.isLowercaseLetter || $0 == UInt8(ascii: "-") }), !name.isEmpty else {
                throw GitError.badName(name)
            }
            let hook = folder.appending("hooks").appending(name)
            try write(text, to: hook, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        }
    }

    /// Gives an app the history of another: its branches, its tags and its head, not the references of its releases.
    ///
    /// Git's own way between two folders: files of objects, which never change, are linked and take no room twice.
    /// Configuration and hooks are for ``prepare(_:hookCommand:)``.
    /// - Parameters:
    ///   - app: Whose history.
    ///   - copy: Who gets it; it has no repository yet, and nobody may push to it meanwhile.
    /// - Throws: What git says; nothing half copied is left then.
    package func copy(_ app: AppID, to copy: AppID) async throws {
        try removeTree(path(of: copy))
        let words = ["clone", "--bare", "--quiet", "--template=", "--", path(of: app).string, path(of: copy).string]
        do { try await programs.succeed(Program(git, words)) } catch {
            try? removeTree(path(of: copy))
            throw error
        }
    }

    /// Removes the repository with everything in it; an absent one is fine.
    package func remove(_ app: AppID) throws { try removeTree(path(of: app)) }

    /// Lets git pack what many pushes have left, when it thinks it worth it; pushes themselves never do.
    package func tidy(_ app: AppID) async throws {
        try await programs.succeed(Program(git, ["--git-dir=\(path(of: app))", "gc", "--auto", "--quiet"]))
    }

    /// Packs everything anew, however long that takes.
    package func pack(_ app: AppID) async throws {
        try await programs.succeed(Program(git, ["--git-dir=\(path(of: app))", "gc", "--aggressive", "--quiet"]))
    }

    /// Opens the app's repository for the time of `body`.
    func opened<Value>(_ app: AppID, _ body: (Repository) throws -> Value) throws -> Value {
        try body(Repository(path(of: app)))
    }

    private func write(_ text: String, to path: FilePath, mode: FilePermissions) throws {
        let bytes = Array(text.utf8)
        if try readFile(path) == bytes, permissions(of: path) == mode { return }
        try writeFile(path, bytes, mode: mode)
    }

    func permissions(of path: FilePath) -> FilePermissions? {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        return FilePermissions(rawValue: status.st_mode & 0o7777)
    }
}

extension Repositories {
    /// The whole configuration of a repository; what a person writes into it is taken out again.
    ///
    /// Branches are moved by our `proc-receive` alone, so git hands them all to it; release references cannot be
    /// pushed to. A forced push is allowed, as with every tool of this kind. Objects are checked on arrival, but for
    /// those old blemishes that real histories are full of and that harm nobody. Files over 4 MB are never held in
    /// memory whole. All is on disk before a push is answered.
    static let configuration = """
        # Written by slipway; changes are undone.
        [core]
        \trepositoryformatversion = 0
        \tfilemode = true
        \tbare = true
        \tlogAllRefUpdates = true
        \tbigFileThreshold = 4m
        \tfsync = objects,derived-metadata,reference
        \tfsyncMethod = batch
        [receive]
        \tprocReceiveRefs = refs/heads
        \thideRefs = refs/slipway
        \tdenyDeleteCurrent = refuse
        \tautogc = false
        [transfer]
        \tfsckObjects = true
        [receive "fsck"]
        \tbadTimezone = ignore
        \tmissingEmail = ignore
        \tmissingNameBeforeEmail = ignore
        \tmissingSpaceBeforeEmail = ignore
        \tmissingSpaceBeforeDate = ignore
        \tzeroPaddedDate = ignore
        \tzeroPaddedFilemode = ignore
        [gc]
        \tautoDetach = false

        """
}
