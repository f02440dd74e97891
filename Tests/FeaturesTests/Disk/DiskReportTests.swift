import Core
import Engine
import Files
import Repositories
import Scheduling
import Store
import SystemPackage
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `who uses the disk` {
    @Test func `layers are counted once, by all that lies under them`() {
        let forest = ImageForest([
            ImageLayers(id: "a", digests: ["base", "lib", "a"], sizes: [100, 20, 3]),
            ImageLayers(id: "b", digests: ["base", "lib", "b"], sizes: [100, 20, 4]),
            // The same content over another base is another layer.
            ImageLayers(id: "c", digests: ["other", "lib"], sizes: [50, 20]),
        ])
        #expect(forest.bytes(of: ["a", "b"]) == 127)
        #expect(forest.bytes(of: ["a", "b", "c", "unknown"]) == 197)
        #expect(forest.exclusiveBytes(of: ["a"]) == 3)
        #expect(forest.exclusiveBytes(of: ["a", "b"]) == 127)
    }

    @Test func `each byte stands in one place`() async throws {
        let engine = FakeEngine()
        try await engine.with { host in
            let shop = try await host.deployedApp()
            let blog = try await host.deployedApp("blog")
            func labels(_ app: App) -> [String: String] {
                [Engine.instanceLabel: host.settings.instance, Engine.appLabel: app.id.text]
            }
            engine.change { state in
                state.images["s1"] = .init(
                    tags: [],
                    labels: labels(shop),
                    layers: [("base", 1000), ("lib", 50), ("1", 1)]
                )
                state.images["s2"] = .init(
                    tags: [],
                    labels: labels(shop),
                    layers: [("base", 1000), ("lib", 50), ("2", 2)]
                )
                state.images["b1"] = .init(tags: [], labels: labels(blog), layers: [("own", 300)])
                state.images["x"] = .init(tags: ["base:1"], labels: [:], layers: [("base", 1000)])
                state.containers["c"] = .init(name: "c", image: "s1", labels: labels(shop), written: 9)
                state.volumes[Storage.volume("d", of: shop, host.settings)] = .init(labels: labels(shop), size: 500)
                state.volumes["foreign"] = .init(labels: [:], size: 5000)
                state.buildCache = 77
            }
            try writeFile(host.paths.logs(of: shop.id).appending("v1.log"), Array(repeating: 65, count: 10_000))
            let report = try await Disk(on: host).report()
            let part = try #require(report.apps.first { $0.app == "shop" })
            #expect(part.images == 2 && part.imageBytes == 1053 && part.sharedBytes == 1000)
            #expect(part.containerBytes == 9 && part.volumeBytes == 500 && part.logBytes >= 10_000)
            #expect(part.totalBytes == 53 + 9 + 500 + part.logBytes + part.repositoryBytes)
            #expect(report.engine.imageBytes == 1353 && report.engine.sharedBytes == 1000)
            #expect(report.engine.volumeBytes == 500 && report.engine.buildCacheBytes == 77)
            let sum = report.apps.reduce(0) { $0 + $1.totalBytes } + report.engine.sharedBytes
            let files = report.apps.reduce(0) { $0 + $1.repositoryBytes + $1.logBytes + $1.certificateBytes }
            #expect(sum == 1353 + 9 + 500 + files)
            #expect(report.lines().count == 3 && report.lines("blog").count == 2)
        }
    }

    @Test func `data that a server keeps to itself is said to be in no number`() async throws {
        let host = try Host.fake()
        let closed = host.paths.services.appending("s/data-1/0")
        try writeFile(closed.appending("table"), [UInt8](repeating: 1, count: 90_000))
        var usage = RootUsage(
            host.paths,
            by: FolderMeasure { path in
                if path == closed { throw FileError(path, Errno.permissionDenied) }
                return try listFolder(path)
            }
        )
        #expect(usage.services < 90_000 && usage.unread == [closed])
        let report = DiskReport(
            .init(
                usage: DiskUsage(layers: 0, buildCache: 0, volumes: [:]),
                own: [],
                forest: ImageForest([]),
                root: usage,
                apps: [],
                plan: CleaningPlan(Holdings(), Claims(instance: "x")),
                places: []
            )
        )
        #expect(report.unreadable == [closed.string] && report.unreadableLines == ["       \(closed)"])
        #expect(report.commonLines.contains { $0.contains("Services:") && $0.contains("cannot be read") })
        // Somebody who may has measured it.
        let before = usage.services
        usage.add(["/elsewhere": 7])
        #expect(usage.services == before && usage.unread == [closed])
        usage.add([closed: 90_112])
        #expect(usage.services == before + 90_112 && usage.unread.isEmpty)
    }

    @Test func `the parts below the root add up to what du says`() async throws {
        let host = try Host.fake()
        let app = try await host.deployedApp()
        let sizes: [(FilePath, Int)] = [
            (host.paths.logs(of: app.id).appending("v1.log"), 70_000), (host.paths.logs.appending("drain.log"), 9_000),
            (host.repositories.path(of: app.id).appending("objects/pack/p"), 300_000), (host.paths.database, 50_000),
            (host.paths.volumes.appending("data/file"), 20_000), (host.paths.root.appending("somebody's"), 5_000),
            (host.paths.services.appending("s/backups/b.dump"), 40_000), (host.paths.cache.appending("x"), 1),
            (host.paths.nginx.appending("sites/a.conf"), 300),
        ]
        for (path, size) in sizes { try writeFile(path, [UInt8](repeating: 1, count: size)) }
        let usage = RootUsage(host.paths)
        var measure = FolderMeasure()
        #expect(usage.bytes == measure.measure(host.paths.root).bytes)
        #expect(usage.apps[app.id.text]?.logs ?? 0 >= 70_000)
        #expect(usage.apps[app.id.text]?.repository ?? 0 >= 300_000)
        #expect(usage.services >= 40_000 && usage.unread.isEmpty)
        #expect(usage.database >= 50_000 && usage.folders >= 20_000 && usage.logs >= 9_000 && usage.other >= 5_000)
    }
}
