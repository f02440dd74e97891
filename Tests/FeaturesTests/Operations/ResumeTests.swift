import ArgumentParser
import Core
import Files
import GRDB
import Glibc
import Programs
import Proxying
import Scheduling
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `operations that were left` {
    let fake = Fake()
    let host: Host
    let app: App

    init() async throws {
        host = try Host.fake(fake)
        app = try await host.deployedApp()
    }

    /// A stop that was begun by a process, whose row is written.
    private func leave(by owner: Owner) async throws -> Int64 {
        let notes = ["release": "7", "token": "s3cret"]
        return try await host.begin("stop", of: app.id, by: owner, notes: notes, done: ["row"]) { [app] in
            try AppsTable.setStopped(true, app.id, $0)
        }
    }

    /// A process of our own that does nothing, with its owner's record.
    private func sleeper() throws -> Owner {
        let process = try Programs.live.detach(Program("/bin/sleep", ["60"]), nil)
        let facts = try #require(ProcessFacts(of: process))
        return Owner(process: process, processStart: facts.start, boot: Owner.this.boot)
    }

    @Test func `one without an owner is brought to its end`() async throws {
        let id = try await leave(by: .dead)
        try await OperationsResume.parse(["\(id)"]).run(on: host)
        #expect(try await Operations(on: host).find(id).status == .finished)
        #expect(fake.scheduler.entries.values.allSatisfy { $0.phase != .running })
        #expect(fake.proxy.sites[app.id.text]?.state == .unavailable)
        #expect(fake.transcript.progress.contains("Operation \(id) is now finished"))
    }

    @Test(.timeLimit(.minutes(1))) func `what a dead owner has started is ended before anything is settled`()
        async throws
    {
        let (gone, other) = (Owner.dead, Owner(process: 999_999_998, processStart: "1", boot: "another"))
        func started(by owner: Owner) throws -> Int32 {
            let environment = ProgramEnvironment.exactly([Owner.variable: owner.mark])
            let script = Program("/bin/sh", ["-c", "sleep 60 & wait"], environment: environment)
            return try Programs.live.detach(script, nil)
        }
        let (child, stranger) = (try started(by: gone), try started(by: other))
        defer { for process in [child, stranger] { kill(process, SIGKILL) } }
        let grandchild = try await eventuallyChild(of: child)
        _ = try await leave(by: gone)
        try await OperationsResume.parse([]).run(on: host)
        #expect(ProcessFacts(of: child)?.isGone != false)
        #expect(ProcessFacts(of: grandchild)?.isGone != false)
        #expect(ProcessFacts(of: stranger)?.isGone == false)
        try other.endChildren()
    }

    @Test(.timeLimit(.minutes(1))) func `what a dead owner has started is ended while the journal names that owner`()
        async throws
    {
        // One of its own: what belongs to it is ended all over this machine.
        let gone = Owner(process: 999_999_997, processStart: "1", boot: "another")
        let environment = ProgramEnvironment.exactly([Owner.variable: gone.mark])
        let child = try Programs.live.detach(Program("/bin/sleep", ["60"], environment: environment), nil)
        defer { kill(child, SIGKILL) }
        let id = try await leave(by: gone)
        // As for an adopter that dies at once, the next one finds what the first has left.
        try await host.store.write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER nobody_adopts BEFORE UPDATE OF process ON operations
                    BEGIN SELECT RAISE(ABORT, 'planted'); END
                    """
            )
        }
        await #expect(throws: (any Error).self) { try await Operations(on: host).settleOrphans(of: app) }
        #expect(try await Operations(on: host).find(id).owner == gone)
        #expect(ProcessFacts(of: child)?.isGone != false)
    }

    private func eventuallyChild(of process: Int32) async throws -> Int32 {
        var found: Int32?
        try await eventually("process \(process) has a child") {
            found = try ProcessFacts.descendants(of: process).first?.process
            return found != nil
        }
        return try #require(found)
    }

    @Test func `a living owner's children are left alone`() throws {
        let environment = ProgramEnvironment.exactly([Owner.variable: Owner.this.mark])
        let child = try Programs.live.detach(Program("/bin/sleep", ["60"], environment: environment), nil)
        defer { kill(child, SIGKILL) }
        #expect(try Owner.this.endChildren() == 0)
        #expect(ProcessFacts(of: child)?.isGone == false)
    }

    @Test func `all of them without a number`() async throws {
        let id = try await leave(by: .dead)
        try await OperationsResume.parse([]).run(on: host)
        #expect(try await Operations(on: host).find(id).status == .finished)
    }

    @Test func `JSON names the app of each`() async throws {
        let id = try await leave(by: .dead)
        try await OperationsResume.parse(["--format", "json"]).run(on: host)
        #expect(fake.transcript.answer.contains(#""app":"shop""#), "\(fake.transcript.answer)")
        // One that has another lock, and tells its app by a note.
        try await host.store.write { [app] database in
            try database.execute(sql: "UPDATE operations SET app_id = '0000000009' WHERE id = ?", arguments: [id])
            try OperationsTable.note(["app": app.id.text], of: id, database)
        }
        let before = fake.transcript.answer.count
        try await OperationsResume.parse(["\(id)", "--format", "json"]).run(on: host)
        #expect(fake.transcript.answer.dropFirst(before).contains(#""app":"shop""#))
    }

    @Test func `one that has ended is left as it is`() async throws {
        let id = try #require(try await Operations(on: host).recent(of: app).first).id
        try await OperationsResume.parse(["\(id)", "--force"]).run(on: host)
        #expect(fake.transcript.progress.contains("Operation \(id) was already finished"))
    }

    @Test func `a living owner is named and refused`() async throws {
        let owner = try sleeper()
        defer { kill(owner.process, SIGKILL) }
        let id = try await leave(by: owner)
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        defer { lock.release() }
        await #expect { try await OperationsResume.parse(["\(id)"]).run(on: host) } throws: {
            let failure = $0 as? Failure
            return failure?.code == .busy && failure?.why?.contains("process \(owner.process) is alive") == true
        }
        #expect(owner.isAlive)
        #expect(try await Operations(on: host).find(id).status == .running)
    }

    @Test(.timeLimit(.minutes(1))) func `force ends the owner, frozen or not`() async throws {
        let owner = try sleeper()
        kill(owner.process, SIGSTOP)
        while owner.liveness != .frozen { await Task.yield() }
        let id = try await leave(by: owner)
        #expect(try await Operations(on: host).holder(of: app).contains("its process \(owner.process) is frozen"))
        #expect(try await Operations(on: host).busy(app).fix?.contains("operations:resume \(id) --force") == true)
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        let letting = Task {
            try await eventually("the owner has ended") { !owner.isAlive }
            lock.release()
        }
        defer { letting.cancel() }
        try await OperationsResume.parse(["\(id)", "--force"]).run(on: host)
        while owner.isAlive { await Task.yield() }
        #expect(try await Operations(on: host).find(id).status == .finished)
    }

    @Test func `an owner that lives and has let the lock go is not waited for, and not ended`() async throws {
        let owner = try sleeper()
        defer { kill(owner.process, SIGKILL) }
        let id = try await leave(by: owner)
        try await OperationsResume.parse(["\(id)", "--force"]).run(on: host)
        #expect(owner.isAlive)
        #expect(try await Operations(on: host).find(id).status == .finished)
    }

    @Test func `what cannot be brought to its end has no owner until somebody tries again`() async throws {
        let id = try await leave(by: .dead)
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        _ = try await Operations(on: host).settleAllOrphans()
        let left = try await Operations(on: host).find(id)
        #expect(left.status == .running && !left.owner.isAlive)
        fake.proxy.refuse(with: nil)
        _ = try await Operations(on: host).settleAllOrphans()
        #expect(try await Operations(on: host).find(id).status == .finished)
    }

    @Test func `a process with the same id that started later is another one`() throws {
        var owner = Owner.this
        #expect(owner.liveness == .alive)
        owner.processStart = "1"
        #expect(owner.liveness == .dead)
        owner = .this
        owner.boot = "another"
        #expect(owner.liveness == .dead)
    }

    @Test func `the end of an app whose last row is gone is brought to its end too`() async throws {
        let id = try await host.begin("destroy", of: app.id) { [app] in try AppsTable.delete(app.id, $0) }
        _ = try await Operations(on: host).settleAllOrphans()
        #expect(try await Operations(on: host).find(id).status == .finished)
    }
}

@Suite struct `the journal shown` {
    let fake = Fake()
    let host: Host
    let app: App

    init() async throws {
        host = try Host.fake(fake)
        app = try await host.deployedApp()
    }

    @Test func `what runs stands first, then the latest`() async throws {
        let id = try await host.begin("stop", of: app.id)
        try await host.store.write {
            try $0.execute(
                sql: """
                    INSERT INTO operations (app_id, kind, status, caller, summary, fence, started_at, heartbeat, process,
                    process_start, boot) VALUES ('gone567890', 'destroy', 'finished', 'bo', 'later', 1, 1, 1, 1, '1', '')
                    """
            )
        }
        try await OperationsList.parse([]).run(on: host)
        let lines = fake.transcript.answer.split(separator: "\n").map(String.init)
        let rows = lines.filter { $0.first?.isNumber == true }
        #expect(rows.first?.contains("orphaned") == true, "\(lines)")
        #expect(rows.first?.hasPrefix("\(id) ") == true, "\(lines)")
        #expect(rows.dropFirst().first?.contains("(gone)") == true, "\(lines)")
        try await OperationsList.parse(["shop", "--format", "json"]).run(on: host)
        #expect(!fake.transcript.answer.contains("gone567890"))
    }

    @Test func `JSON names a service as the table does`() async throws {
        try await host.furnishService(for: app)
        let service = try #require(try await Services(on: host).all().first)
        let id = try await host.begin("stop", of: service.id, by: .this)
        try await OperationsList.parse([]).run(on: host)
        let row = fake.transcript.answer.split(separator: "\n").first { $0.hasPrefix("\(id) ") }
        #expect(row?.contains(" postgres db ") == true)
        for words in [["operations:list", "--json"], ["operations:info", "\(id)", "--json"]] {
            let before = fake.transcript.answer.count
            if words.count == 2 {
                try await OperationsList.parse(Array(words.dropFirst())).run(on: host)
            } else {
                try await OperationsInfo.parse(Array(words.dropFirst())).run(on: host)
            }
            #expect(fake.transcript.answer.dropFirst(before).contains(#""service":"postgres db""#))
        }
        try await OperationsInfo.parse(["\(id)"]).run(on: host)
        #expect(fake.transcript.answer.contains("Service:                       postgres db"))
    }

    @Test func `what something else does about an app is among what was done to it`() async throws {
        let id = try AppID("0000000009")
        let number = try await host.begin("template", of: id, by: .this, notes: ["app": app.id.text, "name": "shop"])
        #expect(try await Operations(on: host).recent(of: app).map(\.id).contains(number))
        try await OperationsList.parse(["shop"]).run(on: host)
        let line = fake.transcript.answer.split(separator: "\n").first { $0.hasPrefix("\(number) ") }
        #expect(line?.contains("shop") == true && line?.contains("(gone)") == false)
    }

    @Test func `one says its steps, its fate and no secret`() async throws {
        let notes = ["release": "7", "password": "s3cret"]
        let id = try await host.begin("deploy", of: app.id, by: .this, notes: notes, begun: "switch")
        try await OperationsInfo.parse(["\(id)"]).run(on: host)
        try await OperationsInfo.parse(["\(id)", "--json"]).run(on: host)
        let text = fake.transcript.answer
        #expect(text.contains("undone: nginx may have either"))
        #expect(text.contains("release=7") && text.contains("password=******"))
        #expect(!text.contains("s3cret"))
        #expect(text.contains(", alive"))
    }

    @Test func `one that there is not is not found`() async throws {
        await #expect { try await OperationsInfo.parse(["4711"]).run(on: host) } throws: {
            ($0 as? Failure)?.code == .notFound
        }
    }

    @Test func `processes are read with whatever name they have`() throws {
        let fields = (1...19).map { "\($0)" }.joined(separator: " ")
        let facts = try #require(ProcessFacts(42, "42 (a) b (c) T 7 \(fields)"))
        #expect(facts.parent == 7)
        #expect(facts.isStopped && !facts.isGone)
        #expect(facts.start == "18")
        #expect(ProcessFacts(42, "42 (a) S 7") == nil)
    }
}
