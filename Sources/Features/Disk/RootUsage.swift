import Core
import Files
import SystemPackage

/// What lies below our root, told apart; the parts add up to all of it.
struct RootUsage: Sendable, Equatable {
    struct AppFiles: Sendable, Equatable {
        var repository: Int64 = 0
        var logs: Int64 = 0
        var certificates: Int64 = 0

        var bytes: Int64 { repository + logs + certificates }
    }

    /// By the id of the app, also of apps that are gone.
    var apps: [String: AppFiles] = [:]
    var database: Int64 = 0
    /// Folders that people have made for data.
    var folders: Int64 = 0
    /// Data and backups of services.
    var services: Int64 = 0
    var cache: Int64 = 0
    var plugins: Int64 = 0
    var nginx: Int64 = 0
    /// Of nobody in particular.
    var logs: Int64 = 0
    var other: Int64 = 0
    /// Folders whose content is in none of these: a server may keep its data from everybody but its own user.
    private(set) var unread: [FilePath] = []

    /// Without the apps' parts.
    var shared: Int64 { database + folders + services + cache + plugins + nginx + logs + other }
    var bytes: Int64 { shared + apps.values.reduce(0) { $0 + $1.bytes } }

    init() {}

    init(_ paths: Paths, by measure: FolderMeasure = FolderMeasure()) {
        var measure = measure
        other += measure.own(paths.root).bytes
        for name in (try? listFolder(paths.root)) ?? [] {
            let path = paths.root.appending(name)
            switch name {
            case "repos": add(path, &measure, \.repository) { $0.hasSuffix(".git") ? String($0.dropLast(4)) : $0 }
            case "logs": add(path, &measure, \.logs) { $0 }
            case "certs": add(path, &measure, \.certificates) { $0 }
            case "storage": folders += measure.measure(path).bytes
            case "services": services += measure.measure(path).bytes
            case "cache": cache += measure.measure(path).bytes
            case "plugins", "core-plugins": plugins += measure.measure(path).bytes
            case "nginx": nginx += measure.measure(path).bytes
            case _ where name.hasPrefix("slipway.db"): database += measure.measure(path).bytes
            default: other += measure.measure(path).bytes
            }
        }
        unread = measure.unread
    }

    /// Adds what somebody else could measure of ``unread``, in bytes.
    mutating func add(_ measured: [FilePath: Int64]) {
        for path in unread { services += measured[path] ?? 0 }
        unread.removeAll { measured[$0] != nil }
    }

    /// A folder with one entry per app; what carries no app's id is of nobody in particular.
    private mutating func add(
        _ folder: FilePath,
        _ measure: inout FolderMeasure,
        _ part: WritableKeyPath<AppFiles, Int64>,
        _ id: (String) -> String
    ) {
        other += measure.own(folder).bytes
        for name in (try? listFolder(folder)) ?? [] {
            let bytes = measure.measure(folder.appending(name)).bytes
            if let app = try? AppID(id(name)) {
                apps[app.text, default: AppFiles()][keyPath: part] += bytes
            } else if folder.lastComponent == "logs" {
                logs += bytes
            } else {
                other += bytes
            }
        }
    }
}
