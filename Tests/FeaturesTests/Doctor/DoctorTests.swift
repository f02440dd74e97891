import ArgumentParser
import Core
import Files
import Proxying
import Repositories
import Scheduling
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `doctor` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    private func level(_ name: String, _ looks: [Doctor.Look] = Doctor.hostLooks) async throws -> Finding {
        let look = try #require(looks.first { $0.name == name })
        return try #require(await Doctor(on: host).examine([look]).first)
    }

    @Test func `looks keep their order, whichever ends first`() async {
        let gate = AsyncStream<Void>.makeStream()
        let looks = [
            Doctor.Look("slow") { _ in
                for await _ in gate.stream { break }
                return .pass("slow")
            },
            Doctor.Look("quick") { _ in
                gate.continuation.yield()
                return .warn("quick", cure: nil)
            },
        ]
        #expect(await Doctor(on: host).examine(looks).map(\.check) == ["slow", "quick"])
    }

    @Test(.timeLimit(.minutes(1))) func `one that does not end is a failure of its own`() async {
        let looks = [
            Doctor.Look("stuck") { _ in
                try await ContinuousClock().sleep(for: .seconds(3600))
                return .pass("")
            },
            Doctor.Look("fine") { _ in .pass("") },
            Doctor.Look("broken") { _ in throw Failure(.proxyDown, "nginx is not running", fix: "start it") },
        ]
        let found = await Doctor(on: host).examine(looks, within: .milliseconds(50))
        #expect(found.map(\.level) == [.fail, .pass, .fail])
        #expect(found[2].code == .proxyDown)
        #expect(found[2].cure == "start it")
    }

    @Test func `an engine that is not there is a failure with its code, and the exit status is 1`() async throws {
        #expect(try await level("engine").code == .engineUnreachable)
        await #expect(throws: ExitCode(1)) { try await DoctorCommand.parse(["--json"]).run(on: host) }
        #expect(fake.transcript.answer.contains("\"check\":\"engine\""))
        #expect(fake.transcript.answer.contains("\"level\":\"FAIL\""))
    }

    @Test func `keys that differ from the rows are found and put right`() async throws {
        #expect(try await level("keys").level == .fail)
        try await SshKeys(on: host).publish()
        #expect(try await level("keys").level == .warn)
        try writeFile(host.paths.authorizedKeys, Array("ssh-ed25519 AAAA stranger\n".utf8))
        #expect(try await level("keys").level == .fail)
    }

    @Test func `keys that others may write are a failure`() async throws {
        try writeFile(host.paths.authorizedKeys, [], mode: [.ownerReadWrite, .groupReadWrite])
        #expect(try await level("keys").cure?.hasPrefix("chmod 600") == true)
    }

    @Test func `hooks that are not ours are found and put right`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await Git(on: host).prepare(app)
        #expect(try await level("hooks").level == .pass)
        let hook = host.repositories.path(of: app.id).appending("hooks").appending("pre-receive")
        try writeFile(hook, Array("#!/bin/sh\n".utf8))
        #expect(try await level("hooks").fact == "the hooks of shop are not ours")
        let remedies = try await Doctor(on: host).remedies().filter { $0.words.contains("hooks") }
        #expect(remedies.count == 1)
        for remedy in remedies { try await remedy.apply() }
        #expect(try await level("hooks").level == .pass)
    }

    @Test func `a site that nginx does not have is found`() async throws {
        let app = try await host.deployedApp()
        #expect(try await level("sites").level == .pass)
        try await host.proxy.withdraw([app.id.text])
        #expect(try await level("sites").level == .warn)
        #expect(try await level("site", Doctor.looks(at: app)).level == .warn)
    }

    @Test func `an app that another proxy routes is not nginx's`() async throws {
        let app = try await host.deployedApp()
        _ = try await Properties("proxy", on: host).set(AppProxy.type, to: "caddy", of: app)
        #expect(try await level("site", Doctor.looks(at: app)).fact.hasPrefix("caddy routes its requests"))
    }

    @Test func `a plugin that is not whole is named`() async throws {
        #expect(try await level("plugins").level == .pass)
        let now = host.time.now()
        var row = InstalledPlugin(name: "backup", isEnabled: true, installedAt: now, updatedAt: now)
        func look(_ change: (inout InstalledPlugin) -> Void) async throws -> Finding {
            change(&row)
            let changed = row
            try await host.store.write { try PluginTable.save(changed, $0) }
            return try await level("plugins")
        }
        #expect(try await look { $0.isUpdating = true }.fact == "backup is half updated")
        #expect(try await look { $0.isHalf = true }.cure == "slipway plugin:uninstall backup, then install it again")
        #expect(try await look { ($0.isHalf, $0.isUpdating) = (false, false) }.level == .pass)
    }

    @Test func `a sound database passes`() async throws { #expect(try await level("database").level == .pass) }

    @Test(arguments: [
        ("events { worker_connections 768; }", 768), ("# worker_connections 9999;\nevents {}", nil),
        ("events {\n  worker_connections  8192 ;\n}", 8192),
    ])
    func `nginx's connections are read from its file`(text: String, number: Int?) {
        #expect(Doctor.workerConnections(text) == number)
        #expect(Doctor.connections(perWorker: number).level == (number == 8192 ? .pass : .warn))
    }

    @Test(arguments: [("git version 2.39.5", Finding.Level.pass), ("git version 2.20.1\n", .fail), ("", .fail)])
    func `git must know proc-receive`(text: String, level: Finding.Level) {
        #expect(Doctor.gitFinding(text).level == level)
    }

    @Test func `little space is a warning, next to none a failure`() {
        func space(_ free: Int64, files: Int64 = 100) -> Finding.Level {
            DiskSpace(free: free, total: 100 << 30, freeFiles: files, totalFiles: 1000).finding("/").level
        }
        #expect(space(50 << 30) == .pass)
        #expect(space(4 << 30) == .warn)
        #expect(space(100 << 20) == .fail)
        #expect(space(50 << 30, files: 10) == .fail)
        #expect(DiskSpace(free: 50 << 30, total: 100 << 30, freeFiles: 0, totalFiles: 0).finding("/").level == .pass)
    }

    @Test func `an orphan has our label and neither row nor operation`() {
        func isOrphan(_ labels: [String: String]) -> Bool {
            Orphans.isOrphan(labels, apps: ["a"], rows: ["r"], operations: ["7"])
        }
        #expect(isOrphan(["slipway.app": "gone", "slipway.row": "r"]))
        #expect(!isOrphan(["slipway.app": "a", "slipway.row": "r", "slipway.operation": "1"]))
        #expect(isOrphan(["slipway.app": "a", "slipway.row": "lost", "slipway.operation": "1"]))
        #expect(!isOrphan(["slipway.app": "a", "slipway.operation": "7"]))
        #expect(!isOrphan(["slipway.app": "a"]))
        #expect(!isOrphan([:]))
    }

    @Test func `an app's processes, ports and mounts are looked at`() async throws {
        let app = try await host.deployedApp()
        let looks = Doctor.looks(at: app)
        #expect(try await level("processes", looks).fact == "1 run")
        #expect(try await level("port", looks).level == .pass)
        #expect(try await level("storage", looks).level == .pass)
        fake.scheduler.set(.exited(code: 137, outOfMemory: true), of: "c1")
        #expect(try await level("processes", looks).fact == "web.1 ran out of memory")
        _ = try await Storage(on: host).mount(try StorageMount("/nonexistent-folder:/data"), in: app)
        #expect(try await level("storage", looks).level == .fail)
        #expect(try await level("release", looks).cure == "slipway ps:restart shop")
    }

    @Test func `a finding and its cure stand under each other`() {
        var finding = Finding.fail("nobody answers", cure: "start it", .proxyDown)
        finding.check = "ports"
        #expect(finding.lines == ["FAIL  ports        P307 nobody answers", "                   fix: start it"])
    }
}
