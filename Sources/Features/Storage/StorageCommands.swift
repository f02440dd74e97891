import ArgumentParser
import Core
import SystemPackage

enum StorageCommands: Noun {
    static var feature: Feature { .storage }
    static let all: [any HostCommand.Type] = [
        StorageCreate.self, StorageSet.self, StorageDestroy.self, StorageInfo.self, StorageListEntries.self,
        StorageMountCommand.self, StorageUnmount.self, StorageList.self, StorageExec.self, StorageMigrate.self,
        StorageWait.self, StorageAnnotationsSet.self, StorageAnnotationsReport.self, StorageLabelsSet.self,
        StorageLabelsReport.self, StorageEnsureDirectory.self, ReportCommand<StorageCommands>.self,
    ]
}

/// Reaches the whole machine, so it is for those who may change the host.
struct StorageMountCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:mount",
        "Show a named storage, a folder of the host, or a volume, inside an app",
        examples: [
            "storage:mount shop photos --container-dir /srv/photos --phase deploy",
            "storage:mount shop /var/lib/slipway/storage/shop:/data", "storage:mount shop uploads:/srv/uploads:ro",
        ],
        details: """
            One word before the colon is a volume of the app: no other app sees it, one of the same name or not. Apps that
            share data mount the same named storage. While a release replaces another, both have it mounted, unless it
            is mounted as single-writer: then the old processes end before the new ones start (deploy-strategy
            stop-first, chosen by itself), and no process type can be scaled to more than one.
            Behind the second colon, or as --volume-options: ro, single-writer, nocopy, z, Z, rslave and their like.
            """
    )
    static let permission = Permission.administer
    @Option(help: "Where the container has a named storage") var containerDir: String?
    @Option(help: "deploy, run, or deploy,run") var phase: [String] = []
    @Option(help: "Only in this process type") var processType: [String] = []
    @Option(help: "Only this folder of the storage") var volumeSubpath: String?
    @Flag(help: "The app may not change it") var volumeReadonly = false
    @Option(help: "Whose it is made: heroku, paketo, a number, ...") var volumeChown: String?
    @Option(help: "Further words, as behind the second colon") var volumeOptions: String?
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "STORAGE, HOST_FOLDER:CONTAINER_FOLDER[:OPTIONS], or VOLUME:CONTAINER_FOLDER[:OPTIONS]") var mount:
        String

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        if let containerDir { return try await attach(at: containerDir, found, host) }
        guard phase.isEmpty, processType.isEmpty, volumeSubpath == nil, volumeChown == nil, volumeOptions == nil,
            !volumeReadonly
        else {
            throw Failure(.usage, "these options need a named storage", fix: "add --container-dir FOLDER")
        }
        let wanted = try StorageMount(mount)
        let storage = Storage(on: host)
        guard try await storage.mount(wanted, in: found) else {
            return host.output.heading("storage of \(app) is unchanged")
        }
        host.output.step("Mounted \(wanted.source) at \(wanted.target) in \(app)")
        if storage.isMissing(wanted.attachment) {
            host.output.warn("\(wanted.source) is not there yet; without it the next deploy fails")
        }
        if let other = await storage.namesake(of: wanted.attachment) {
            let own = Storage.volume(wanted.source, of: found, host.settings)
            host.output.warn("the engine's volume \(other) is another one; \(app) has its own, \(own)")
        }
        host.output.saysWhen(found)
    }

    private func attach(at folder: String, _ found: App, _ host: Host) async throws {
        var wish = try AttachmentWish(try EntryName(mount), at: folder)
        wish.phases = try MountWords.phases(phase)
        wish.processes = try MountWords.processes(processType)
        wish.subpath = try volumeSubpath.map(MountWords.subpath)
        wish.isReadOnly = volumeReadonly
        wish.chown = volumeChown == "false" ? nil : volumeChown
        _ = try FolderOwner(volumeChown)
        wish.options = try volumeOptions.map { try MountOptions($0) } ?? MountOptions()
        switch try await Storage(on: host).attach(wish, in: found) {
        case .unchanged: return host.output.heading("storage of \(app) is unchanged")
        case .added: host.output.step("Mounted \(mount) at \(wish.target) in \(app)")
        case .updated: host.output.step("Changed how \(mount) is mounted at \(wish.target) in \(app)")
        }
        host.output.saysWhen(found)
    }
}

struct StorageUnmount: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:unmount",
        "Show a storage, folder or volume no more; its data stays",
        examples: [
            "storage:unmount shop photos --container-dir /srv/photos",
            "storage:unmount shop /var/lib/slipway/storage/shop:/data", "storage:unmount shop /data",
        ]
    )
    static let permission = Permission.change
    @Option(help: "The one at this folder of the container") var containerDir: String?
    @Option(help: "Only in these phases: deploy, run") var phase: [String] = []
    @Option(help: "Only in this process type") var processType: [String] = []
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "A named storage, the mount as it was given, or its folder in the container") var mount: String

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let gone: Attachment
        if mount.contains(":") || mount.hasPrefix("/") {
            gone = try await Storage(on: host).unmount(mount, in: found)
        } else {
            gone = try await Storage(on: host).detach(
                try EntryName(mount),
                at: try containerDir.map(StorageMount.containerFolder),
                phases: phase.isEmpty ? nil : try MountWords.phases(phase),
                processes: try MountWords.processes(processType),
                in: found
            )
        }
        host.output.step("Unmounted \(gone.target) of \(app); the data in \(gone.folder) stays")
        host.output.saysWhen(found)
    }
}

struct StorageList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:list",
        "What is mounted in an app",
        examples: ["storage:list shop", "storage:list shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(
        .object([
            "host_path": .text, "container_path": .text, "volume_options": .text, "entry": .optional(.text),
            "phases": .list(.text), "process_types": .list(.text), "chown": .optional(.text),
        ])
    )
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    /// Dokku's keys.
    private struct Line: Encodable {
        var host_path: String
        var container_path: String
        var volume_options: String
        var entry: String?
        var phases: [String]
        var process_types: [String]
        var chown: String?

        init(_ mount: Attachment) {
            host_path = mount.folder
            container_path = mount.target
            volume_options = MountOptions(mount).text
            entry = mount.entry
            phases = mount.phases.map(\.rawValue)
            process_types = mount.processes
            chown = mount.chown
        }
    }

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let mounts = try await Storage(on: host).mounts(of: found)
        if format.wantsJSON { return try host.output.answer(json: mounts.map(Line.init)) }
        if !host.output.isQuiet { host.output.answer("-----> \(app) volume bind-mounts:") }
        host.output.answer(lines: mounts.map { host.output.isQuiet ? $0.text : "       \($0.text)" })
    }
}

struct StorageMigrate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:migrate",
        "Give the folders that apps mount by their path a name",
        examples: ["storage:migrate shop", "storage:migrate --all"],
        details: "The data stays where it is. A volume belongs to its app and stays as it is."
    )
    static let permission = Permission.administer
    @Flag(help: "Every app") var all = false
    @Argument(help: "App to change") var app: AppName?

    func run(on host: Host) async throws {
        guard all != (app != nil) else { throw Failure(.usage, "Please specify an app or --all") }
        let apps: [App]
        if let app { apps = [try await Apps(on: host).find(app)] } else { apps = try await Apps(on: host).visible() }
        for app in apps {
            let moved = try await Storage(on: host).migrate(app)
            if moved.isEmpty { host.output.heading("storage of \(app.name) is unchanged") }
            for (path, entry) in moved { host.output.step("\(path) of \(app.name) is \(entry) now") }
        }
    }
}

struct StorageEnsureDirectory: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:ensure-directory",
        "Make a folder for data, ready to be mounted; storage:create gives it a name too",
        examples: ["storage:ensure-directory shop", "storage:ensure-directory --chown heroku shop"]
    )
    static let permission = Permission.administer
    @Option(help: "herokuish, heroku, paketo, root, false or a number") var chown: String?
    @Argument(help: "Name of the folder") var directory: String

    func run(on host: Host) async throws {
        let path = try await Storage(on: host).ensureFolder(directory, owner: try FolderOwner(chown))
        host.output.step("Ensuring \(path) exists")
        host.output.detail("Directory ready for mounting")
        host.output.answer(path.string)
    }
}

extension Output {
    /// When a change of the draft reaches what runs.
    func saysWhen(_ app: App) {
        if app.current == nil {
            detail("takes effect with the first deploy")
        } else {
            detail("takes effect at the next restart: slipway ps:restart \(app.name)")
        }
    }
}
