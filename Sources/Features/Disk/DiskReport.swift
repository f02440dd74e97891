import Core
import Engine
import Probes
import SystemPackage

/// Who uses what, in bytes; each byte stands in one place.
struct DiskReport: Encodable, Sendable, Equatable {
    /// What an app has: `totalBytes` is what goes with it.
    struct AppPart: Encodable, Sendable, Equatable {
        var app: String
        var archived = false
        var images = 0
        var imageBytes: Int64 = 0
        /// The part of `imageBytes` that other images have too; it stands in `engine.sharedBytes` and not in the total.
        var sharedBytes: Int64 = 0
        var containers = 0
        var containerBytes: Int64 = 0
        var volumes: [String: Int64] = [:]
        var volumeBytes: Int64 = 0
        var repositoryBytes: Int64 = 0
        var logBytes: Int64 = 0
        var certificateBytes: Int64 = 0
        var totalBytes: Int64 = 0
    }

    struct HostPart: Encodable, Sendable, Equatable {
        var databaseBytes: Int64
        var folderBytes: Int64
        /// Without what is in ``DiskReport/unreadable``.
        var serviceBytes: Int64
        var cacheBytes: Int64
        var pluginBytes: Int64
        var nginxBytes: Int64
        var logBytes: Int64
        var otherBytes: Int64
        /// Everything below the root, the apps' files included.
        var rootBytes: Int64
    }

    struct EnginePart: Encodable, Sendable, Equatable {
        /// Every layer of an image of ours once.
        var imageBytes: Int64
        /// Layers that several apps have, or an app and an image that is not ours.
        var sharedBytes: Int64
        var containerBytes: Int64
        var volumeBytes: Int64
        /// Everybody's: the engine does not say whose build an entry is of.
        var buildCacheBytes: Int64
        /// What it is cut to; 0 where nobody has said that it may be.
        var buildCacheCapBytes: Int64
        /// What of it is over its cap.
        var cuttableBytes: Int64 { buildCacheCapBytes > 0 ? max(0, buildCacheBytes - buildCacheCapBytes) : 0 }
    }

    /// One thing that `disk:clean` would take away.
    struct Freeable: Encodable, Sendable, Equatable {
        /// `container`, `image`, `volume` or `cache`.
        var kind: String
        var name: String
        /// Of an image what none of those before it has; layers may stay in the build cache.
        var bytes: Int64
    }

    struct Place: Encodable, Sendable, Equatable {
        var path: String
        var freeBytes: Int64
        var totalBytes: Int64
        var usedPercent: Int
    }

    var apps: [AppPart]
    var host: HostPart
    var engine: EnginePart
    var places: [Place]
    /// Folders below the root that only their own user may read, and that nothing of his image could measure; what is
    /// in them is in no number here.
    var unreadable: [String]
    /// What `disk:clean` would take away, the largest first.
    var freeable: [Freeable]
    /// All of that, and at most what is free then.
    var freeableBytes: Int64

    struct Facts: Sendable {
        var usage: DiskUsage
        /// Our images.
        var own: [ImageUsage]
        /// Layers of ours, and of all they share any with.
        var forest: ImageForest
        var root: RootUsage
        var apps: [App]
        var plan: CleaningPlan
        var places: [Watermarks.Place]
        /// What the engine's build cache is cut to; 0 leaves it alone.
        var cacheCap: Int64 = 0
    }

    init(_ facts: Facts) {
        let ids = Set(facts.apps.map(\.id.text)).union(facts.root.apps.keys)
            .union(facts.own.compactMap { $0.labels[Engine.appLabel] })
            .union(facts.usage.containers.compactMap { $0.labels[Engine.appLabel] })
        let volumes = Self.volumes(facts.usage.volumes, of: ids)
        apps = ids.union(volumes.keys).map { Self.part($0, facts, volumes[$0] ?? [:]) }
            .sorted {
                ($0.app.isEmpty ? 1 : 0, $0.app, $0.totalBytes) < ($1.app.isEmpty ? 1 : 0, $1.app, $1.totalBytes)
            }
        let root = facts.root
        host = HostPart(
            databaseBytes: root.database,
            folderBytes: root.folders,
            serviceBytes: root.services,
            cacheBytes: root.cache,
            pluginBytes: root.plugins,
            nginxBytes: root.nginx,
            logBytes: root.logs,
            otherBytes: root.other,
            rootBytes: root.bytes
        )
        let images = facts.forest.bytes(of: facts.own.map(\.id))
        engine = EnginePart(
            imageBytes: images,
            sharedBytes: images - apps.reduce(0) { $0 + $1.imageBytes - $1.sharedBytes },
            containerBytes: facts.usage.containers.reduce(0) { $0 + $1.written },
            volumeBytes: facts.usage.volumes.values.reduce(0, +),
            buildCacheBytes: facts.usage.buildCache,
            buildCacheCapBytes: facts.cacheCap
        )
        places = facts.places.map {
            Place(
                path: $0.path,
                freeBytes: $0.space.free,
                totalBytes: $0.space.total,
                usedPercent: $0.space.usedPercent
            )
        }
        unreadable = root.unread.map(\.string)
        freeable = Self.freeable(facts, cache: engine.cuttableBytes)
        freeableBytes = freeable.reduce(0) { $0 + $1.bytes }
    }

    private static func part(_ id: String, _ facts: Facts, _ volumes: [String: Int64]) -> AppPart {
        let app = facts.apps.first { $0.id.text == id }
        let isKnown = app != nil || id.isEmpty
        var part = AppPart(app: app?.name.text ?? (isKnown ? "" : "(\(id))"), archived: app?.archive != nil)
        let images = Set(facts.own.filter { ($0.labels[Engine.appLabel] ?? "") == id }.map(\.id))
        let containers = facts.usage.containers.filter { ($0.labels[Engine.appLabel] ?? "") == id }
        let files = facts.root.apps[id] ?? RootUsage.AppFiles()
        part.images = images.count
        part.imageBytes = facts.forest.bytes(of: images)
        let exclusive = facts.forest.exclusiveBytes(of: images)
        part.sharedBytes = part.imageBytes - exclusive
        part.containers = containers.count
        part.containerBytes = containers.reduce(0) { $0 + $1.written }
        part.volumes = volumes
        part.volumeBytes = volumes.values.reduce(0, +)
        (part.repositoryBytes, part.logBytes) = (files.repository, files.logs)
        part.certificateBytes = files.certificates
        part.totalBytes = exclusive + part.containerBytes + part.volumeBytes + files.bytes
        return part
    }

    /// By the app their name says: `slipway-<instance>-<app id>-<name>`; others under an empty id.
    private static func volumes(_ all: [String: Int64], of apps: Set<String>) -> [String: [String: Int64]] {
        all.reduce(into: [:]) { result, volume in
            let owner = volume.key.split(separator: "-").dropFirst(2).first.map(String.init) ?? ""
            let known = volume.key.hasPrefix("slipway-") && (try? AppID(owner)) != nil ? owner : ""
            result[known, default: [:]][volume.key] = volume.value
        }
    }

    /// An image that goes by several names is one; of those that share layers the last one frees them.
    private static func freeable(_ facts: Facts, cache: Int64) -> [Freeable] {
        let kept = Set(facts.plan.kept.map(\.id))
        let written = Dictionary(facts.usage.containers.map { ($0.id, $0.written) }) { first, _ in first }
        var (images, freed): (Set<String>, Int64) = ([], 0)
        var result = [Freeable(kind: "cache", name: "build cache over its cap", bytes: cache)]
        for removal in facts.plan.removals {
            var bytes: Int64 = 0
            switch removal.kind {
            case .container: bytes = written[removal.target] ?? 0
            case .volume: bytes = facts.usage.volumes[removal.target] ?? 0
            case .image:
                guard let id = removal.image, !kept.contains(id), images.insert(id).inserted else { continue }
                let all = facts.forest.exclusiveBytes(of: images)
                (bytes, freed) = (all - freed, all)
            }
            result.append(Freeable(kind: removal.kind.rawValue, name: removal.name, bytes: bytes))
        }
        return result.filter { $0.bytes > 0 }.sorted { $0.bytes > $1.bytes }
    }
}

extension DiskReport {
    /// As a table and a few lines for people.
    func lines(_ only: String? = nil) -> [String] {
        let head = ["App", "Images", "Shared", "Containers", "Volumes", "Repository", "Logs", "Goes with it"]
        let rows = apps.filter { only == nil || $0.app == only && !$0.archived }.map { part in
            [
                (part.app.isEmpty ? "(no app)" : part.app) + (part.archived ? " (archived)" : ""),
                "\(part.images): \(byteWords(part.imageBytes))", byteWords(part.sharedBytes),
                "\(part.containers): \(byteWords(part.containerBytes))",
                "\(part.volumes.count): \(byteWords(part.volumeBytes))", byteWords(part.repositoryBytes),
                byteWords(part.logBytes), byteWords(part.totalBytes),
            ]
        }
        return table([head] + rows)
    }

    /// What is no single app's.
    var commonLines: [String] {
        let facts: [(String, Int64, String)] = [
            ("Shared layers", engine.sharedBytes, "of images of ours, with each other or with foreign ones; each once"),
            (
                "Build cache", engine.buildCacheBytes,
                engine.buildCacheCapBytes > 0
                    ? "everybody's; disk:clean and the nightly tidying cut it to \(byteWords(engine.buildCacheCapBytes))"
                    : "everybody's; builder.gc in docker's daemon.json caps it, or disk:set --global build-cache-cap"
            ),
            ("Database", host.databaseBytes, ""), ("Data folders", host.folderBytes, "storage:ensure-directory"),
            ("Services", host.serviceBytes, unreadable.isEmpty ? "" : "and what is in the folders that cannot be read"),
            ("Cache", host.cacheBytes, ""), ("Plugins", host.pluginBytes, ""), ("nginx", host.nginxBytes, ""),
            ("Other logs", host.logBytes, ""), ("Other files", host.otherBytes, ""),
            ("All below the root", host.rootBytes, "the apps' files included"),
        ]
        return facts.map { name, bytes, words in
            "       \("\(name):".padded(to: 22))\(byteWords(bytes).leftPadded(to: 8))\(words.isEmpty ? "" : "  \(words)")"
        }
    }

    /// What is in none of the numbers.
    var unreadableLines: [String] {
        unreadable.prefix(5).map { "       \($0)" }
            + (unreadable.count > 5 ? ["       and \(unreadable.count - 5) more"] : [])
    }

    var placeLines: [String] {
        places.map {
            "       \($0.path): \(byteWords($0.freeBytes)) of \(byteWords($0.totalBytes)) free, \($0.usedPercent) % in use"
        }
    }

    /// What `disk:clean` would take away, for somebody whose disk is full; at most 6 lines.
    var freeableLines: [String] {
        let rest = freeable.dropFirst(5)
        let bytes = rest.reduce(0) { $0 + $1.bytes }
        return freeable.prefix(5).map { one in
            let name = one.kind == "cache" ? one.name : "\(one.kind) \(one.name)"
            return "\(byteWords(one.bytes).leftPadded(to: 8))  \(name)"
        } + (rest.isEmpty ? [] : ["\(byteWords(bytes).leftPadded(to: 8))  \(rest.count) more"])
    }

    /// What uses most, for somebody whose disk is full; at most 12 lines.
    var largest: [String] {
        var parts: [(String, Int64)] = [
            ("build cache of the engine", engine.buildCacheBytes), ("layers that images share", engine.sharedBytes),
            ("data folders", host.folderBytes), ("services", host.serviceBytes), ("database", host.databaseBytes),
            ("cache", host.cacheBytes),
            ("other files below the root", host.otherBytes + host.logBytes + host.pluginBytes + host.nginxBytes),
        ]
        for app in apps where !app.app.isEmpty {
            let name = app.archived ? "\(app.app) (archived)" : app.app
            parts.append(("images of \(name)", app.imageBytes - app.sharedBytes))
            parts.append(("volumes of \(name)", app.volumeBytes))
            parts.append(("containers of \(name)", app.containerBytes))
            parts.append(("repository and logs of \(name)", app.repositoryBytes + app.logBytes))
        }
        return parts.filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }.prefix(12)
            .map { "\(byteWords($0.1).leftPadded(to: 8))  \($0.0)" }
    }
}
