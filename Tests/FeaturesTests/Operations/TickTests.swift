import Core
import Files
import Programs
import Store
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite struct `tick` {
    final class Detached: Sendable {
        private let words = Mutex<[[String]]>([])
        func add(_ more: [String]) { words.withLock { $0.append(more) } }
        var all: [[String]] { words.withLock { $0 } }
    }

    let detached = Detached()
    let fake: Fake
    let host: Host
    let app: App

    init() async throws {
        var fake = Fake()
        let detached = detached
        fake.programs.detach = { program, _ in
            detached.add(program.arguments)
            return 1
        }
        self.fake = fake
        host = try Host.fake(fake)
        app = try await host.deployedApp()
    }

    private func retire() async throws {
        try await host.store.write { database in
            let all = try PsTable.instances(of: app.id, database).map(\.id)
            try PsTable.setState(.retiring, of: all, database)
        }
    }

    @Test func `ends what a dead process began`() async throws {
        try await host.begin("deploy", of: app.id)
        try await Tick(on: host).run()
        #expect(try await host.store.read { try OperationsTable.allRunning($0) }.isEmpty)
    }

    @Test func `leaves alone what a living process holds`() async throws {
        try await host.begin("deploy", of: app.id, by: .this)
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        try await Tick(on: host).run()
        #expect(try await host.store.read { try OperationsTable.allRunning($0) }.count == 1)
        lock.release()
    }

    @Test func `goes on draining when nobody does`() async throws {
        try await Tick(on: host).run()
        #expect(detached.all.isEmpty)
        try await retire()
        let drainer = try #require(try FileLock.tryTake(host.paths.locks.appending("\(app.id).drain")))
        try await Tick(on: host).run()
        #expect(detached.all.isEmpty)
        drainer.release()
        try await Tick(on: host).run()
        #expect(detached.all == [["drain", app.id.text]])
    }

    @Test func `tidies once a day`() async throws {
        try await Tick(on: host).run()
        let first = try await host.store.read { try HostTable.moment("tidied", $0) }
        #expect(first != nil)
        try await Tick(on: host).run()
        #expect(try await host.store.read { try HostTable.moment("tidied", $0) } == first)
        try await Tick(on: host).run(isTidying: true)
        #expect(try await host.store.read { try HostTable.moment("tidied", $0) } != first)
        let old = Timestamp(milliseconds: host.time.now().milliseconds - 25 * 3_600_000)
        try await host.store.write { try HostTable.setMoment("tidied", to: old, $0) }
        try await Tick(on: host).run()
        #expect(try await host.store.read { try HostTable.moment("tidied", $0) } != old)
    }

    @Test func `one at a time`() async throws {
        let other = try #require(try FileLock.tryTake(host.paths.locks.appending("tick")))
        try await Tick(on: host).run(isTidying: true)
        #expect(try await host.store.read { try HostTable.moment("tidied", $0) } == nil)
        other.release()
    }
}
