import ArgumentParser
import Building
import Core
import Scheduling
import Testing

@testable import Features

@Suite struct `resource` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func run(_ words: String) async throws {
        let parts = words.split(separator: " ").map(String.init)
        switch parts[0] {
        case "limit": try await ResourceLimit.parse(Array(parts.dropFirst())).run(on: host)
        case "limit-clear": try await ResourceLimitClear.parse(Array(parts.dropFirst())).run(on: host)
        case "reserve": try await ResourceReserve.parse(Array(parts.dropFirst())).run(on: host)
        default: try await ResourceReserveClear.parse(Array(parts.dropFirst())).run(on: host)
        }
    }

    private func limits(_ type: ProcessType = .web) async throws -> WorkloadLimits {
        let app = try await Apps(on: host).find(try AppName("shop"))
        return try await Releases(on: host).draft(of: app).limits(of: type)
    }

    @Test(arguments: [
        ("512", Int64(512) << 20, "512m"), ("512m", 512 << 20, "512m"), ("1024M", 1 << 30, "1g"), ("1g", 1 << 30, "1g"),
        ("8192k", 8 << 20, "8m"), ("6291457b", 6_291_457, "6291457b"),
    ])
    func `memory is MiB without a unit`(text: String, bytes: Int64, shown: String) throws {
        #expect(try ResourceAmount.memory(text) == bytes)
        #expect(ResourceAmount.text(memory: bytes) == shown)
        #expect(try ResourceAmount.memory(shown) == bytes)
    }

    @Test(arguments: [
        "", "m", "5m", "-1", "1.5g", "12x", "0", "99999999999999999999", "9223372036854775807g", "1 g", "٣",
    ])
    func `what is no memory is refused`(text: String) {
        #expect(throws: Failure.self) { try ResourceAmount.memory(text) }
    }

    @Test(arguments: [
        ("1", Int64(1_000_000_000), "1"), ("0.5", 500_000_000, "0.5"), (".25", 250_000_000, "0.25"),
        ("2.000", 2_000_000_000, "2"), ("0.01", 10_000_000, "0.01"),
    ])
    func `cores are decimal`(text: String, nanos: Int64, shown: String) throws {
        #expect(try ResourceAmount.cpu(text) == nanos)
        #expect(ResourceAmount.text(cpu: nanos) == shown)
    }

    @Test(arguments: ["", ".", "0", "0.001", "1.", "1.2.3", "-1", "1025", "1e3", "0.1234567891", "100m"])
    func `what is no number of cores is refused`(text: String) {
        #expect(throws: Failure.self) { try ResourceAmount.cpu(text) }
    }

    @Test func `a type has its own amounts, and the app's for the rest`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await run("limit --memory 64 --cpu 0.5 shop")
        try await run("limit --process-type worker --memory 1g shop")
        #expect(try await limits().memory == 64 << 20)
        let worker = try await limits(try ProcessType("worker"))
        #expect(worker.memory == 1 << 30)
        #expect(worker.nanoCPUs == 500_000_000)
        try await run("limit --memory clear shop")
        #expect(try await limits().memory == nil)
        #expect(try await limits().nanoCPUs == 500_000_000)
        try await run("limit-clear --process-type worker shop")
        #expect(try await limits(try ProcessType("worker")).memory == nil)
    }

    @Test func `limits reach instances with the next release, and come back with a rollback`() async throws {
        let app = try await host.deployedApp()
        try await run("limit --memory 64 shop")
        try await run("reserve --memory 32 shop")
        #expect(fake.transcript.progress.contains("takes effect at the next restart"))
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries["c2"]?.workload.limits.memory == 64 << 20)
        #expect(fake.scheduler.entries["c2"]?.workload.limits.memoryReservation == 32 << 20)
        let old = try await Releases(on: host).find(1, of: app)
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(old), settings: old.settings, source: "git-push", reason: "back"),
            on: app
        )
        #expect(try await limits() == WorkloadLimits())
    }

    @Test func `the same again is unchanged`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await run("limit --memory 512 shop")
        #expect(!fake.transcript.progress.contains("unchanged"))
        try await run("limit --memory 512m shop")
        #expect(fake.transcript.progress.contains("resources of shop are unchanged"))
    }

    @Test(arguments: [
        "limit --memory-swap 64 shop", "limit --memory 64 --memory-swap 32 shop", "reserve --memory 2g shop",
        "limit --process-type web --memory 32 shop",
    ])
    func `amounts that do not go together are refused, and nothing is kept`(words: String) async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        if words.contains("reserve") || words.contains("process-type") { try await run("limit --memory 1g shop") }
        if words.contains("process-type") { try await run("reserve --memory 64 shop") }
        let before = try await Resource(on: host).all(of: app)
        await #expect { try await run(words) } throws: { ($0 as? Failure)?.code == .malformed }
        #expect(try await Resource(on: host).all(of: app) == before)
    }

    @Test func `the report has Dokku's keys`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await run("limit --memory 512 shop")
        try await run("reserve --process-type web --memory 128 shop")
        try await ReportCommand<ResourceCommands>.parse(["shop", "--resource-_default_.limit.memory"]).run(on: host)
        try await ReportCommand<ResourceCommands>.parse(["shop", "--resource-web.reserve.memory"]).run(on: host)
        #expect(fake.transcript.answer == "512m\n128m\n")
    }

    @Test func `the labels of the report begin with a small letter`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await run("limit --memory 512 --process-type web shop")
        try await ReportCommand<ResourceCommands>.parse(["shop"]).run(on: host)
        #expect(fake.transcript.answer.contains("\n       resource web limit memory: "))
    }

    @Test func `without amounts it shows what is set`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await run("limit --memory 512 shop")
        try await run("limit --json shop")
        #expect(
            fake.transcript.answer
                == #"{"cpu":"","memory":"512m","memory-swap":"","network":"","network-egress":"","network-ingress":"","#
                + #""nvidia-gpu":""}"# + "\n"
        )
    }

    @Test func `every amount of Dokku's can be set, shown and cleared`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await run(
            "limit --cpu 1 --memory 64 --memory-swap -1 --network 20m --network-ingress 5 --network-egress 1gb "
                + "--nvidia-gpu 2 shop"
        )
        try await run("reserve --cpu 0.50 --memory 32 --memory-swap 64 --network 1 --nvidia-gpu 1 shop")
        func value(_ key: String) async throws -> String {
            let before = fake.transcript.answer.count
            try await ReportCommand<ResourceCommands>.parse(["shop", "--resource-_default_.\(key)"]).run(on: host)
            return String(fake.transcript.answer.dropFirst(before).dropLast())
        }
        let expected = [
            "limit.cpu": "1", "limit.memory": "64m", "limit.memory-swap": "-1", "limit.network": "20m",
            "limit.network-ingress": "5", "limit.network-egress": "1gb", "limit.nvidia-gpu": "2", "reserve.cpu": "0.5",
            "reserve.memory": "32m", "reserve.memory-swap": "64m", "reserve.network": "1", "reserve.nvidia-gpu": "1",
            "reserve.network-egress": "",
        ]
        for (key, wanted) in expected { #expect(try await value(key) == wanted, "\(key)") }
        #expect(try await limits().gpus == 2)
        try await run("limit --network clear shop")
        #expect(try await value("limit.network") == "")
        try await run("reserve-clear shop")
        #expect(try await value("reserve.cpu") == "")
        #expect(try await value("limit.nvidia-gpu") == "2")
        try await run("limit-clear shop")
        #expect(try await Resource(on: host).all(of: app).isEmpty)
        try await run("limit-clear shop")
        #expect(fake.transcript.progress.contains("resources of shop are unchanged"))
    }

    @Test(arguments: [
        "limit --network fast shop", "limit --nvidia-gpu 0 shop", "limit --nvidia-gpu all shop", "reserve --cpu x shop",
        "reserve --memory-swap x shop",
    ])
    func `amounts that are none are refused, and nothing is kept`(words: String) async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        await #expect { try await run(words) } throws: { ($0 as? Failure)?.code == .malformed }
        #expect(try await Resource(on: host).all(of: app).isEmpty)
    }

    @Test func `amounts of builds reach the build and no process`() async throws {
        let app = try await host.deployedApp()
        try await run("limit --process-type build --memory 64 --memory-swap 128 shop")
        #expect(fake.transcript.progress.contains("takes effect with the next build"))
        var release = try await Releases(on: host).find(1, of: app)
        release.settings = try await Releases(on: host).draft(of: app)
        let request = try await Builder(on: host).request(for: app, release)
        #expect(request.memory == 64 << 20)
        #expect(request.extra["memswap"] == ["134217728"])
        #expect(try await limits() == WorkloadLimits())
    }

    @Test func `an app that is not there has no amounts`() async throws {
        for words in ["limit --memory 64 nope", "limit nope", "limit-clear nope", "reserve nope", "reserve-clear nope"]
        {
            await #expect { try await run(words) } throws: { ($0 as? Failure)?.code == .noSuchApp }
        }
    }
}
