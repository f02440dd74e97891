import Files
import Glibc
import Synchronization
import SystemPackage

/// What lies in the folders of plugins, remembered for as long as nothing has changed there.
///
/// Reading twenty `plugin.toml` takes longer than the hooks of most triggers, and a push fires thirty triggers. What a
/// process remembers is checked against the times of the folders before it is used; whether the text of a `plugin.toml`
/// was changed in its place is looked at once a second, which only a daemon lives to see.
enum PluginFolders {
    private struct Known {
        var folders: [Stamp]
        var texts: [Stamp]
        var lookedAt: ContinuousClock.Instant
        var plugins: [Plugin]

        func holds(at now: ContinuousClock.Instant) -> Bool {
            folders.allSatisfy(\.holds) && (now - lookedAt < .seconds(1) || texts.allSatisfy(\.holds))
        }
    }

    private static let known = Mutex<[[FilePath]: Known]>([:])

    /// - Throws: ``PluginError`` when one of them cannot be trusted or read.
    static func plugins(in folders: [FilePath]) throws -> [Plugin] {
        let now = ContinuousClock.now
        if let known = known.withLock({ $0[folders] }), known.holds(at: now) {
            if now - known.lookedAt >= .seconds(1) { Self.known.withLock { $0[folders]?.lookedAt = now } }
            return known.plugins
        }
        // Stamped before the reading: what changes meanwhile is read again the next time.
        var fresh = Known(folders: folders.map { Stamp($0) }, texts: [], lookedAt: now, plugins: [])
        var byName: [String: Plugin] = [:]
        for folder in folders.reversed() {
            let names = try listFolder(folder)
            if !names.isEmpty { try Safety.demand(folder) }
            for name in names {
                let place = folder.appending(name)
                let stamps = [Stamp(place), Stamp(place.appending("hooks"))]
                let text = Stamp(place.appending("plugin.toml"))
                // Also of what is no plugin yet.
                fresh.folders += stamps
                fresh.texts.append(text)
                if let plugin = try Plugin(in: place) { byName[name] = plugin }
            }
        }
        fresh.plugins = byName.values.sorted { $0.name < $1.name }
        let settled = fresh
        if (settled.folders + settled.texts).allSatisfy(\.isSettled) { known.withLock { $0[folders] = settled } }
        return settled.plugins
    }
}

/// When something at a path was last changed; that nothing is there is a state too.
private struct Stamp: Equatable {
    private struct Facts: Equatable {
        var inode: UInt
        var seconds: Int
        var nanoseconds: Int
    }

    private let path: String
    private let facts: Facts?

    init(_ path: FilePath) {
        self.path = path.string
        facts = Self.facts(of: path.string)
    }

    var holds: Bool { Self.facts(of: path) == facts }

    /// A change in the same tick of the kernel's clock as the last one would leave the times as they are.
    var isSettled: Bool {
        guard let facts else { return true }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return (now.tv_sec - facts.seconds) * 1000 + (now.tv_nsec - facts.nanoseconds) / 1_000_000 > 100
    }

    private static func facts(of path: String) -> Facts? {
        var status = Glibc.stat()
        guard stat(path, &status) == 0 else { return nil }
        return Facts(inode: status.st_ino, seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
    }
}
