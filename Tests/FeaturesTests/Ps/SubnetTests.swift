import Core
import GRDB
import Proxying
import Store
import Testing

@testable import Features

@Suite struct `addresses` {
    @Test func `the lower half is reserved, the upper floats`() throws {
        let subnet = try #require(Subnet("172.30.16.0/20"))
        #expect(subnet.gateway == "172.30.16.1")
        #expect(subnet.floatingRange == "172.30.24.0/21")
        #expect(subnet.reservable.first == "172.30.16.2")
        #expect(subnet.reservable.last == "172.30.23.255")
    }

    @Test(arguments: ["", "1.2.3.4", "1.2.3.4/33", "1.2.3/8", "1.2.3.4.5/8", "a.b.c.d/8", "1.2.3.256/8"])
    func `what is no network is none`(text: String) { #expect(Subnet(text) == nil) }

    @Test func `a free network meets none that is taken`() throws {
        let taken = try ["172.24.0.0/13", "10.208.0.0/16", "10.209.0.0/20"].map { try #require(Subnet($0)) }
        let chosen = try #require(Subnet.choose(avoiding: taken))
        #expect(chosen.length == 20)
        #expect(!taken.contains(where: chosen.overlaps))
        #expect(Subnet.choose(avoiding: [Subnet(base: 0, length: 0)]) == nil)
    }

    @Test func `routes are read from the kernel's table`() {
        let table =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
            + "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
            + "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
        #expect(Routes.parse(table).map(\.text) == ["172.17.0.0/16"])
    }

    @Test func `an address rests before it is given again`() async throws {
        let host = try Host.fake()
        let app = try await host.deployedApp(web: 2)
        let used = Set(try await Ps(on: host).instances(of: app).map(\.address))
        #expect(used.count == 2)
        try await Ps(on: host).remove(try await Ps(on: host).instances(of: app))
        let next = try await host.store.read { database in
            try Addresses(subnet: "172.30.0.0/20").choose(2, at: host.time.now(), database)
        }
        #expect(used.isDisjoint(with: next))
    }

    /// A proxy whose workers of before some generation live on.
    private struct OldWorkers: Proxy {
        var living: Int?

        func publish(_ sites: [Site]) async throws {}
        func withdraw(_ ids: [String]) async throws {}
        func check() async throws {}
        func configuration(of id: String) throws -> String? { nil }
        func install() async throws {}
        func isServing(_ site: Site) throws -> Bool { true }
        func hasWorkers(olderThan generation: Int) throws -> Bool { living.map { $0 < generation } ?? false }
    }

    /// Two addresses, given up by the generations 5 and 9; nothing else is free.
    private func choice(_ proxy: (any Proxy)?, generations: [Int?], after rest: Duration = .zero) async throws
        -> [String]
    {
        let host = try Host.fake()
        let now = host.time.now()
        return try await host.store.write { database in
            for (address, generation) in zip(["10.0.0.2", "10.0.0.3"], generations) {
                try database.execute(
                    sql: "INSERT INTO freed_addresses (address, at, generation) VALUES (?, ?, ?)",
                    arguments: [address, now.milliseconds, generation]
                )
            }
            let pool = Addresses(subnet: "10.0.0.0/29", proxy: proxy)
            return try pool.choose(1, at: now + rest, database)
        }
    }

    @Test func `an address is free once no worker of before lives, however short that was`() async throws {
        #expect(try await choice(OldWorkers(living: nil), generations: [5, 9]) == ["10.0.0.2"])
        #expect(try await choice(OldWorkers(living: 6), generations: [9, 5]) == ["10.0.0.3"])
    }

    @Test func `an address that a worker holds is not given, however long that is`() async throws {
        for living in [0, 4] {
            await #expect {
                try await choice(OldWorkers(living: living), generations: [5, 9], after: .seconds(86_400))
            } throws: { ($0 as? Failure)?.code == .noAddress }
        }
    }

    @Test func `where nothing is known it rests for an hour`() async throws {
        for (proxy, generation) in [(OldWorkers(living: nil) as (any Proxy)?, nil as Int?), (nil, 5)] {
            await #expect(throws: Failure.self) {
                try await choice(proxy, generations: [generation, generation], after: .seconds(3600))
            }
            #expect(
                try await choice(proxy, generations: [generation, generation], after: .seconds(3601)) == ["10.0.0.2"]
            )
        }
    }
}
