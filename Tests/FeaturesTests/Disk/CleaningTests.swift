import ArgumentParser
import Core
import Engine
import Files
import Scheduling
import Store
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `cleaning up` {
    let fake = Fake()
    let engine = FakeEngine()

    /// Releases v2 to v`last` of an app that is live at v1, each with an image of its own.
    private func releases(_ app: App, upTo last: Int, on host: Host) async throws {
        let first = try await Releases(on: host).find(1, of: app)
        try await host.store.write { database in
            for number in 2...last {
                var release = first
                (release.number, release.image) = (number, "sha256:\(number)")
                try ReleasesTable.insert(release, database)
                try ReleasesTable.makeLive(number, of: app.id, at: .now, database)
                try AppsTable.setCurrent(number, of: app.id, database)
            }
        }
        let labels = [Engine.instanceLabel: host.settings.instance, Engine.appLabel: app.id.text]
        for number in 1...last {
            let tag = Images.tag(app, number, host)
            let layers: [(digest: String, size: Int64)] = [("base", 1000), ("v\(number)", Int64(number))]
            engine.change {
                $0.images[number == 1 ? "sha256:seed" : "sha256:\(number)"] = .init(
                    tags: [tag],
                    labels: labels,
                    layers: layers
                )
            }
        }
    }

    private var left: [String] { engine.images.keys.sorted() }

    @Test func `keeps the last good releases, the pinned ones and those with instances`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await releases(app, upTo: 9, on: host)
            try await host.store.write { try ReleasesTable.setPinned(true, 3, of: app.id, $0) }
            _ = try await Properties("apps", on: host).set(Retention.count, to: "2", of: app)
            let freed = try await Cleaning(on: host).tidy(app)
            // The instance of the first deploy is of v1.
            #expect(left == ["sha256:3", "sha256:8", "sha256:9", "sha256:seed"])
            #expect(freed.bytes == 2 + 4 + 5 + 6 + 7 && freed.words == "5 images")
            try await host.store.write { try ReleasesTable.setPinned(false, 3, of: app.id, $0) }
            try await Cleaning(on: host).tidy(app)
            #expect(left == ["sha256:8", "sha256:9", "sha256:seed"])
        }
    }

    @Test func `keeps the image that only a clone needs, until that needs it no more`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await releases(app, upTo: 9, on: host)
            _ = try await Properties("apps", on: host).set(Retention.count, to: "2", of: app)
            let copy = try await host.deployedApp("copy")
            try await host.store.write { database in
                var release = try #require(try ReleasesTable.find(1, of: copy.id, database))
                (release.number, release.image) = (2, "sha256:4")
                try ReleasesTable.insert(release, database)
                try ReleasesTable.makeLive(2, of: copy.id, at: .now, database)
                try AppsTable.setCurrent(2, of: copy.id, database)
            }
            try await Cleaning(on: host).tidy(app)
            #expect(left == ["sha256:4", "sha256:8", "sha256:9", "sha256:seed"])
            _ = try await Cleaning(on: host).removeImages(of: app)
            #expect(left == ["sha256:4", "sha256:seed"])
            try await AppsDestroy.parse(["shop", "--force", "--purge"]).run(on: host)
            _ = try await Cleaning(on: host).removeOrphans()
            #expect(left == ["sha256:4", "sha256:seed"])
            // No release of the clone that can be gone back to has it any more.
            _ = try await Properties("apps", on: host).set(Retention.count, to: "1", of: copy)
            try await host.store.write { database in
                var release = try #require(try ReleasesTable.find(1, of: copy.id, database))
                release.number = 3
                try ReleasesTable.insert(release, database)
                try ReleasesTable.makeLive(3, of: copy.id, at: .now, database)
                try AppsTable.setCurrent(3, of: copy.id, database)
            }
            try await Cleaning(on: host).tidy(copy)
            #expect(left == ["sha256:seed"])
            try await AppsDestroy.parse(["copy", "--force"]).run(on: host)
            #expect(left.isEmpty)
        }
    }

    @Test func `what a plugin has built has no label of ours, and goes by its name`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await releases(app, upTo: 4, on: host)
            engine.change { state in
                for id in state.images.keys { state.images[id]?.labels = ["builder": "own"] }
                // One that the plugin has a name of its own for.
                state.images["sha256:2"]?.tags.append("own/shop:latest")
                state.images["theirs"] = .init(tags: ["own/other:latest"], labels: [:])
            }
            let part = try #require(try await Disk(on: host).report().apps.first { $0.app == "shop" })
            #expect(part.images == 4)
            _ = try await Properties("apps", on: host).set(Retention.count, to: "1", of: app)
            let freed = try await Cleaning(on: host).tidy(app)
            #expect(left == ["sha256:2", "sha256:4", "sha256:seed", "theirs"] && freed.bytes == 3)
            #expect(engine.images["sha256:2"]?.tags == ["own/shop:latest"])
            _ = try await Cleaning(on: host).removeImages(of: app)
            #expect(left.contains("theirs") && !left.contains("sha256:4"))
        }
    }

    @Test func `the build cache is cut where a person said how large it may be, and nowhere else`() async throws {
        try await engine.with(fake) { host in
            engine.change { $0.buildCache = 7 << 20 }
            #expect(try await Cleaning(on: host).run().cache == 0)
            _ = try await Properties("disk", on: host).set(Disk.cacheCap, to: "2", of: nil)
            #expect(try await Cleaning(on: host).run().cache == 5 << 20)
            #expect(try await Cleaning(on: host).run().cache == 0)
            #expect(engine.buildCache == 2 << 20)
        }
    }

    @Test func `what the cache is cut by is in what is said, before and after`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await releases(app, upTo: 9, on: host)
            engine.change { $0.buildCache = 7 << 20 }
            #expect(try await Disk(on: host).report().commonLines.contains { $0.contains("builder.gc") })
            _ = try await Properties("disk", on: host).set(Disk.cacheCap, to: "2", of: nil)
            let report = try await Disk(on: host).report()
            let lines = report.commonLines.joined(separator: "\n")
            #expect(lines.contains("cut it to 2.1 MB") && !lines.contains("builder.gc"))
            #expect(report.freeableBytes == 5 << 20 + 9 && report.freeable.first?.kind == "cache")
            #expect(report.freeable.dropFirst().map(\.name) == ["shop v4", "shop v3", "shop v2"])
            #expect(report.freeable.dropFirst().map(\.bytes) == [4, 3, 2])
            try await DiskClean.parse(["--dry-run"]).run(on: host)
            #expect(fake.transcript.answer.contains("build cache"))
            try await DiskClean.parse([]).run(on: host)
            let words = "-----> Removed 3 images, the build cache cut by 5.2 MB, 5.2 MB freed\n"
            #expect(fake.transcript.progress.hasSuffix(words))
        }
    }

    @Test func `an image in use is left and said, and the others go all the same`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await releases(app, upTo: 9, on: host)
            engine.change { $0.containers["theirs"] = .init(name: "theirs", image: "sha256:2", labels: [:]) }
            let freed = try await Cleaning(on: host).run()
            #expect(freed.left == ["shop v2: a container uses it"])
            #expect(left == ["sha256:2", "sha256:5", "sha256:6", "sha256:7", "sha256:8", "sha256:9", "sha256:seed"])
        }
    }

    @Test func `an image at which the engine fails is left and said, and the others go all the same`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await releases(app, upTo: 9, on: host)
            engine.change { $0.broken = ["sha256:2"] }
            let freed = try await Cleaning(on: host).run()
            #expect(freed.left == ["shop v2: a layer is damaged (status 500)"])
            #expect(fake.transcript.progress.contains("shop v2 is not removed: "))
            #expect(left == ["sha256:2", "sha256:5", "sha256:6", "sha256:7", "sha256:8", "sha256:9", "sha256:seed"])
        }
    }

    @Test func `an app that is being changed keeps its images until later`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await releases(app, upTo: 9, on: host)
            let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
            let freed = try await Cleaning(on: host).run()
            #expect(freed.removed.isEmpty && freed.left.count == 1 && left.count == 9)
            lock.release()
            #expect(try await Cleaning(on: host).run().removed.count == 3)
        }
    }

    @Test func `orphans go with every tick, retention once a day`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await Tick(on: host).run()
            try await releases(app, upTo: 9, on: host)
            let labels = [Engine.instanceLabel: host.settings.instance, Engine.appLabel: "gone000001"]
            engine.change {
                $0.images["lost"] = .init(tags: ["slipway-0badcafe/gone000001:v1"], labels: labels)
                $0.images["foreign"] = .init(tags: ["nginx:latest"], labels: [:])
            }
            try await Tick(on: host).run()
            #expect(engine.images["lost"] == nil && engine.images.count == 10)
            try await Tick(on: host).run(isTidying: true)
            #expect(engine.images.count == 7 && engine.images["foreign"] != nil)
        }
    }

    @Test func `dry run changes nothing and says why each stays`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            try await releases(app, upTo: 9, on: host)
            try await DiskClean.parse(["--dry-run"]).run(on: host)
            #expect(engine.images.count == 9)
            let said = fake.transcript.answer
            #expect(said.contains("shop v2") && said.contains("no release needs it to go back to"))
            #expect(said.contains("v9 of shop serves"))
            #expect(said.contains("What would go: up to 9 B"))
            try await DiskClean.parse([]).run(on: host)
            #expect(engine.images.count == 6)
            #expect(fake.transcript.progress.contains("Removed 3 images, 9 B freed"))
        }
    }
}
