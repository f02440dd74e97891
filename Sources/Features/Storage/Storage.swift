import Core
import Engine
import Files
import Glibc
import Scheduling
import Store
import SystemPackage

extension Feature {
    /// Folders of the host and volumes of the engine inside an app's instances.
    static let storage = Feature(
        "storage",
        "Folders and volumes that outlive releases",
        commands: StorageCommands.all,
        migrations: StorageTable.migrations,
        collect: { settings, app, host in settings.mounts = try await Storage(on: host).mounts(of: app) },
        restore: { settings, app, database in try StorageTable.replace(app.id, with: settings.mounts, database) },
        report: { app, host in
            guard let app else { return [] }
            let words = try await Storage(on: host).mounts(of: app).map { "-v \(StorageMount($0).text)" }
            let line = words.joined(separator: " ")
            return [
                ReportLine("build-mounts", ""), ReportLine("deploy-mounts", line), ReportLine("run-mounts", line),
            ]
        }
    )
}

/// What can be done with mounts; they are part of the draft and reach instances with the next release.
struct Storage: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func mounts(of app: App) async throws -> [WorkloadMount] {
        try await host.store.read { try StorageTable.all(of: app.id, $0) }
    }

    /// - Returns: False when exactly this is mounted already.
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when something else is mounted there.
    func mount(_ mount: StorageMount, in app: App) async throws -> Bool {
        try refuseOwnState(mount)
        let event = event(app, "storage:mount", mount.text)
        return try await host.store.write { database in
            let present = try StorageTable.all(of: app.id, database)
            if present.contains(mount.workload) { return false }
            if let other = present.first(where: { $0.target == mount.target }) {
                throw Failure(
                    .taken,
                    "\(mount.target) of \(app.name) is taken",
                    why: "\(StorageMount(other).text) is mounted there",
                    fix: "slipway storage:unmount \(app.name) \(mount.target)"
                )
            }
            try StorageTable.replace(app.id, with: present + [mount.workload], database)
            try HostTable.record(event, database)
            return true
        }
    }

    /// Takes a mount away by what it is, or by its folder in the container; its data stays.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func unmount(_ words: String, in app: App) async throws -> StorageMount {
        let event = event(app, "storage:unmount", cleaned(words, keepTabs: false))
        return try await host.store.write { database in
            let present = try StorageTable.all(of: app.id, database)
            let wanted = try? StorageMount(words)
            let found = present.first { mount in
                wanted.map { $0.source == mount.source && $0.target == mount.target } ?? (mount.target == words)
            }
            guard let found else {
                throw Failure(
                    .notFound,
                    "\(quoted(words)) is not mounted in \(app.name)",
                    fix: "slipway storage:list \(app.name) shows what is"
                )
            }
            try StorageTable.replace(app.id, with: present.filter { $0 != found }, database)
            try HostTable.record(event, database)
            return StorageMount(found)
        }
    }

    /// The folder for data of this name, made when absent.
    ///
    /// Nobody but us and the engine gets past the folder above it, so it is open to whatever user a container runs as.
    func ensureFolder(_ name: String, owner: FolderOwner) throws -> FilePath {
        let isName = name.utf8.allSatisfy { $0.isLetterOrDigit || "_-".utf8.contains($0) }
        guard isName, (1...64).contains(name.utf8.count) else {
            throw Failure.malformed(
                "\(quoted(name)) is not a name for a folder",
                fix: "use letters, digits, '_' and '-'"
            )
        }
        let path = host.paths.volumes.appending(name)
        try makeFolder(path)
        let isOpen = chmod(path.string, owner.id == nil ? 0o777 : 0o755) == 0
        guard isOpen, owner.id.map({ chown(path.string, $0, $0) == 0 }) ?? true else {
            throw Failure(
                .notAllowed,
                "\(path) cannot be given to another user",
                why: "only root may do that",
                fix:
                    "leave --chown out: any user of a container may write there; or, as root: chown \(owner.id ?? 0) \(path)"
            )
        }
        return path
    }

    /// What the engine is told: a volume belongs to its app, so neither a neighbour nor a clone of it can reach the data.
    static func workloadMounts(_ settings: Settings, of app: App, _ host: HostSettings) -> [WorkloadMount] {
        settings.mounts.map { mount in
            var copy = mount
            if !mount.source.hasPrefix("/") { copy.source = volume(mount.source, of: app, host) }
            return copy
        }
    }

    /// The engine's name of an app's volume.
    static func volume(_ name: String, of app: App, _ host: HostSettings) -> String {
        "slipway-\(host.instance)-\(app.id)-\(name)"
    }

    /// Our own state would give an app all keys and secrets of the host.
    func refuseOwnState(_ mount: StorageMount) throws {
        guard mount.source.hasPrefix("/") else { return }
        let path = FilePath(mount.source).lexicallyNormalized()
        let isInside = path.starts(with: host.paths.root) && !path.starts(with: host.paths.volumes)
        guard isInside || host.paths.root.starts(with: path) else { return }
        throw Failure(
            .notAllowed,
            "\(path) holds slipway's own state",
            why: "an app that reads it has every secret of this host",
            fix: "slipway storage:ensure-directory NAME makes a folder for data"
        )
    }

    /// Whether a host folder is missing as far as we may look; the engine refuses to start a container then.
    func isMissing(_ mount: WorkloadMount) -> Bool {
        mount.source.hasPrefix("/") && access(mount.source, F_OK) != 0 && errno == ENOENT
    }

    private func event(_ app: App, _ name: String, _ detail: String) -> Event {
        Event(at: host.time.now(), app: app, caller: host.caller.name, name: name, detail: detail)
    }
}
