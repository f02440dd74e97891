import ArgumentParser
import Core
import SystemPackage

enum StorageCommands: Noun {
    static var feature: Feature { .storage }
    static let all: [any HostCommand.Type] = [
        StorageMountCommand.self, StorageUnmount.self, StorageList.self, StorageEnsureDirectory.self,
        ReportCommand<StorageCommands>.self,
    ]
}

/// Reaches the whole machine, so it is for those who may change the host.
struct StorageMountCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:mount",
        "Show a folder of the host, or a volume, inside an app",
        examples: [
            "storage:mount shop /var/lib/slipway/storage/shop:/data", "storage:mount shop uploads:/srv/uploads:ro",
        ],
        details: """
            One word before the colon is a volume of the app: no other app sees it, one of the same name or not. Two apps
            that share data mount the same folder of the host. While a release replaces another, both have it mounted,
            unless it is mounted as single-writer: then the old processes end before the new ones start (deploy-strategy
            stop-first, chosen by itself), and no process type can be scaled to more than one.
            """
    )
    static let permission = Permission.administer
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "HOST_FOLDER:CONTAINER_FOLDER or VOLUME:CONTAINER_FOLDER, and :ro or :single-writer") var mount:
        String

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let wanted = try StorageMount(mount)
        let storage = Storage(on: host)
        guard try await storage.mount(wanted, in: found) else {
            return host.output.heading("storage of \(app) is unchanged")
        }
        host.output.step("Mounted \(wanted.source) at \(wanted.target) in \(app)")
        if storage.isMissing(wanted.workload) {
            host.output.warn("\(wanted.source) is not there yet; without it the next deploy fails")
        }
        host.output.saysWhen(found)
    }
}

struct StorageUnmount: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:unmount",
        "Show a folder or volume no more; its data stays",
        examples: ["storage:unmount shop /var/lib/slipway/storage/shop:/data", "storage:unmount shop /data"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "The mount as it was given, or its folder in the container") var mount: String

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let gone = try await Storage(on: host).unmount(mount, in: found)
        host.output.step("Unmounted \(gone.target) of \(app); the data in \(gone.source) stays")
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
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    /// Dokku's keys.
    private struct Line: Encodable {
        var host_path: String
        var container_path: String
        var volume_options: String
    }

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let mounts = try await Storage(on: host).mounts(of: found).map { StorageMount($0) }
        if format.wantsJSON {
            return try host.output.answer(
                json: mounts.map {
                    Line(host_path: $0.source, container_path: $0.target, volume_options: $0.options)
                }
            )
        }
        if !host.output.isQuiet { host.output.answer("-----> \(app) volume bind-mounts:") }
        host.output.answer(lines: mounts.map { host.output.isQuiet ? $0.text : "       \($0.text)" })
    }
}

struct StorageEnsureDirectory: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:ensure-directory",
        "Make a folder for data, ready to be mounted",
        examples: ["storage:ensure-directory shop", "storage:ensure-directory --chown heroku shop"]
    )
    static let permission = Permission.administer
    @Option(help: "herokuish, heroku, paketo, root, false or a number") var chown: String?
    @Argument(help: "Name of the folder") var directory: String

    func run(on host: Host) async throws {
        let path = try Storage(on: host).ensureFolder(directory, owner: try FolderOwner(chown))
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
