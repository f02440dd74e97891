import Core
import Engine
import Support
import SystemPackage
import Testing

@testable import Features

/// Two roots that are set up on one machine at once.
@Suite(.timeLimit(.minutes(1))) struct `the choice of a network` {
    @Test func `is another for each of many that choose at once`() async throws {
        let folder = try TemporaryFolder()
        let fake = FakeEngine()
        try await fake.with { host in
            let (engine, settings, lock) = (host.engine, host.settings, folder.path.appending("subnets"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...6 {
                    group.addTask {
                        var own = settings
                        (own.instance, own.subnet) = ("0000000\(number)", "")
                        let settled = try await Setup.takeNetwork(own, engine, lock: lock) { kept in
                            #expect(!kept.subnet.isEmpty)
                        }
                        #expect(!settled.subnet.isEmpty)
                    }
                }
                try await group.waitForAll()
            }
        }
        let subnets = fake.networks.values.flatMap(\.subnets)
        #expect(subnets.count == 6 && Set(subnets).count == 6, "\(subnets)")
    }

    @Test func `is written down before the network is made`() async throws {
        let folder = try TemporaryFolder()
        let fake = FakeEngine()
        try await fake.with { host in
            var settings = host.settings
            settings.subnet = ""
            await #expect(throws: Failure.self) {
                _ = try await Setup.takeNetwork(settings, host.engine, lock: folder.path.appending("x")) { _ in
                    throw Failure(.disk, "no room")
                }
            }
        }
        #expect(fake.networks.isEmpty)
    }
}
