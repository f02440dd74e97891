import Core
import Engine
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
        report: { app, source in
            guard let app else { return [] }
            return Storage.report(try StorageTable.all(of: app.id, source.database))
        }
    )
}

/// What can be done with mounts; they are part of the draft and reach instances with the next release.
struct Storage: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func mounts(of app: App) async throws -> [Attachment] {
        try await host.store.read { try StorageTable.all(of: app.id, $0) }
    }

    /// - Returns: False when exactly this is mounted already.
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when something else is mounted there.
    func mount(_ mount: StorageMount, in app: App) async throws -> Bool {
        try refuseOwnState(mount.source)
        try await makeOwnFolder(mount.source)
        let event = event(app, "storage:mount", mount.text)
        return try await host.store.write { database in
            let present = try StorageTable.all(of: app.id, database)
            if present.contains(mount.attachment) { return false }
            try Self.refuseCollision(mount.attachment, with: present, app)
            try StorageTable.replace(app.id, with: present + [mount.attachment], database)
            try HostTable.record(event, database)
            return true
        }
    }

    static func refuseCollision(_ mount: Attachment, with present: [Attachment], _ app: App) throws {
        guard let other = present.first(where: mount.collides) else { return }
        throw Failure(
            .taken,
            "\(mount.target) of \(app.name) is taken",
            why: "\(other.text) is mounted there",
            fix: "slipway storage:unmount \(app.name) \(mount.target)"
        )
    }

    /// Takes a mount away by what it is, or by its folder in the container; its data stays.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func unmount(_ words: String, in app: App) async throws -> Attachment {
        let event = event(app, "storage:unmount", cleaned(words, keepTabs: false))
        return try await host.store.write { database in
            let present = try StorageTable.all(of: app.id, database)
            let wanted = try? StorageMount(words)
            let found = present.first { mount in
                wanted.map { $0.source == mount.folder && $0.target == mount.target } ?? (mount.target == words)
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
            return found
        }
    }

    /// What the engine is told for one container of a release.
    ///
    /// A volume belongs to its app, so neither a neighbour nor a clone of it can reach the data.
    /// - Throws: ``Failure`` with code ``FailureCode/startFailed`` when a folder below an entry has become a link, for
    ///   it could lead anywhere on this host.
    static func workloadMounts(
        _ settings: Settings,
        of app: App,
        type: ProcessType,
        _ host: HostSettings
    ) throws -> [WorkloadMount] {
        try settings.mounts.filter { $0.reaches(type) }.map { mount in
            if let subpath = mount.subpath, !StorageFolder(FilePath(mount.source)).holds(plain: subpath) {
                throw Failure(
                    .startFailed,
                    "\(mount.folder) cannot be mounted in \(app.name)",
                    why: "it is not there, or a link is on the way to it",
                    fix: "make it a plain folder again"
                )
            }
            let isFolder = mount.source.hasPrefix("/")
            return WorkloadMount(
                source: isFolder ? mount.folder : volume(mount.source, of: app, host),
                target: mount.target,
                isReadOnly: mount.isReadOnly,
                isSingleWriter: mount.isSingleWriter,
                options: mount.options
            )
        }
    }

    /// The engine's name of an app's volume.
    static func volume(_ name: String, of app: App, _ host: HostSettings) -> String {
        "slipway-\(host.instance)-\(app.id)-\(name)"
    }

    /// Our own state would give an app all keys and secrets of the host.
    func refuseOwnState(_ source: String) throws {
        guard source.hasPrefix("/") else { return }
        let path = FilePath(source).lexicallyNormalized()
        let isInside = path.starts(with: host.paths.root) && !path.starts(with: host.paths.volumes)
        guard isInside || host.paths.root.starts(with: path) else { return }
        throw Failure(
            .notAllowed,
            "\(path) holds slipway's own state",
            why: "an app that reads it has every secret of this host",
            fix: "slipway storage:create NAME makes a folder for data"
        )
    }

    /// Makes a folder that lies below ours and is missing, open to whoever a container runs as.
    private func makeOwnFolder(_ source: String) async throws {
        var path = FilePath(source)
        guard source.hasPrefix("/"), path.removePrefix(host.paths.volumes), let top = path.components.first else {
            return
        }
        let folder = host.paths.volumes.appending(top)
        if StorageFolder(folder).isMissing {
            try StorageFolder(folder).make()
            try await give(folder, to: try FolderOwner(nil), mode: nil)
        }
        // What is below was written by containers: a link there is not followed.
        let below = path.components.dropFirst().map(\.string).joined(separator: "/")
        if !below.isEmpty, StorageFolder(FilePath(source)).isMissing { try StorageFolder(folder).make(below: below) }
    }

    /// The engine's volume that somebody may have meant by the name of one of the app's own; nil where there is none.
    func namesake(of mount: Attachment) async -> String? {
        guard !mount.source.hasPrefix("/"), let found = try? await host.engine.volume(mount.source) else { return nil }
        return found.name
    }

    /// Whether a host folder is missing as far as we may look; the engine refuses to start a container then.
    func isMissing(_ mount: Attachment) -> Bool {
        mount.source.hasPrefix("/") && StorageFolder(FilePath(mount.folder)).isMissing
    }

    func event(_ app: App?, _ name: String, _ detail: String) -> Event {
        Event(name, detail, of: app, by: host)
    }
}

extension Storage {
    /// What `storage:report` says of an app's mounts, each field of each by its number.
    static func report(_ mounts: [Attachment]) -> [ReportLine] {
        func line(_ phase: Attachment.Phase) -> String {
            mounts.filter { $0.phases.contains(phase) }.map { "-v \($0.text)" }.joined(separator: " ")
        }
        let totals = [
            ReportLine("build-mounts", ""), ReportLine("deploy-mounts", line(.deploy)),
            ReportLine("run-mounts", line(.run)),
        ]
        return totals
            + mounts.enumerated().flatMap { index, mount in
                mount.fields.map { ReportLine("attachment.\(index + 1).\($0.0)", $0.1) }
            }
    }
}

extension Attachment {
    /// As reports name them.
    var fields: [(String, String)] {
        [
            ("chown", chown ?? ""), ("container-dir", target), ("entry", entry ?? ""), ("host-path", source),
            ("phase", phases.map(\.rawValue).joined(separator: ",")),
            ("process-type", processes.joined(separator: ",")),
            ("readonly", "\(isReadOnly)"), ("volume-options", MountOptions(self).text),
            ("volume-subpath", subpath ?? ""),
        ]
    }
}
