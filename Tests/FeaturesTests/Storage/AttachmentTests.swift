import ArgumentParser
import Core
import Glibc
import Scheduling
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `mounts of named storage` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host
    let storage: Storage

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
        storage = Storage(on: host)
    }

    /// An app that is not deployed, and two entries.
    private func prepared() async throws -> App {
        _ = try await storage.create(EntryWish(try EntryName("photos")))
        _ = try await storage.create(EntryWish(try EntryName("logs")))
        return try await Apps(on: host).create(try AppName("shop"))
    }

    private func mount(_ words: String...) async throws {
        try await StorageMountCommand.parse(["shop"] + words).run(on: host)
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    private func workloads(_ type: String, _ app: App) async throws -> [String] {
        let settings = try await Releases(on: host).draft(of: app)
        return try Storage.workloadMounts(settings, of: app, type: try ProcessType(type), host.settings).map(\.target)
    }

    @Test func `one is there with all that was asked for, and the same again is unchanged`() async throws {
        let app = try await prepared()
        let words = [
            "photos", "--container-dir", "/srv/photos/", "--phase", "deploy", "--process-type", "web",
            "--process-type", "worker", "--volume-subpath", "a/b", "--volume-readonly", "--volume-options", "rslave",
        ]
        try await StorageMountCommand.parse(["shop"] + words).run(on: host)
        let found = try #require(try await storage.mounts(of: app).first)
        #expect(found.entry == "photos" && found.target == "/srv/photos" && found.isReadOnly)
        #expect(found.source == folder.path.appending("storage/photos").string)
        #expect(found.phases == [.deploy] && found.processes == ["web", "worker"] && found.subpath == "a/b")
        #expect(found.options == ["rslave"])
        #expect(try folder.mode("storage/photos/a/b") == 0o777)
        #expect(found.text == "\(folder.path)/storage/photos/a/b:/srv/photos:ro,rslave")
        try await StorageMountCommand.parse(["shop"] + words).run(on: host)
        #expect(fake.transcript.progress.contains("storage of shop is unchanged"))
        try await mount("photos", "--container-dir", "/srv/photos")
        #expect(fake.transcript.progress.contains("Changed how photos is mounted"))
        #expect(try await storage.mounts(of: app).map(\.phases) == [[.deploy, .run]])
    }

    @Test func `phases and process types decide which containers have it`() async throws {
        let app = try await prepared()
        try await mount("photos", "--container-dir", "/deploy", "--phase", "deploy")
        try await mount("photos", "--container-dir", "/run", "--phase", "run")
        try await mount("photos", "--container-dir", "/worker", "--process-type", "worker")
        try await mount("logs", "--container-dir", "/both", "--phase", "deploy,run")
        #expect(try await workloads("web", app) == ["/both", "/deploy"])
        #expect(try await workloads("worker", app) == ["/both", "/deploy", "/worker"])
        #expect(try await workloads("release", app) == ["/both", "/deploy"])
        #expect(try await workloads("run", app) == ["/both", "/run"])
        #expect(try await workloads("cron", app) == ["/both", "/run"])
    }

    @Test func `instances and programs of run get theirs from the release`() async throws {
        let app = try await host.deployedApp()
        _ = try await storage.create(EntryWish(try EntryName("photos")))
        try await mount("photos", "--container-dir", "/d", "--phase", "deploy")
        try await mount("photos", "--container-dir", "/r", "--phase", "run")
        try await Control(on: host).restart(app, only: nil)
        let web = try #require(fake.scheduler.entries["c2"]).workload
        #expect(web.mounts.map(\.target) == ["/d"])
        let run = try await Run(on: host).workload(for: try RunWish(["shop", "ls"]), attendant: nil)
        #expect(run.mounts.map(\.target) == ["/r"])
    }

    @Test func `two that no container has both of may share a folder, others may not`() async throws {
        let app = try await prepared()
        try await mount("photos", "--container-dir", "/d", "--process-type", "web")
        try await mount("logs", "--container-dir", "/d", "--process-type", "worker")
        #expect(await code { try await mount("logs", "--container-dir", "/d") } == .taken)
        #expect(await code { try await mount("/srv/x:/d") } == .taken)
        #expect(try await storage.mounts(of: app).count == 2)
    }

    @Test(arguments: [
        (["photos"], FailureCode.malformed), (["photos", "--phase", "run"], FailureCode.usage),
        (["a:/b", "--volume-readonly"], FailureCode.usage),
        (["photos", "--container-dir", "data"], FailureCode.malformed),
        (["photos", "--container-dir", "/"], FailureCode.malformed),
        (["photos", "--container-dir", "/d", "--phase", "build"], FailureCode.usage),
        (["photos", "--container-dir", "/d", "--process-type", "a b!"], FailureCode.malformed),
        (["photos", "--container-dir", "/d", "--volume-subpath", "../x"], FailureCode.malformed),
        (["photos", "--container-dir", "/d", "--volume-subpath", "/x"], FailureCode.malformed),
        (["photos", "--container-dir", "/d", "--volume-chown", "nobody"], FailureCode.malformed),
        (["photos", "--container-dir", "/d", "--volume-options", "nosuch"], FailureCode.malformed),
        (["nosuch", "--container-dir", "/d"], FailureCode.notFound),
    ]) func `what cannot be mounted changes nothing`(words: [String], expected: FailureCode) async throws {
        let app = try await prepared()
        #expect(await code { try await StorageMountCommand.parse(["shop"] + words).run(on: host) } == expected)
        #expect(try await storage.mounts(of: app).isEmpty)
    }

    @Test func `an app that is not there is told by its own code`() async throws {
        let words = ["nowhere", "photos", "--container-dir", "/d"]
        #expect(await code { try await StorageMountCommand.parse(words).run(on: host) } == .noSuchApp)
        #expect(await code { try await StorageUnmount.parse(["nowhere", "photos"]).run(on: host) } == .noSuchApp)
        #expect(await code { try await StorageList.parse(["nowhere"]).run(on: host) } == .noSuchApp)
        #expect(await code { try await StorageMigrate.parse(["nowhere"]).run(on: host) } == .noSuchApp)
    }

    @Test func `a link inside an entry is never followed`() async throws {
        let app = try await prepared()
        let inside = folder.path.appending("storage/photos")
        #expect(symlink("/etc", inside.appending("out").string) == 0)
        #expect(await code { try await mount("photos", "--container-dir", "/d", "--volume-subpath", "out") } == .taken)
        #expect(
            await code { try await mount("photos", "--container-dir", "/d", "--volume-subpath", "out/x") } == .taken
        )
        try await mount("photos", "--container-dir", "/d", "--volume-subpath", "in")
        #expect(rmdir(inside.appending("in").string) == 0)
        #expect(symlink("/", inside.appending("in").string) == 0)
        #expect(await code { _ = try await workloads("web", app) } == .startFailed)
    }

    @Test func `unmounting takes all of it, or the phases and types that are named`() async throws {
        let app = try await prepared()
        func unmount(_ words: String...) async throws {
            try await StorageUnmount.parse(["shop", "photos"] + words).run(on: host)
        }
        #expect(await code { try await unmount() } == .notFound)
        try await mount("photos", "--container-dir", "/a", "--process-type", "web", "--process-type", "worker")
        try await mount("photos", "--container-dir", "/b")
        #expect(await code { try await unmount() } == .usage)
        #expect(await code { try await unmount("--container-dir", "/c") } == .notFound)
        try await unmount("--container-dir", "/b", "--phase", "run")
        try await unmount("--container-dir", "/a", "--process-type", "web")
        #expect(try await storage.mounts(of: app).map(\.phases) == [[.deploy, .run], [.deploy]])
        #expect(try await storage.mounts(of: app).map(\.processes) == [["worker"], []])
        try await unmount("--container-dir", "/b")
        try await StorageUnmount.parse(["shop", "/a"]).run(on: host)
        #expect(try await storage.mounts(of: app).isEmpty)
    }

    @Test func `a migration names folders, once, and leaves volumes to their app`() async throws {
        let app = try await prepared()
        try await mount("/srv/Shop_data:/d:ro")
        try await mount("\(folder.path)/storage/photos:/p")
        try await mount("uploads:/u")
        try await StorageMigrate.parse(["--all"]).run(on: host)
        #expect(try await storage.mounts(of: app).map(\.entry) == ["legacy-srv-shop-data", "photos", nil])
        #expect(try await storage.mounts(of: app).map(\.isReadOnly) == [true, false, false])
        try await StorageMigrate.parse(["shop"]).run(on: host)
        #expect(fake.transcript.progress.contains("storage of shop is unchanged"))
        #expect(await code { try await StorageMigrate.parse([]).run(on: host) } == .usage)
        #expect(await code { try await StorageMigrate.parse(["shop", "--all"]).run(on: host) } == .usage)
    }

    @Test func `a report shows both phases and each field of each mount`() async throws {
        _ = try await prepared()
        try await mount("photos", "--container-dir", "/d", "--phase", "deploy", "--volume-readonly")
        try await ReportCommand<StorageCommands>.parse(["shop", "--storage-deploy-mounts"]).run(on: host)
        try await ReportCommand<StorageCommands>.parse(["shop", "--storage-run-mounts"]).run(on: host)
        try await ReportCommand<StorageCommands>.parse(["shop", "--storage-attachment.1.entry"]).run(on: host)
        #expect(fake.transcript.answer == "-v \(folder.path)/storage/photos:/d:ro\n\nphotos\n")
        try await ReportCommand<StorageCommands>.parse(["shop", "--format", "json"]).run(on: host)
        #expect(fake.transcript.answer.contains(#""attachment.1.phase":"deploy""#))
    }

    @Test func `a rollback to a release whose storage was destroyed mounts its folder by the path`() async throws {
        let app = try await host.deployedApp()
        _ = try await storage.create(EntryWish(try EntryName("photos")))
        try await mount("photos", "--container-dir", "/d")
        try await Control(on: host).restart(app, only: nil)
        try await StorageUnmount.parse(["shop", "photos"]).run(on: host)
        try await Control(on: host).restart(app, only: nil)
        try await StorageDestroy.parse(["photos", "--force"]).run(on: host)
        let old = try await Releases(on: host).find(2, of: app)
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(old), settings: old.settings, source: "git-push", reason: "back"),
            on: app
        )
        let mounts = try await storage.mounts(of: app)
        #expect(mounts.map(\.entry) == [nil])
        #expect(mounts.map(\.source) == ["\(folder.path)/storage/photos"])
    }

    @Test func `a single writer counts for the types that have it`() async throws {
        let app = try await host.deployedApp(procfile: "web: serve\nworker: work\n")
        _ = try await storage.create(EntryWish(try EntryName("photos")))
        try await mount(
            "photos",
            "--container-dir",
            "/d",
            "--process-type",
            "worker",
            "--volume-options",
            "single-writer"
        )
        try await Control(on: host).restart(app, only: nil)
        _ = try await Control(on: host).scale(app, to: [.web: 2], deploying: true)
        let worker = try ProcessType("worker")
        #expect(
            await code { _ = try await Control(on: host).scale(app, to: [worker: 2], deploying: true) } == .unchangeable
        )
    }
}
