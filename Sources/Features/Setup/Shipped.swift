import Core
import Files
import Glibc
import SystemPackage

/// What is shipped beside the program: plugins, and what plugins stand on.
///
/// `make install` puts it into `PREFIX/share/slipway`; a program that was built and not installed finds it in its
/// sources.
struct Shipped: Sendable, Equatable {
    /// One folder per plugin.
    var plugins: FilePath
    /// The sources of the library for hooks in Swift.
    var hooksLibrary: FilePath
    /// What plugins written for Dokku source and call.
    var dokku: FilePath

    /// What came with this very program.
    static var current: Shipped? {
        find(Environment.value("SLIPWAY_SHARE").map { FilePath($0) }, besides: FilePath(Git.binary))
    }

    /// - Parameters:
    ///   - folder: What `SLIPWAY_SHARE` says; nil looks beside the program.
    ///   - program: This program's own path.
    /// - Returns: Nil where nothing was shipped.
    static func find(_ folder: FilePath?, besides program: FilePath) -> Shipped? {
        let here = program.removingLastComponent()
        let shares = folder.map { [$0] } ?? [here.removingLastComponent().appending("share/slipway")]
        for share in shares where isThere(share) {
            return Shipped(
                plugins: share.appending("plugins"),
                hooksLibrary: share.appending("SlipwayHooks"),
                dokku: share.appending("dokku")
            )
        }
        // `build/slipway`, `.build/debug/slipway` and what that is a link to.
        var above = here
        for _ in 0..<4 {
            above = above.removingLastComponent()
            guard isThere(above), access(above.appending("Package.swift").string, F_OK) == 0 else { continue }
            return Shipped(
                plugins: above.appending("plugins"),
                hooksLibrary: above.appending("Sources/SlipwayHooks"),
                dokku: above.appending("compat/dokku")
            )
        }
        return nil
    }

    private static func isThere(_ folder: FilePath) -> Bool {
        access(folder.appending("plugins/example/plugin.toml").string, F_OK) == 0
    }

    /// Brings what was shipped into a root; without it there are no plugins of ours.
    ///
    /// Called as root it stays root's: root runs no program of a plugin that somebody else could change.
    static func publish(in paths: Paths, _ output: Output) throws {
        try makeFolder(paths.plugins, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        if geteuid() == 0 { chown(paths.plugins.string, 0, 0) }
        guard let shipped = current else {
            return output.warn("the plugins of slipway are not beside the program: make install brings them")
        }
        // The sample of every trigger is for reading and copying: installed it would be asked at each of them.
        try put(shipped.plugins, at: paths.corePlugins, skipping: ["example"])
        try put(shipped.hooksLibrary, at: paths.hookLibrary)
    }

    /// Puts a folder of ours in its place, whole: nobody sees it half new.
    static func put(_ source: FilePath, at target: FilePath, skipping skipped: Set<String> = []) throws {
        let fresh = FilePath(target.string + ".new")
        try removeTree(fresh)
        try makeFolder(fresh, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        try copyTree(source, to: fresh, skipping: skipped, keepsLinks: true)
        if access(target.string, F_OK) == 0 {
            try exchange(fresh, with: target)
            try removeTree(fresh)
        } else {
            try renameFile(fresh, to: target)
        }
    }
}
