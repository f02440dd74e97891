import FoundationEssentials
import Support
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1)))
struct `facts of the whole engine` {
    private static let second = """
        {"read":"2024-02-29T00:00:00Z","pids_stats":{"current":3,"limit":50},"num_procs":0,
        "networks":{"eth0":{"rx_bytes":10,"tx_bytes":20},"eth1":{"rx_bytes":1,"tx_bytes":2}},
        "blkio_stats":{"io_service_bytes_recursive":[{"major":8,"minor":0,"op":"read","value":5},
        {"major":8,"minor":16,"op":"read","value":6},{"major":8,"minor":0,"op":"write","value":7}]},
        "cpu_stats":{"cpu_usage":{"total_usage":100},"system_cpu_usage":1000,"online_cpus":4,
        "throttling_data":{"periods":1,"throttled_periods":1,"throttled_time":9}},"precpu_stats":{},
        "memory_stats":{"usage":500,"limit":1000,"stats":{"inactive_file":200,"anon":1}}}
        """

    private static let first = """
        {"pids_stats":{"current":3},"networks":{"eth0":{"rx_bytes":11,"tx_bytes":22}},
        "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":11},{"op":"Write","value":7},
        {"op":"Total","value":18}]},
        "cpu_stats":{"cpu_usage":{"total_usage":100,"percpu_usage":[1,2,3,4]},"system_cpu_usage":1000,
        "throttling_data":{"throttled_time":9}},
        "memory_stats":{"usage":500,"limit":1000,"stats":{"inactive_file":1,"total_inactive_file":200}}}
        """

    @Test(arguments: [first, second])
    func `have the same numbers under both cgroup versions`(answer: String) async throws {
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, server in
            var expected = ContainerStats()
            expected.cpu = 100
            expected.systemCPU = 1000
            expected.onlineCPUs = 4
            expected.throttled = 9
            expected.memory = 300
            expected.memoryLimit = 1000
            expected.pids = 3
            expected.received = 11
            expected.sent = 22
            expected.read = 11
            expected.written = 7
            let stats = try await engine.stats("c1")
            #expect(stats == expected)
            #expect(server.requests.first?.query("stream") == "false")
        }
    }

    @Test func `are all zero for a container that does not run`() async throws {
        let answer = #"{"pids_stats":{},"blkio_stats":{"io_service_bytes_recursive":null},"memory_stats":{}}"#
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, _ in
            let stats = try await engine.stats("c1")
            #expect(stats == ContainerStats())
        }
    }

    @Test func `name no foreign volume`() async throws {
        let answer = """
            {"LayersSize":1000,"Images":[],"Containers":[],"BuildCache":[{"ID":"a","Size":5,"Shared":false},
            {"ID":"b","Size":7,"Shared":true}],"Volumes":[
            {"Name":"ours","Labels":{"slipway.instance":"0badcafe"},"UsageData":{"Size":3,"RefCount":1}},
            {"Name":"unknown","Labels":{"slipway.instance":"0badcafe"},"UsageData":{"Size":-1,"RefCount":1}},
            {"Name":"theirs","Labels":{"slipway.instance":"ffffffff"},"UsageData":{"Size":9,"RefCount":1}},
            {"Name":"foreign","Labels":null,"UsageData":null}]}
            """
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, _ in
            let usage = try await engine.df()
            #expect(usage == DiskUsage(layers: 1000, buildCache: 5, volumes: ["ours": 3, "unknown": 0]))
        }
    }

    @Test func `are events with their times`() async throws {
        let answer = """
            {"status":"die","id":"c1","Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":
            {"exitCode":"137","name":"shop.web.1"}},"scope":"local","time":1709164800,"timeNano":1709164800500000000}
            """.replacing("\n", with: "") + "\n"
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, server in
            let events = try await engine.events(since: Date(timeIntervalSince1970: 1)).all()
            let time = Date(timeIntervalSince1970: 1_709_164_800.5)
            let facts = ["exitCode": "137", "name": "shop.web.1"]
            #expect(events == [EngineEvent(kind: "container", action: "die", id: "c1", attributes: facts, time: time)])
            #expect(server.requests.first?.query("since") == "1.000000000")
            #expect(server.requests.first?.query("until") == nil)
        }
    }

    @Test func `are only the events that were asked for, and no stranger's line ends them`() async throws {
        let die = #"{"Type":"container","Action":"die","Actor":{"ID":"c1"},"timeNano":1709164800500000000}"#
        try await StubHTTPServer.with { _ in
            .json("[1]\n\(die)\n{\"Type\":\"contai")
        } _: { engine, server in
            let events = try await engine.events(of: "container", actions: ["die", "oom"]).all()
            #expect(events.map(\.id) == ["c1"])
            let filter = server.requests.first?.query("filters") ?? ""
            #expect(filter.contains(#""event":["die","oom"]"#))
            #expect(filter.contains(#""type":["container"]"#))
            #expect(filter.contains("slipway.instance=0badcafe"))
        }
    }

    @Test func `are subnets of everybody, and nothing else of theirs`() async throws {
        let answer = """
            [{"Id":"a","IPAM":{"Config":[{"Subnet":"172.17.0.0/16"},{"Subnet":"fd00::/64"}]}},
            {"Id":"b","IPAM":{"Config":null}},{"Id":"c","IPAM":{"Config":[{}]}}]
            """
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, _ in
            let subnets = try await engine.allSubnets()
            #expect(subnets == ["172.17.0.0/16", "fd00::/64"])
        }
    }
}
