import ArgumentParser
import Core
import FoundationEssentials
import Scheduling
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `storage` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    private func mounts(_ app: App) async throws -> [String] {
        try await Storage(on: host).mounts(of: app).map(\.text)
    }

    @Test(arguments: [
        "/srv/a:/data", "data:/data", "data:/data:ro", "/srv/a b:/x/y:ro", "data:/data:single-writer",
        "/srv/a:/data:ro,rslave,z", "data:/data:nocopy",
    ])
    func `a mount reads back as it was written`(text: String) throws { #expect(try StorageMount(text).text == text) }

    @Test func `what says nothing is left away`() throws {
        #expect(try StorageMount("/srv/a/:/data/:rw").text == "/srv/a:/data")
    }

    @Test(arguments: [
        "", "/data", "/a:b", "a/b:/data", "../a:/data", "/a/../b:/data", "/a:/data/../etc", "/a:/", "/a:/b:nosuch",
        "/a:/b:ro:ro", "/a:/b:ro,ro", "/a:/b:ro,rw", "/a:/b:z,Z", "/a:/b:slave,shared", "/a:/b:",
        "/a\n:/b", "/a:/b\u{7}", "-x:/b", ":/b", "a:", "/a/./b:/c",
    ])
    func `what is none is refused`(text: String) {
        #expect { try StorageMount(text) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `a mount is part of the draft and reaches instances with the next release`() async throws {
        let app = try await host.deployedApp()
        try await StorageMountCommand.parse(["shop", "data:/data:ro"]).run(on: host)
        #expect(fake.transcript.progress.contains("takes effect at the next restart: slipway ps:restart shop"))
        #expect(fake.scheduler.entries.values.allSatisfy { $0.workload.mounts.isEmpty })
        try await Control(on: host).restart(app, only: nil)
        let expected = WorkloadMount(
            source: "slipway-0badcafe-\(app.id)-data",
            target: "/data",
            isReadOnly: true
        )
        #expect(fake.scheduler.entries["c2"]?.workload.mounts == [expected])
    }

    @Test func `the same again is unchanged, another at the same place is refused`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let storage = Storage(on: host)
        #expect(try await storage.mount(try StorageMount("a:/data"), in: app))
        #expect(try await storage.mount(try StorageMount("a:/data"), in: app) == false)
        await #expect { try await storage.mount(try StorageMount("b:/data"), in: app) } throws: {
            ($0 as? Failure)?.code == .taken
        }
        #expect(try await mounts(app) == ["a:/data"])
    }

    @Test(arguments: ["a:/data", "/data", "a:/data:ro"]) func `unmounting names it in any way`(words: String)
        async throws
    {
        let app = try await Apps(on: host).create(try AppName("shop"))
        _ = try await Storage(on: host).mount(try StorageMount("a:/data"), in: app)
        _ = try await Storage(on: host).mount(try StorageMount("b:/other"), in: app)
        _ = try await Storage(on: host).unmount(words, in: app)
        #expect(try await mounts(app) == ["b:/other"])
        await #expect { try await Storage(on: host).unmount(words, in: app) } throws: {
            ($0 as? Failure)?.code == .notFound
        }
    }

    @Test func `a rollback brings the mounts of its release back`() async throws {
        let app = try await host.deployedApp()
        _ = try await Storage(on: host).mount(try StorageMount("a:/data"), in: app)
        try await Control(on: host).restart(app, only: nil)
        let old = try await Releases(on: host).find(1, of: app)
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(old), settings: old.settings, source: "git-push", reason: "back"),
            on: app
        )
        #expect(try await mounts(app).isEmpty)
    }

    @Test func `a single writer stays one across releases, and old records know none`() async throws {
        let app = try await host.deployedApp()
        _ = try await Storage(on: host).mount(try StorageMount("a:/data:single-writer"), in: app)
        try await Control(on: host).restart(app, only: nil)
        let recorded = try await Releases(on: host).find(2, of: app).settings.mounts
        #expect(recorded == [try StorageMount("a:/data:single-writer").attachment])
        let old = Data("{\"isReadOnly\":false,\"source\":\"a\",\"target\":\"/data\"}".utf8)
        #expect(try JSONDecoder().decode(Attachment.self, from: old) == (try StorageMount("a:/data").attachment))
        #expect(try JSONDecoder().decode(WorkloadMount.self, from: old).options.isEmpty)
    }

    @Test func `scaling leaves the changed draft alone`() async throws {
        let app = try await host.deployedApp()
        _ = try await Storage(on: host).mount(try StorageMount("a:/data"), in: app)
        _ = try await Control(on: host).scale(app, to: [.web: 2], deploying: true)
        #expect(try await mounts(app) == ["a:/data"])
    }

    @Test func `two apps do not share a volume of one name`() async throws {
        let (one, two) = (
            try await Apps(on: host).create(try AppName("one")), try await Apps(on: host).create(try AppName("two"))
        )
        #expect(Storage.volume("data", of: one, host.settings) != Storage.volume("data", of: two, host.settings))
    }

    @Test func `our own state cannot be mounted, the folders for data can`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let storage = Storage(on: host)
        for bad in ["\(folder.path)", "\(folder.path)/slipway.db", "/", "\(folder.path.removingLastComponent())"] {
            await #expect { try await storage.mount(try StorageMount("\(bad):/data"), in: app) } throws: {
                ($0 as? Failure)?.code == .notAllowed
            }
        }
        #expect(try await storage.mount(try StorageMount("\(folder.path)/storage/shop:/data"), in: app))
    }

    @Test func `a folder below our own is made when it is mounted, others must be there`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        let storage = folder.path.appending("storage")
        try await StorageMountCommand.parse(["shop", "\(storage)/shop:/data"]).run(on: host)
        try await StorageMountCommand.parse(["shop", "\(storage)/deep/er/still:/deep"]).run(on: host)
        #expect(try folder.mode("storage") == 0o700)
        for made in ["shop", "deep", "deep/er/still"] { #expect(try folder.mode("storage/\(made)") == 0o777) }
        #expect(!fake.transcript.progress.contains("is not there yet"))
        try await StorageMountCommand.parse(["shop", "/nowhere/at/all:/other"]).run(on: host)
        #expect(fake.transcript.progress.contains("/nowhere/at/all is not there yet"))
        // A container may have put a link where a folder is asked for.
        try FileManager.default.createSymbolicLink(atPath: "\(storage)/shop/out", withDestinationPath: "/tmp")
        await #expect(throws: Failure.self) {
            try await StorageMountCommand.parse(["shop", "\(storage)/shop/out/slipway-none:/out"]).run(on: host)
        }
    }

    @Test func `a volume of the engine of the same name is said to be another`() async throws {
        let engine = FakeEngine()
        engine.change { $0.volumes["data"] = FakeEngine.Volume(labels: [:]) }
        try await engine.with(fake) { host in
            let app = try await Apps(on: host).create(try AppName("shop"))
            try await StorageMountCommand.parse(["shop", "mine:/mine"]).run(on: host)
            #expect(!fake.transcript.progress.contains("is another one"))
            try await StorageMountCommand.parse(["shop", "data:/data"]).run(on: host)
            let own = Storage.volume("data", of: app, host.settings)
            #expect(fake.transcript.progress.contains("volume data is another one; shop has its own, \(own)"))
        }
    }

    @Test func `a folder for data is open to whoever a container runs as`() async throws {
        let storage = Storage(on: host)
        let path = try await storage.ensureFolder("shop", owner: try FolderOwner(nil))
        #expect(path == folder.path.appending("storage/shop"))
        #expect(try folder.mode("storage/shop") == 0o777)
        #expect(try folder.mode("storage") == 0o700)
        for bad in ["", "..", "a/b", "a b", "\n"] {
            await #expect(throws: Failure.self) { try await storage.ensureFolder(bad, owner: try FolderOwner(nil)) }
        }
    }

    @Test func `owners are Dokku's words or small numbers`() throws {
        #expect(try FolderOwner("heroku").id == 1000)
        #expect(try FolderOwner("false").id == nil)
        #expect(try FolderOwner("65535").id == 65535)
        for bad in ["65536", "-1", "nobody", ""] { #expect(throws: Failure.self) { try FolderOwner(bad) } }
    }

    @Test func `the list has Dokku's keys`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        _ = try await Storage(on: host).mount(try StorageMount("/srv/a:/data:ro"), in: app)
        try await StorageList.parse(["shop", "--format", "json"]).run(on: host)
        #expect(
            fake.transcript.answer
                == "[{\"container_path\":\"/data\",\"host_path\":\"/srv/a\",\"phases\":[\"deploy\",\"run\"],"
                + "\"process_types\":[],\"volume_options\":\"ro\"}]\n"
        )
    }
}
