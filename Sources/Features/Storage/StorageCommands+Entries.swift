import ArgumentParser
import Core
import Terminals

struct StorageCreate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:create",
        "Give a folder of the host a name under which apps can mount it",
        examples: ["storage:create photos", "storage:create photos --chown heroku --mode 0750"],
        details: """
            Without a path a folder of that name is made below the root of all state. Size, access mode, storage class
            and namespace are for the scheduler k3s, which is not part of slipway; annotations and labels are kept, and
            nothing here reads them.
            """
    )
    static let permission = Permission.administer
    @Option(help: "docker-local") var scheduler: String?
    @Option(help: "For k3s alone") var size: String?
    @Option(help: "For k3s alone") var accessMode: String?
    @Option(help: "For k3s alone") var storageClassName: String?
    @Option(help: "For k3s alone") var namespace: String?
    @Option(help: "herokuish, heroku, paketo, root, false or a number") var chown: String?
    @Option(help: "Three or four octal digits") var mode: String?
    @Option(help: "Retain or Delete: the folder, when the entry is destroyed") var reclaimPolicy: String?
    @Option(help: "KEY=VALUE; may stand several times") var annotation: [String] = []
    @Option(help: "KEY=VALUE; may stand several times") var label: [String] = []
    @Argument(help: "Name of the entry") var name: String
    @Argument(help: "A folder of the host") var path: String?

    func run(on host: Host) async throws {
        if let scheduler, scheduler != StorageEntry.scheduler {
            throw Failure(
                .usage,
                "\(quoted(scheduler)) is not a scheduler of this host",
                why: "there is \(StorageEntry.scheduler) alone",
                fix: "leave --scheduler out"
            )
        }
        let foreign = [
            ("--size", size), ("--access-mode", accessMode), ("--storage-class-name", storageClassName),
            ("--namespace", namespace),
        ]
        for (flag, value) in foreign where value != nil { throw StorageEntry.onlyKubernetes(flag) }
        var wish = EntryWish(try EntryName(new: name))
        wish.path = path
        wish.chown = chown
        wish.mode = mode
        if let reclaimPolicy { wish.reclaim = try StorageEntry.Reclaim(words: reclaimPolicy) }
        wish.annotations = try EntryNote.all(annotation)
        wish.labels = try EntryNote.all(label)
        let storage = Storage(on: host)
        guard try await storage.create(wish) else { return host.output.heading("storage \(name) is unchanged") }
        let entry = try await storage.entry(wish.name)
        host.output.step("Created storage \(name)")
        host.output.detail("\(entry.path), to be mounted: storage:mount APP \(name) --container-dir FOLDER")
    }
}

/// A note of an entry: `KEY=VALUE`.
enum EntryNote {
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func key(_ text: String) throws -> String {
        let isPlain = text.utf8.allSatisfy { $0.isLetterOrDigit || "._-/".utf8.contains($0) }
        guard isPlain, (1...253).contains(text.utf8.count) else {
            throw Failure.malformed("\(quoted(text)) is not a key", fix: "use letters, digits, '.', '_', '-' and '/'")
        }
        return text
    }

    static func all(_ words: [String]) throws -> [String: String] {
        var result: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw Failure.malformed("\(quoted(word)) is not KEY=VALUE") }
            result[try key(parts[0])] = cleaned(parts[1], keepTabs: false)
        }
        return result
    }
}

struct StorageSet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:set",
        "Change a named storage; without a value back to the default",
        examples: ["storage:set photos chown heroku", "storage:set photos reclaim-policy Delete"],
        details: "Properties: chown, mode, reclaim-policy. Those of k3s (namespace, size) are refused here."
    )
    static let permission = Permission.administer
    @Argument(help: "Name of the entry") var name: String
    @Argument(help: "Property") var property: String
    @Argument(help: "Value") var value: String?

    func run(on host: Host) async throws {
        let entry = try EntryName(name)
        let text = (value ?? "").isEmpty ? nil : value
        guard try await Storage(on: host).set(try EntryChange(property, text), of: entry) else {
            return host.output.heading("\(property) is unchanged")
        }
        host.output.heading(text.map { "Setting \(property) to \($0)" } ?? "Unsetting \(property)")
    }
}

struct StorageDestroy: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:destroy",
        "Forget a named storage that no app mounts; its folder stays, unless asked",
        examples: ["storage:destroy photos --force", "storage:destroy photos --destroy-host-dir --confirm photos"]
    )
    static let permission = Permission.administer
    @Flag(help: "Do not ask") var force = false
    @Option(help: "Its name, instead of being asked for it") var confirm: String?
    @Flag(help: "Remove its folder with all data too") var destroyHostDir = false
    @Argument(help: "Name of the entry") var name: String

    func run(on host: Host) async throws {
        let storage = Storage(on: host)
        let entry = try await storage.entry(try EntryName(name))
        try Confirmation.demand(name, isForced: force, given: confirm, of: "storage", host.output)
        let kept = try await storage.destroy(entry, removingFolder: destroyHostDir)
        host.output.step("Destroyed storage \(name)")
        host.output.detail(kept.map { "the data in \($0) stays" } ?? "\(entry.path) is gone with all data")
    }
}

/// An entry as JSON shows it.
private struct ShownEntry: Encodable {
    var name: String
    var scheduler: String
    var host_path: String
    var chown: String
    var mode: String
    var reclaim_policy: String
    var annotations: [String: String]
    var labels: [String: String]
    var created_at: String
    var apps: [String]

    static let shape = JSONShape.object([
        "name": .text, "scheduler": .text, "host_path": .text, "chown": .text, "mode": .text, "reclaim_policy": .text,
        "annotations": .map(.text), "labels": .map(.text), "created_at": .text, "apps": .list(.text),
    ])

    init(_ entry: StorageEntry, _ users: [String]) {
        name = entry.name.text
        scheduler = StorageEntry.scheduler
        host_path = entry.path
        chown = entry.chown ?? ""
        mode = entry.mode ?? ""
        reclaim_policy = entry.reclaim.rawValue
        annotations = entry.annotations
        labels = entry.labels
        created_at = entry.createdAt.text
        apps = users
    }
}

struct StorageInfo: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:info",
        "What a named storage is, and which apps mount it",
        examples: ["storage:info photos", "storage:info photos --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = ShownEntry.shape
    @OptionGroup var format: FormatOptions
    @Argument(help: "Name of the entry") var name: String

    func run(on host: Host) async throws {
        let storage = Storage(on: host)
        let entry = try await storage.entry(try EntryName(name))
        let shown = ShownEntry(entry, try await storage.users(of: entry))
        if format.wantsJSON { return try host.output.answer(json: shown) }
        host.output.title("\(name) storage information")
        let notes = { (all: [String: String]) in
            all.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
        }
        let lines = [
            ("Scheduler:", shown.scheduler), ("Host path:", shown.host_path), ("Chown:", shown.chown),
            ("Mode:", shown.mode), ("Reclaim policy:", shown.reclaim_policy),
            ("Annotations:", notes(entry.annotations)), ("Labels:", notes(entry.labels)),
            ("Created at:", shown.created_at), ("Mounted by:", shown.apps.joined(separator: " ")),
        ]
        host.output.answer(lines: lines.map { "       \($0.0.padded(to: 31))\($0.1)" })
    }
}

struct StorageListEntries: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:list-entries",
        "The named storage of this host",
        examples: ["storage:list-entries", "storage:list-entries --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(ShownEntry.shape)
    @OptionGroup var format: FormatOptions
    @Option(help: "Only those of this scheduler") var scheduler: String?

    func run(on host: Host) async throws {
        let storage = Storage(on: host)
        let isOther = scheduler.map { $0 != StorageEntry.scheduler } ?? false
        let entries = isOther ? [] : try await storage.entries()
        if format.wantsJSON {
            var shown: [ShownEntry] = []
            for entry in entries { shown.append(ShownEntry(entry, try await storage.users(of: entry))) }
            return try host.output.answer(json: shown)
        }
        let rows = entries.map { [$0.name.text, StorageEntry.scheduler, $0.path] }
        host.output.answer(lines: table([["NAME", "SCHEDULER", "HOST PATH"]] + rows))
    }
}

struct StorageWait: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:wait",
        "Whether a named storage can be mounted: at once, for it is a folder",
        examples: ["storage:wait photos", "storage:wait photos && echo ready"]
    )
    static let permission = Permission.view
    @Argument(help: "Name of the entry") var name: String

    func run(on host: Host) async throws {
        let storage = Storage(on: host)
        let entry = try await storage.entry(try EntryName(name))
        if storage.isMissing(Attachment(source: entry.path, target: "/")) {
            throw Failure(
                .notFound,
                "\(name) is not ready",
                why: "\(entry.path) is not there",
                fix: "make the folder, or destroy the entry and create it again"
            )
        }
        host.output.step("\(name) is ready")
    }
}

struct StorageExec: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:exec",
        "Run a shell or a command in a throw-away container that has a named storage",
        examples: ["storage:exec photos", "storage:exec --as-user 1000 photos -- ls -l /data"],
        details: """
            It is mounted at /data. Options, before the name:
              --image IMAGE    the container's image (alpine:3)
              --as-user UID    by number, or UID:GID
            """
    )
    static let permission = Permission.administer
    @Argument(parsing: .captureForPassthrough, help: "[OPTION...] NAME [--] COMMAND...") var words: [String] = []

    func run(on host: Host) async throws {
        let status = try await Storage(on: host).attended(try StorageExecWish(words), near: try Terminal())
        if status != 0 { throw ExitCode(status) }
    }
}
