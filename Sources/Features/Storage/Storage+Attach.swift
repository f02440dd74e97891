import Core
import Store
import SystemPackage

/// A named entry and how it is to be shown, as `storage:mount` takes it.
struct AttachmentWish: Sendable {
    var entry: EntryName
    var target: String
    var phases = Attachment.Phase.allCases
    var processes: [String] = []
    var subpath: String?
    var isReadOnly = false
    var chown: String?
    var options = MountOptions()

    init(_ entry: EntryName, at target: String) throws {
        self.entry = entry
        self.target = try StorageMount.containerFolder(target)
    }

    func attachment(_ source: String) -> Attachment {
        var mount = Attachment(
            source: source,
            target: target,
            isReadOnly: isReadOnly || options.use == .readOnly,
            isSingleWriter: options.use == .singleWriter
        )
        mount.entry = entry.text
        mount.phases = phases
        mount.processes = processes
        mount.subpath = subpath
        mount.chown = chown
        mount.options = options.further
        return mount
    }
}

/// Words of a list: `deploy,run` or `web worker`.
enum MountWords {
    /// - Throws: ``Failure`` with code ``FailureCode/usage``.
    static func phases(_ texts: [String]) throws -> [Attachment.Phase] {
        let words = split(texts)
        let found = try words.map { word in
            guard let phase = Attachment.Phase(rawValue: word) else {
                throw Failure(.usage, "\(quoted(word)) is not a phase of a mount", fix: "use deploy, run or deploy,run")
            }
            return phase
        }
        return words.isEmpty ? Attachment.Phase.allCases : Attachment.Phase.allCases.filter(found.contains)
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func processes(_ texts: [String]) throws -> [String] {
        Set(try split(texts).map { try ProcessType($0).text }).sorted()
    }

    /// A folder below an entry.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func subpath(_ text: String) throws -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !text.isEmpty, text == cleaned(text, keepTabs: false), text.utf8.count <= 512, !text.contains(":"),
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
        else { throw Failure.malformed("\(quoted(text)) is not a folder below an entry", fix: "write it as a/b") }
        return text
    }

    private static func split(_ texts: [String]) -> [String] {
        texts.flatMap { $0.split { $0 == "," || $0 == " " } }.map(String.init)
    }
}

/// What became of a mount.
enum MountChange: Sendable { case added, updated, unchanged }

extension Storage {
    /// Shows a named entry in an app; the same entry at the same folder again is a change of it.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when something else is mounted there.
    func attach(_ wish: AttachmentWish, in app: App) async throws -> MountChange {
        let entry = try await entry(wish.entry)
        let mount = wish.attachment(entry.path)
        if let subpath = wish.subpath { try StorageFolder(FilePath(entry.path)).make(below: subpath) }
        if let chown = wish.chown {
            try await give(FilePath(mount.folder), to: try FolderOwner(chown), mode: nil)
        }
        let event = event(app, "storage:mount", "\(wish.entry) \(mount.text)")
        return try await host.store.write { database in
            let present = try StorageTable.all(of: app.id, database)
            if present.contains(mount) { return .unchanged }
            let others = present.filter { $0.entry != mount.entry || $0.target != mount.target }
            try Self.refuseCollision(mount, with: others, app)
            guard try StorageTable.entry(wish.entry, database) != nil else {
                throw Failure(.notFound, "there is no storage \(wish.entry)", why: "it was destroyed just now")
            }
            try StorageTable.replace(app.id, with: others + [mount], database)
            try HostTable.record(event, database)
            return others.count == present.count ? .added : .updated
        }
    }

    /// Takes away what the selectors name: all of it, or only those phases and process types.
    ///
    /// - Returns: What was mounted before.
    /// - Throws: ``Failure`` with code ``FailureCode/notFound``, or ``FailureCode/usage`` when it could be several.
    func detach(
        _ entry: EntryName,
        at target: String?,
        phases: [Attachment.Phase]?,
        processes: [String],
        in app: App
    ) async throws -> Attachment {
        let event = event(app, "storage:unmount", entry.text)
        return try await host.store.write { database in
            let present = try StorageTable.all(of: app.id, database)
            let found = present.filter { mount in
                mount.entry == entry.text && (target == nil || mount.target == target)
                    && (phases ?? []).allSatisfy(mount.phases.contains)
                    && processes.allSatisfy(mount.processes.contains)
            }
            guard let mount = found.first else {
                throw Failure(
                    .notFound,
                    "\(entry) is not mounted so in \(app.name)",
                    fix: "slipway storage:list \(app.name) shows what is"
                )
            }
            guard found.count == 1 else {
                throw Failure(
                    .usage,
                    "\(entry) is mounted \(found.count) times in \(app.name)",
                    why: "at \(found.map(\.target).joined(separator: ", "))",
                    fix: "add --container-dir \(mount.target)"
                )
            }
            var rest = mount
            rest.phases = mount.phases.filter { !(phases ?? mount.phases).contains($0) }
            var kept: [Attachment] = rest.phases.isEmpty ? [] : [rest]
            if !processes.isEmpty {
                var others = mount
                others.processes = mount.processes.filter { !processes.contains($0) }
                kept = others.processes.isEmpty ? [] : [others]
            }
            try StorageTable.replace(app.id, with: present.filter { $0 != mount } + kept, database)
            try HostTable.record(event, database)
            return mount
        }
    }

    /// Gives every folder that an app mounts by its path a name, and mounts it by that.
    ///
    /// A volume belongs to its app and stays as it is.
    /// - Returns: The folders and the names that they have now.
    func migrate(_ app: App) async throws -> [(path: String, entry: EntryName)] {
        let now = host.time.now()
        let event = event(app, "storage:migrate", "folders have names now")
        return try await host.store.write { database in
            var mounts = try StorageTable.all(of: app.id, database)
            var moved: [(path: String, entry: EntryName)] = []
            for (index, mount) in mounts.enumerated() where mount.entry == nil && mount.source.hasPrefix("/") {
                let entries = try StorageTable.entries(database)
                let entry: StorageEntry
                if let known = entries.first(where: { $0.path == mount.source }) {
                    entry = known
                } else {
                    var made = StorageEntry(
                        name: try Self.name(for: mount.source, besides: entries),
                        path: mount.source
                    )
                    made.createdAt = now
                    try StorageTable.save(made, database)
                    entry = made
                }
                mounts[index].entry = entry.name.text
                moved.append((mount.source, entry.name))
            }
            guard !moved.isEmpty else { return [] }
            try StorageTable.replace(app.id, with: mounts, database)
            try HostTable.record(event, database)
            return moved
        }
    }

    /// `/srv/shop` as `legacy-srv-shop`, with a number behind it when that is taken.
    private static func name(for path: String, besides entries: [StorageEntry]) throws -> EntryName {
        let letters = path.lowercased().utf8.map { $0.isLowercaseLetterOrDigit ? $0 : UInt8(ascii: "-") }
        let words = String(decoding: letters, as: UTF8.self).split(separator: "-").joined(separator: "-")
        let taken = Set(entries.map(\.name.text))
        for number in 1... {
            let end = number == 1 ? "" : "-\(number)"
            var name = String((EntryName.reserved + words).prefix(45 - end.count))
            while name.hasSuffix("-") { name.removeLast() }
            if !taken.contains(name + end) { return try EntryName(name + end) }
        }
        preconditionFailure("numbers do not end")
    }
}
