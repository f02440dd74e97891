import ArgumentParser
import Core
import Scheduling
import Synchronization
import Testing

@testable import Features

/// Work for many apps, as wide as was asked for.
@Suite(.timeLimit(.minutes(2))) struct `work for many apps` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    /// Lets nobody on before so many have come, and counts how many are inside at once.
    private final class Gate: Sendable {
        private let state = Mutex<(inside: Int, most: Int, waiting: [CheckedContinuation<Void, Never>])>((0, 0, []))
        private let width: Int

        init(_ width: Int) { self.width = width }

        var most: Int { state.withLock(\.most) }

        func pass() async {
            await withCheckedContinuation { turn in
                let released: [CheckedContinuation<Void, Never>] = state.withLock { state in
                    state.inside += 1
                    state.most = max(state.most, state.inside)
                    state.waiting.append(turn)
                    guard state.waiting.count == width else { return [] }
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for one in released { one.resume() }
            }
            state.withLock { $0.inside -= 1 }
        }
    }

    private func apps(_ count: Int, deployed: Bool = false) async throws -> [App] {
        for number in 1...count {
            if deployed {
                _ = try await host.deployedApp("app-\(number)")
            } else {
                try await Apps(on: host).create(try AppName("app-\(number)"))
            }
        }
        return try await Apps(on: host).list()
    }

    @Test(arguments: [1, 2, 3]) func `so many are at work at once, and no more`(_ width: Int) async throws {
        let gate = Gate(width)
        try await ManyApps(parallel: width).each(try await apps(6), host) { _ in await gate.pass() }
        #expect(gate.most == width)
    }

    @Test func `what becomes of each is told, and one that fails makes the whole fail`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await ManyApps(parallel: 2).each(try await apps(3), host, isTelling: true) { app in
                if app.name.text == "app-2" { throw Failure(.busy, "somebody else works on it") }
            }
        }
        #expect(failure?.what == "1 app failed")
        #expect(failure?.code.status.rawValue == 1)
        let end = "=====> app-1: done\n=====> app-2: failed (P201)\n=====> app-3: done\n"
        #expect(fake.transcript.progress.hasSuffix(end))
    }

    @Test func `apps are deployed side by side, each under its own lock`() async throws {
        _ = try await apps(4, deployed: true)
        let gate = Gate(2)
        fake.scheduler.watch { if $0.hasPrefix("start") { await gate.pass() } }
        try await PsRestart.parse(["--all", "--parallel", "2"]).run(on: host)
        #expect(gate.most == 2)
        for app in try await Apps(on: host).list() {
            let kinds = try await Operations(on: host).recent(of: app, limit: 10)
            #expect(kinds.count == 2 && kinds.allSatisfy { $0.status == .finished })
        }
        #expect(fake.transcript.progress.hasSuffix("=====> app-3: done\n=====> app-4: done\n"))
    }

    @Test func `one that does not come up keeps no other from it`() async throws {
        _ = try await apps(3, deployed: true)
        let second = try await Apps(on: host).find(try AppName("app-2"))
        try await Apps(on: host).setLock("held", on: second)
        let failure = await #expect(throws: Failure.self) {
            try await PsRestart.parse(["--all", "--parallel", "3"]).run(on: host)
        }
        #expect(failure?.code.status == .failed)
        let end = "=====> app-1: done\n=====> app-2: failed (P203)\n=====> app-3: done\n"
        #expect(fake.transcript.progress.hasSuffix(end))
    }

    @Test(arguments: [1, 3]) func `what is restored is started as wide as was asked for`(_ width: Int) async throws {
        let bench = try RepairBench()
        let scheduler = bench.fake.scheduler
        for number in 1...6 { _ = try await bench.host.deployedApp("app-\(number)") }
        for handle in scheduler.entries.keys { scheduler.set(.exited(code: 0, outOfMemory: false), of: handle) }
        let gate = Gate(width)
        scheduler.watch { if $0.hasPrefix("start") { await gate.pass() } }
        let report = try await Repair(on: bench.host, desk: bench.desk.desk, width: width).run(isDry: false)
        #expect(gate.most == width)
        #expect(report.isGood && report.all.count == 6)
        #expect(scheduler.entries.values.allSatisfy { $0.phase == .running })
    }

    @Test func `the proxy of all apps is turned off side by side`() async throws {
        _ = try await apps(3, deployed: true)
        try await ProxyDisable.parse(["--all", "--parallel", "3"]).run(on: host)
        #expect(fake.proxy.sites.isEmpty)
        try await ProxyEnable.parse(["--all", "--parallel", "-1"]).run(on: host)
        #expect(fake.proxy.sites.count == 3)
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        try await ProxyDisable.parse(["--all"]).run(on: host)
        let failure = await #expect(throws: Failure.self) {
            try await ProxyEnable.parse(["--all", "--parallel", "2"]).run(on: host)
        }
        #expect(failure?.what == "3 apps failed" && failure?.code.status == .failed)
    }
}
