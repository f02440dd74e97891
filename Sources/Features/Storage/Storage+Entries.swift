import Core
import Files
import Scheduling
import Store
import SystemPackage

/// What `storage:create` was told.
struct EntryWish: Sendable {
    var name: EntryName
    /// Nil is the folder of that name below our own.
    var path: String?
    var chown: String?
    var mode: String?
    var reclaim = StorageEntry.Reclaim.retain
    var annotations: [String: String] = [:]
    var labels: [String: String] = [:]

    init(_ name: EntryName) { self.name = name }

    /// - Throws: ``Failure`` when owner or mode are no such thing, or are for a folder that is not ours to make.
    func entry(_ paths: Paths, at now: Timestamp) throws -> StorageEntry {
        let own = path.map { FilePath($0) }.map { $0.starts(with: paths.volumes) } ?? true
        guard own || chown == nil && mode == nil else {
            throw Failure(
                .usage,
                "--chown and --mode are for folders that are made here",
                why: "\(path ?? "") is somebody's own",
                fix: "leave the path out, or leave its owner to whoever made it"
            )
        }
        _ = try FolderOwner(chown)
        if let mode { _ = try FolderMode(mode) }
        let place = try path.map { try StorageMount.path($0, of: "the host") }
        var entry = StorageEntry(name: name, path: place ?? paths.volumes.appending(name.text).string)
        entry.chown = chown == "false" ? nil : chown
        entry.mode = mode
        entry.reclaim = reclaim
        entry.annotations = annotations
        entry.labels = labels
        entry.createdAt = now
        return entry
    }
}

extension Storage {
    func entries() async throws -> [StorageEntry] { try await host.store.read { try StorageTable.entries($0) } }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func entry(_ name: EntryName) async throws -> StorageEntry {
        guard let entry = try await host.store.read({ try StorageTable.entry(name, $0) }) else {
            throw Self.missing(name)
        }
        return entry
    }

    private static func missing(_ name: EntryName) -> Failure {
        Failure(
            .notFound,
            "there is no storage \(name)",
            fix: "slipway storage:create \(name), or storage:list-entries shows those that are there"
        )
    }

    /// Registers a folder under a name and makes it, where it is one of ours.
    ///
    /// - Returns: False when exactly this is there already.
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when the name stands for something else.
    func create(_ wish: EntryWish) async throws -> Bool {
        let entry = try wish.entry(host.paths, at: host.time.now())
        try refuseOwnState(entry.path)
        if var same = try await host.store.read({ try StorageTable.entry(entry.name, $0) }) {
            let present = same
            same.createdAt = entry.createdAt
            guard same == entry else { throw Self.taken(present) }
            return false
        }
        if isOurs(entry) {
            try StorageFolder(FilePath(entry.path)).make()
            try await give(entry)
        }
        let event = event(nil, "storage:create", "\(entry.name) at \(entry.path)")
        return try await host.store.write { database in
            if let present = try StorageTable.entry(entry.name, database) { throw Self.taken(present) }
            try StorageTable.save(entry, database)
            try HostTable.record(event, database)
            return true
        }
    }

    private static func taken(_ present: StorageEntry) -> Failure {
        Failure(
            .taken,
            "there is a storage \(present.name) already",
            why: "it is \(present.path)",
            fix: "slipway storage:set \(present.name) PROPERTY VALUE changes it"
        )
    }

    /// Changes one field of an entry; owner and mode reach the folder at once.
    ///
    /// - Returns: False when it is so already.
    func set(_ change: EntryChange, of name: EntryName) async throws -> Bool {
        let present = try await entry(name)
        let changed = try change.applied(to: present)
        guard changed != present else { return false }
        let isOfFolder = change.name != "reclaim-policy"
        if isOfFolder {
            guard isOurs(present) else {
                throw Failure(
                    .unchangeable,
                    "\(change.name) of \(name) cannot be set here",
                    why: "\(present.path) is a folder that somebody else has made",
                    fix: "as root: chown or chmod \(present.path)"
                )
            }
            try await give(changed)
        }
        let detail = "\(name) \(change.name)=\(change.value ?? "")"
        guard let saved = try await save(name, "storage:set", detail, { try change.applied(to: $0) }) else {
            return false
        }
        // Owner and mode may have been set by two at once; the last one to write gives the folder both.
        if isOfFolder, saved != changed { try await give(saved) }
        return true
    }

    /// Notes something under a key, or with nil takes it away; nothing here reads it.
    ///
    /// - Returns: False when it is so already.
    func note(_ key: String, _ value: String?, as kind: EntryNotes, of name: EntryName) async throws -> Bool {
        let saved = try await save(name, "storage:\(kind.rawValue):set", "\(name) \(key)") { entry in
            var noted = entry
            noted[kind][key] = value
            return noted
        }
        return saved != nil
    }

    /// Changes an entry as it is by now: of two changes at the same time neither is lost.
    ///
    /// - Returns: Nil when it is so already.
    private func save(
        _ name: EntryName,
        _ verb: String,
        _ detail: String,
        _ edit: @escaping @Sendable (StorageEntry) throws -> StorageEntry
    ) async throws -> StorageEntry? {
        let event = event(nil, verb, cleaned(detail, keepTabs: false))
        return try await host.store.write { database in
            guard let present = try StorageTable.entry(name, database) else { throw Self.missing(name) }
            let changed = try edit(present)
            guard changed != present else { return nil }
            try StorageTable.save(changed, database)
            try HostTable.record(event, database)
            return changed
        }
    }

    /// Apps that have it in their draft, or in what they run now.
    func users(of entry: StorageEntry) async throws -> [String] {
        try await host.store.read { try StorageTable.users(of: entry.name, $0) }
    }

    /// Takes the name away, and the folder when that is asked for or its policy.
    ///
    /// - Returns: The folder that stays; nil when it is gone too.
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` while somebody has it.
    func destroy(_ entry: StorageEntry, removingFolder isAsked: Bool) async throws -> String? {
        try await refuse(entry, usedBy: try await users(of: entry))
        let goes = isAsked || entry.reclaim == .delete
        guard !goes || isOurs(entry) else {
            throw Failure(
                .notAllowed,
                "\(entry.path) is not removed by slipway",
                why: "it does not lie in \(host.paths.volumes)",
                fix: "destroy the entry alone, and remove the folder as root"
            )
        }
        try await forget(entry, goes ? "\(entry.name) with \(entry.path)" : "\(entry.name)")
        guard goes else { return entry.path }
        try await remove(entry)
        return nil
    }

    /// Takes the name away, unless somebody has it by now: he may have mounted it since he was looked for.
    func forget(_ entry: StorageEntry, _ detail: String) async throws {
        let event = event(nil, "storage:destroy", detail)
        let users = try await host.store.write { database in
            let users = try StorageTable.users(of: entry.name, database)
            guard users.isEmpty else { return users }
            try StorageTable.delete(entry.name, database)
            try HostTable.record(event, database)
            return users
        }
        try await refuse(entry, usedBy: users)
    }

    private func refuse(_ entry: StorageEntry, usedBy users: [String]) async throws {
        guard let first = users.first else { return }
        // A destroyed app may come back with its mounts for as long as its archive is kept.
        if let archived = try await Apps(on: host).archives().first(where: { users.contains("~\($0.id)") }),
            let archive = archived.archive
        {
            throw Failure(
                .taken,
                "\(entry.name) is mounted",
                why: "the archive of \(archive.name) has it, until \(archive.until.text)",
                fix: "slipway apps:destroy --purge \(archive.name) takes the archive away"
            )
        }
        throw Failure(
            .taken,
            "\(entry.name) is mounted",
            why: "\(users.joined(separator: ", ")) has it, in what runs or in its settings",
            fix: "slipway storage:unmount \(first) \(entry.name), then ps:restart it"
        )
    }

    /// A folder that we made, where nothing of somebody else's can be.
    func isOurs(_ entry: StorageEntry) -> Bool {
        let path = FilePath(entry.path)
        return path.starts(with: host.paths.volumes) && path != host.paths.volumes
    }

    private func remove(_ entry: StorageEntry) async throws {
        do {
            try removeTree(FilePath(entry.path))
        } catch is FileError {
            // What containers wrote as another user is theirs.
            try await asRoot(["find", Self.place, "-mindepth", "1", "-delete"], on: entry.path)
            try removeTree(FilePath(entry.path))
        }
    }
}

/// What k3s would read of an entry.
enum EntryNotes: String, Sendable { case annotations, labels }

extension StorageEntry {
    subscript(kind: EntryNotes) -> [String: String] {
        get { kind == .annotations ? annotations : labels }
        set { if kind == .annotations { annotations = newValue } else { labels = newValue } }
    }
}

// MARK: Owners

extension Storage {
    /// The folder for data of this name, made when absent.
    func ensureFolder(_ name: String, owner: FolderOwner) async throws -> FilePath {
        let isName = name.utf8.allSatisfy { $0.isLetterOrDigit || "_-".utf8.contains($0) }
        guard isName, (1...64).contains(name.utf8.count) else {
            throw Failure.malformed(
                "\(quoted(name)) is not a name for a folder",
                fix: "use letters, digits, '_' and '-'"
            )
        }
        let path = host.paths.volumes.appending(name)
        try StorageFolder(path).make()
        try await give(path, to: owner, mode: nil)
        return path
    }

    private func give(_ entry: StorageEntry) async throws {
        let mode = try entry.mode.map { try FolderMode($0) }
        try await give(FilePath(entry.path), to: try FolderOwner(entry.chown), mode: mode)
    }

    /// Nobody but us and the engine gets past the folder above it, so one that is nobody's is open to whatever user a
    /// container runs as.
    func give(_ path: FilePath, to owner: FolderOwner, mode: FolderMode?) async throws {
        let bits = mode?.bits ?? (owner.id == nil ? 0o777 : 0o755)
        if try StorageFolder(path).give(to: owner.id, mode: bits) { return }
        let words = owner.id.map { ["chown \($0):\($0) \(Self.place)"] } ?? []
        let line = (words + ["chmod \(String(bits, radix: 8)) \(Self.place)"]).joined(separator: " && ")
        try await asRoot(["sh", "-c", line], on: path.string)
    }
}
