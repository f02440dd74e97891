import Core
import Files
import SystemPackage

/// Keeps logs from filling the disk: of each app the newest stay.
struct LogCaps: Sendable {
    /// What becomes of one file.
    enum Fate: Sendable, Equatable {
        case removed
        /// Only its last bytes stay, from the start of a line on.
        case cut(to: Int)
    }

    /// Of the processes that drain apps, all together.
    static let drainCap: Int64 = 1 << 20

    let host: Host

    init(on host: Host) { self.host = host }

    /// Whole files stay, the newest first, until the cap is reached; the newest of all is cut when it alone is longer.
    static func fates(_ files: [FileFacts], cap: Int64) -> [String: Fate] {
        var (room, fates) = (cap, [String: Fate]())
        for (index, file) in files.enumerated() {
            if file.length <= room {
                room -= file.length
                continue
            }
            fates[file.name] = index == 0 ? .cut(to: Int(cap)) : .removed
            room = 0
        }
        return fates
    }

    /// Brings the logs of an app under its cap; one that is being changed writes them just now and waits.
    ///
    /// - Returns: Bytes that are free now.
    func enforce(_ app: App) async throws -> Int64 {
        let megabytes = Int64(try await Properties("disk", on: host).effective(Disk.logCap, of: app)) ?? 50
        let (folder, cap) = (host.paths.logs(of: app.id), megabytes * 1_000_000)
        guard try !Self.fates(listFiles(folder), cap: cap).isEmpty else { return 0 }
        guard let lock = try Operations(on: host).tryTake(app.id, "cutting its logs") else { return 0 }
        defer { lock.release() }
        let files = try listFiles(folder)
        let before = files.reduce(0) { $0 + $1.length }
        for (name, fate) in Self.fates(files, cap: cap) {
            let path = folder.appending(name)
            switch fate {
            case .removed: try removeFile(path)
            case .cut(let length): try writeFile(path, try readEnd(of: path, limit: length))
            }
        }
        return before - (try listFiles(folder).reduce(0) { $0 + $1.length })
    }

    /// Processes that drain just now go on writing into the file they have; the next ones begin another.
    func rotateDrains() throws {
        let path = host.paths.logs.appending("drain.log")
        let length = try listFiles(host.paths.logs).first { $0.name == "drain.log" }?.length ?? 0
        if length > Self.drainCap { try renameFile(path, to: host.paths.logs.appending("drain.log.1")) }
    }
}
