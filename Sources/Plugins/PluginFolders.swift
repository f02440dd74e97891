import Files
import Glibc
import Synchronization
import SystemPackage

/// What lies in the folders of plugins, remembered for as long as nothing has changed there.
///
/// Reading twenty `plugin.toml` takes longer than the hooks of most triggers, and a push fires thirty triggers. What a
/// process remembers is checked against the times of the folders and of each `plugin.toml` before it is used.
enum PluginFolders {
    private struct Known {
        var stamp: [Stamp]
        var plugins: [Plugin]
    }

    private struct Stamp: Equatable {
        var path: String
        var inode: UInt
        var seconds: Int
        var nanoseconds: Int
    }

    private static let known = Mutex<[[FilePath]: Known]>([:])

    /// - Throws: ``PluginError`` when one of them cannot be trusted or read.
    static func plugins(in folders: [FilePath]) throws -> [Plugin] {
        if let known = known.withLock({ $0[folders] }), known.stamp.allSatisfy({ stamp(of: $0.path) == $0 }) {
            return known.plugins
        }
        // Taken before the reading: what changes meanwhile is read again the next time.
        var stamps = folders.compactMap { stamp(of: $0) }
        var byName: [String: Plugin] = [:]
        for folder in folders.reversed() {
            let names = try listFolder(folder)
            if !names.isEmpty { try Safety.demand(folder) }
            for name in names {
                let place = folder.appending(name)
                let parts = [place, place.appending("hooks"), place.appending("plugin.toml")].compactMap {
                    stamp(of: $0)
                }
                guard let plugin = try Plugin(in: place) else { continue }
                byName[name] = plugin
                stamps += parts
            }
        }
        let plugins = byName.values.sorted { $0.name < $1.name }
        if stamps.count >= folders.count, stamps.allSatisfy({ isSettled($0) }) {
            let fresh = Known(stamp: stamps, plugins: plugins)
            known.withLock { $0[folders] = fresh }
        }
        return plugins
    }

    /// A change in the same tick of the kernel's clock as the last one would leave the times as they are.
    private static func isSettled(_ stamp: Stamp) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return (now.tv_sec - stamp.seconds) * 1000 + (now.tv_nsec - stamp.nanoseconds) / 1_000_000 > 100
    }

    private static func stamp(of path: FilePath) -> Stamp? { stamp(of: path.string) }

    private static func stamp(of path: String) -> Stamp? {
        var status = Glibc.stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            path: path,
            inode: status.st_ino,
            seconds: status.st_ctim.tv_sec,
            nanoseconds: status.st_ctim.tv_nsec
        )
    }
}
