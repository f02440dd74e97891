import ArgumentParser
import Core
import Files
import GRDB
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `builds` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host
    let app: App

    init() async throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
        app = try await host.deployedApp()
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    private func build(_ id: String, release: Int, _ status: Build.Status = .succeeded, at: Int64 = 0) async throws {
        let build = Build(
            id: id,
            app: app.id,
            release: release,
            status: .running,
            source: "git-push",
            revision: nil,
            caller: "ana",
            startedAt: Timestamp(milliseconds: 1_900_000_000_000 + at)
        )
        try await host.store.write { database in
            try BuildsTable.insert(build, database)
            guard status != .running else { return }
            try BuildsTable.end(id, status, image: "sha256:x", at: .now, database)
        }
        let path = host.paths.logs(of: app.id).appending("build-\(id).log")
        try makeFolder(path.removingLastComponent())
        try appendToFile(path, Array("said by \(id)\n".utf8))
    }

    private func begin(owner: Owner, release: Int) async throws -> Int64 {
        try await host.begin("deploy", of: app.id, by: owner, notes: ["release": "\(release)"])
    }

    @Test func `what built and what only deployed stand in one list, the newest first`() async throws {
        try await build("b1", release: 7)
        try await Control(on: host).restart(app, only: nil)
        let all = try await Builds(on: host).records(of: app)
        #expect(all.map(\.kind) == [.build, .deploy, .deploy])
        #expect(all.map(\.source) == ["git-hook", "ps:restart", "git-hook"])
        #expect(all.allSatisfy { $0.status == .succeeded && $0.exitCode == 0 })
    }

    @Test func `a start that makes instances is one by name`() async throws {
        try await host.store.write { try $0.execute(sql: "DELETE FROM instances") }
        #expect(try await Control(on: host).start(app))
        #expect(try await Builds(on: host).records(of: app).map(\.source) == ["ps:start", "git-hook"])
    }

    @Test func `a build whose operation runs is no deploy of its own, and tells its process`() async throws {
        try await build("b1", release: 7, .running)
        _ = try await begin(owner: .this, release: 7)
        let all = try await Builds(on: host).records(of: app)
        #expect(all.map(\.id) == ["b1", "deploy-1"])
        #expect(all[0].status == .running && all[0].process == Owner.this.process && all[0].exitCode == nil)
    }

    @Test func `one that nobody works on is abandoned`() async throws {
        try await build("b1", release: 7, .running)
        #expect(try await Builds(on: host).find("b1", of: app).status == .abandoned)
        _ = try await begin(owner: .dead, release: 8)
        #expect(try await Builds(on: host).records(of: app).filter { $0.status == .abandoned }.count == 2)
    }

    @Test func `the list is filtered by kind and by state`() async throws {
        try await build("b1", release: 7, .failed)
        try await build("b2", release: 8, .canceled, at: 1)
        func ids(_ words: String...) async throws -> [String] {
            let before = fake.transcript.answer.count
            try await BuildsList.parse(words + ["--format", "json"]).run(on: host)
            let answer = fake.transcript.answer.dropFirst(before)
            return answer.matches(of: /"id":"([^"]+)"/).map { String($0.output.1) }
        }
        #expect(try await ids("shop", "--kind", "build") == ["b2", "b1"])
        #expect(try await ids("shop", "--status", "failed") == ["b1"])
        #expect(try await ids("--status", "canceled") == ["b2"])
        #expect(try await ids("shop", "--kind", "deploy") == ["deploy-1"])
        #expect(throws: (any Error).self) { try BuildsList.parse(["shop", "--kind", "other"]) }
        #expect(throws: (any Error).self) { try BuildsList.parse(["shop", "--status", "odd"]) }
    }

    @Test func `the list is a table too, of one app and of all`() async throws {
        try await build("b1", release: 7)
        try await BuildsList.parse(["shop"]).run(on: host)
        try await BuildsList.parse([]).run(on: host)
        let lines = fake.transcript.answer.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("ID ") } && lines.contains { $0.hasPrefix("App ") })
        #expect(lines.contains { $0.hasPrefix("shop  b1") })
    }

    @Test func `what a build said is told, of the last, of the current, of one`() async throws {
        try await build("b1", release: 7)
        try await build("b2", release: 8, at: 1)
        for words in [["shop"], ["shop", "current"], ["shop", "b1"]] {
            try await BuildsOutput.parse(words).run(on: host)
        }
        #expect(fake.transcript.answer == "said by b2\nsaid by b2\nsaid by b1\n")
        #expect(await code { try await BuildsOutput.parse(["shop", "b9"]).run(on: host) } == .notFound)
        #expect(await code { try await BuildsOutput.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test func `one that runs is followed to its end`() async throws {
        try await build("b1", release: 7, .running)
        let id = try await begin(owner: .this, release: 7)
        let path = host.paths.logs(of: app.id).appending("build-b1.log")
        let (host, transcript) = (host, fake.transcript)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await BuildsOutput.parse(["shop"]).run(on: host) }
            group.addTask {
                try await eventually("the first line is told") { transcript.answer == "said by b1\n" }
                try appendToFile(path, Array("and more\n".utf8))
                try await host.store.write { database in
                    try BuildsTable.end("b1", .succeeded, image: nil, at: .now, database)
                    try OperationsTable.end(id, .finished, failure: nil, at: .now, database)
                }
            }
            try await group.waitForAll()
        }
        #expect(fake.transcript.answer == "said by b1\nand more\n")
    }

    @Test func `info tells all of one`() async throws {
        try await build("b1", release: 7, .failed)
        try await BuildsInfo.parse(["shop", "b1", "--format", "json"]).run(on: host)
        let answer = fake.transcript.answer
        #expect(
            answer.contains(#""app":"shop""#) && answer.contains(#""exitCode":1"#)
                && answer.contains(#""kind":"build""#)
        )
        try await BuildsInfo.parse(["shop"]).run(on: host)
        #expect(fake.transcript.answer.contains("=====> shop build b1\n"))
        #expect(await code { try await BuildsInfo.parse(["shop", "b9"]).run(on: host) } == .notFound)
        #expect(await code { try await BuildsInfo.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test func `a deploy that runs is asked to stop; one whose process died is undone`() async throws {
        func cancel() async throws -> String {
            let before = fake.transcript.progress.count
            try await BuildsCancel.parse(["shop"]).run(on: host)
            return String(fake.transcript.progress.dropFirst(before))
        }
        #expect(try await cancel() == "-----> No deploy of shop is running\n")
        let id = try await begin(owner: .this, release: 7)
        #expect(try await cancel() == "-----> Asked the deploy of shop to stop\n")
        #expect(try await host.store.read { try OperationsTable.isCancelled(id, $0) })
        try await host.store.write { try OperationsTable.end(id, .undone, failure: nil, at: .now, $0) }
        let dead = try await begin(owner: .dead, release: 7)
        #expect(try await cancel().contains("was dead"))
        #expect(try await host.store.read { try OperationsTable.find(dead, $0) }?.status == .undone)
        #expect(await code { try await BuildsCancel.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test func `a deploy past its switch is not asked to stop, and says how to go back`() async throws {
        let id = try await begin(owner: .this, release: 7)
        try await host.store.write { try OperationsTable.beginStep("switch", of: id, at: .now, $0) }
        let failure = await #expect(throws: Failure.self) { try await BuildsCancel.parse(["shop"]).run(on: host) }
        #expect(failure?.code == .unchangeable && failure?.why?.contains("past its switch, now in switch") == true)
        #expect(failure?.fix?.contains("releases:rollback shop") == true)
        #expect(try await host.store.read { try OperationsTable.isCancelled(id, $0) } == false)
        // One that has failed since is on its way back.
        try await host.store.write { try OperationsTable.note(["failure": "P304"], of: id, $0) }
        try await BuildsCancel.parse(["shop"]).run(on: host)
        #expect(try await host.store.read { try OperationsTable.isCancelled(id, $0) })
    }

    @Test func `one that was asked to stop does not begin its switch`() async throws {
        let (app, host) = (app, host)
        await #expect {
            try await Operations(on: host).run(Settling.deploy, on: app, "deploy x") { held in
                try await held.step(DeployStep.ready) { _ = try await Builds(on: host).cancel(app) }
                try await held.step(DeployStep.switchOver) {}
            }
        } throws: { ($0 as? Failure)?.code == .cancelled }
        let ended = try #require(try await Operations(on: host).recent(of: app).first)
        #expect(ended.status == .undone && !ended.hasBegun(DeployStep.switchOver))
    }

    @Test func `whoever waits is offered to cancel a deploy that can be, and nothing else`() async throws {
        func fix() async throws -> String { try await Operations(on: host).busy(app).fix ?? "" }
        #expect(try await fix() == "try again when it is done")
        let id = try await begin(owner: .this, release: 7)
        #expect(try await fix().hasSuffix("slipway builds:cancel shop"))
        try await host.store.write { try OperationsTable.beginStep("switch", of: id, at: .now, $0) }
        #expect(try await fix() == "try again when it is done")
        try await host.store.write { [app] database in
            try OperationsTable.end(id, .finished, failure: nil, at: .now, database)
            let stop = NewOperation(app: app.id, kind: "stop", caller: "ana", summary: "ps:stop", token: nil)
            _ = try OperationsTable.begin(stop, owner: .this, at: .now, database)
        }
        #expect(try await fix() == "try again when it is done")
    }

    @Test func `builds past retention are forgotten with what they said, but not one that may be needed`() async throws
    {
        try await build("b0", release: 1)
        for index in 1...4 { try await build("b\(index)", release: 10 + index, .failed, at: Int64(index)) }
        try await build("b5", release: 20, .running, at: 5)
        try await SetProperty<BuildsCommands>.parse(["shop", "retention", "2"]).run(on: host)
        try await BuildsForget.parse(["shop"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("-----> Forgot 3 builds of shop\n"))
        let left = try await Builds(on: host).all(of: app)
        #expect(left.map(\.id) == ["b5", "b4", "b0"])
        #expect(left.first?.status == .abandoned)
        #expect(try listFolder(host.paths.logs(of: app.id)) == ["build-b0.log", "build-b4.log", "build-b5.log"])
        try await BuildsForget.parse(["--all-apps"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("-----> Forgot 0 builds of shop\n"))
        #expect(await code { try await BuildsForget.parse([]).run(on: host) } == .usage)
        #expect(await code { try await BuildsForget.parse(["shop", "--all-apps"]).run(on: host) } == .usage)
        #expect(await code { try await BuildsForget.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test(arguments: ["0", "1.5", "x", "10001"]) func `retention is a number`(value: String) async throws {
        let command = try SetProperty<BuildsCommands>.parse(["shop", "retention", value])
        #expect(await code { try await command.run(on: host) } == .malformed)
    }

    @Test func `the report tells the latest under Dokku's keys`() async throws {
        try await build("b1", release: 7, .failed)
        for flag in ["build-id", "build-status", "build-exit-code", "builds-computed-retention"] {
            try await ReportCommand<BuildsCommands>.parse(["shop", "--\(flag)"]).run(on: host)
        }
        #expect(fake.transcript.answer == "b1\nfailed\n1\n20\n")
    }

    @Test func `what is cancelled is told apart from what fails`() {
        #expect(Build.Status(after: "P204 cancelled") == .canceled)
        #expect(Build.Status(after: "P102 a step failed") == .failed)
        #expect(Build.Status(after: nil) == .failed)
    }
}
