import Core
import Files
import GRDB
import Store
import Synchronization
import Testing

@testable import Features

@Suite struct `operations` {
    /// Two steps, one to undo and one to finish.
    enum TestStep: String, StepName {
        case first, second
        var orphan: OrphanRule { self == .first ? .undone(because: "a test") : .finished(because: "a test") }
    }

    let host: Host
    let app: App
    let settled = Settled()

    /// Counts how often the kind was settled.
    final class Settled: Sendable {
        private let count = Mutex(0)
        func add() { count.withLock { $0 += 1 } }
        var times: Int { count.withLock { $0 } }
    }

    init() async throws {
        host = try Host.fake()
        app = try await Apps(on: host).create(try AppName("shop"))
    }

    private var kind: OperationKind {
        OperationKind("test", steps: TestStep.self) { [settled] operation, _, _ in
            settled.add()
            return operation.isDone(TestStep.first) ? .finished : .undone
        }
    }

    @Test func `a good one is finished and not settled`() async throws {
        let value = try await Operations(on: host).run(kind, on: app, "test") { held in
            try await held.step(TestStep.first) { 7 }
        }
        #expect(value == 7)
        #expect(settled.times == 0)
        #expect(try await host.store.read { try OperationsTable.running(app.id, $0) }.isEmpty)
    }

    @Test func `a failed one is settled by what its steps say`() async throws {
        await #expect(throws: Failure.self) {
            try await Operations(on: host).run(kind, on: app, "test") { held in
                try await held.step(TestStep.first) {}
                throw Failure(.bug, "planted")
            }
        }
        #expect(settled.times == 1)
        #expect(try await host.store.read { try OperationsTable.find(1, $0) }?.status == .finished)
    }

    @Test func `the lock is free after success and after failure`() async throws {
        for fails in [false, true] {
            try? await Operations(on: host).run(kind, on: app, "test") { _ in
                if fails { throw Failure(.bug, "planted") }
            }
            let lock = try FileLock.tryTake(host.paths.lock(of: app.id))
            #expect(lock != nil)
            lock?.release()
        }
    }

    @Test func `a held lock is busy, and says for whom`() async throws {
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        await #expect { try await Operations(on: host).run(kind, on: app, "test", waiting: .zero) { _ in } } throws: {
            ($0 as? Failure)?.code == .busy
        }
        lock.release()
    }

    @Test func `who holds a lock without an operation has a name, and nobody else has it`() async throws {
        var typed = host
        typed.caller.command = "git:sync"
        let operations = Operations(on: typed)
        let lock = try await operations.take(app, waiting: .zero)
        #expect(try await operations.holder(of: app) == "git:sync by ana, since 0 s")
        let inside = try await operations.run(kind, on: app, "a change", holding: lock) { [app] _ in
            try await operations.holder(of: app)
        }
        #expect(inside == "a change by ana, since 0 s")
        await #expect { try await operations.take(app, waiting: .zero) } throws: {
            (($0 as? Failure)?.why ?? "").hasPrefix("git:sync by ana")
        }
        lock.say(#"{"summary":"git:sy"#)
        #expect(try await operations.holder(of: app) == "another command")
        lock.release()
        let named = try #require(try operations.tryTake(app.id, "the nightly tidying"))
        #expect(try await operations.holder(of: app).hasPrefix("the nightly tidying by ana"))
        named.release()
        let bare = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        #expect(try await operations.holder(of: app) == "another command")
        bare.release()
    }

    @Test func `what a dead holder has left in the lock's file is nobody's name`() async throws {
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        var note = LockNote("git:sync", by: "ana", since: host.time.now())
        note.leave(with: lock)
        #expect(try await Operations(on: host).holder(of: app).hasPrefix("git:sync by ana"))
        note.owner.boot = "another"
        note.leave(with: lock)
        #expect(try await Operations(on: host).holder(of: app) == "another command")
        lock.release()
    }

    @Test func `whoever lost the fence writes nothing`() async throws {
        await #expect {
            try await Operations(on: host).run(kind, on: app, "test") { held in
                try await host.store.write { try $0.execute(sql: "UPDATE fences SET number = number + 1") }
                try await held.write { try AppsTable.setLock("must not be there", on: app.id, $0) }
            }
        } throws: { ($0 as? Failure)?.code == .lostLock }
        #expect(try await Apps(on: host).find(app.id).lock == nil)
    }

    @Test func `a locked app refuses at once`() async throws {
        try await Apps(on: host).setLock("freeze", on: app)
        await #expect { try await Operations(on: host).run(kind, on: app, "test") { _ in } } throws: {
            ($0 as? Failure)?.code == .locked && ($0 as? Failure)?.why == "freeze"
        }
    }

    @Test func `every kind has rules for all its steps`() {
        for kind in Features.operationKinds {
            #expect(!kind.steps.isEmpty, "\(kind.name) has no step")
        }
        #expect(Set(Features.operationKinds.map(\.name)).count == Features.operationKinds.count)
    }
}
