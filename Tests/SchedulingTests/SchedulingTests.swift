import Core
import Engine
import FoundationEssentials
import Support
import Synchronization
import Testing

@testable import Scheduling

/// What the engine is really sent.
@Suite(.timeLimit(.minutes(1)))
struct `workloads at the engine` {
    private func with(
        _ reply: @escaping @Sendable (StubHTTPServer.Asked) -> StubHTTPServer.Reply = { asked in
            asked.path.hasSuffix("/create") ? .json(#"{"Id":"c1"}"#, status: 201) : .json("{}")
        },
        _ work: (DockerLocal, StubHTTPServer) async throws -> Void
    ) async throws {
        let server = try await StubHTTPServer(reply: reply)
        let engine = Engine(socket: server.socket, instance: "0badcafe")
        let result: Result<Void, any Error>
        do {
            result = .success(try await work(DockerLocal(engine: engine, network: "slipway-0badcafe"), server))
        } catch { result = .failure(error) }
        await engine.shutdown()
        await server.stop()
        try result.get()
    }

    private func workload() -> Workload {
        var workload = Workload(name: "shop.web.1", image: "sha256:aa", hostname: "web-1")
        workload.address = "10.1.0.7"
        return workload
    }

    @Test func `have everything that was decided, in the engine's spelling`() async throws {
        var made = workload()
        made.limits.gpus = 2
        made.entrypoint = ["/init"]
        made.workingDirectory = "/srv"
        made.stopSignal = "SIGINT"
        made.extraHosts = ["db:10.0.0.1"]
        made.publishedPorts = [WorkloadPort(container: 80, host: 8080), WorkloadPort(container: 5000)]
        made.engineOptions = ["Domainname": .string("a.b")]
        made.engineHostOptions = ["CapAdd": .array([.string("NET_ADMIN")]), "Privileged": .bool(false)]
        made.logDriver = "journald"
        made.logOptions = ["tag": "x"]
        let wanted = made
        try await with { scheduler, server in
            #expect(try await scheduler.create(wanted) == "c1")
            let body = try #require(server.requests.first?.body)
            #expect(
                body == """
                    {"AttachStderr":false,"AttachStdin":false,"AttachStdout":false,"Domainname":"a.b",\
                    "Entrypoint":["/init"],"ExposedPorts":{"5000/tcp":{},"80/tcp":{}},"HostConfig":{\
                    "AutoRemove":false,"CapAdd":["NET_ADMIN"],"DeviceRequests":[{"Capabilities":[["gpu"]],"Count":2}],\
                    "ExtraHosts":["db:10.0.0.1"],"Init":true,"LogConfig":{"Config":{"tag":"x"},"Type":"journald"},\
                    "NetworkMode":"slipway-0badcafe","PortBindings":{"5000/tcp":[{"HostPort":""}],\
                    "80/tcp":[{"HostPort":"8080"}]},"Privileged":false,"RestartPolicy":{"Name":"unless-stopped"}},\
                    "Hostname":"web-1","Image":"sha256:aa","Labels":{"slipway.instance":"0badcafe"},\
                    "NetworkingConfig":{"EndpointsConfig":{"slipway-0badcafe":{"IPAMConfig":{\
                    "IPv4Address":"10.1.0.7"}}}},"OpenStdin":false,"StdinOnce":false,"StopSignal":"SIGINT",\
                    "StopTimeout":30,"Tty":false,"WorkingDir":"/srv"}
                    """
            )
        }
    }

    @Test func `keep the size of their log with options of the usual driver`() async throws {
        var made = workload()
        made.logOptions = ["max-file": "3"]
        let wanted = made
        try await with { scheduler, server in
            _ = try await scheduler.create(wanted)
            let log = #""LogConfig":{"Config":{"max-file":"3","max-size":"10m"},"Type":"json-file"}"#
            #expect(server.requests.first?.body.contains(log) == true)
        }
    }

    @Test func `are in further networks before they start, beside the one with their address`() async throws {
        var made = workload()
        made.networks = [WorkloadNetwork("backend", aliases: ["shop.web"])]
        let wanted = made
        try await with { scheduler, server in
            _ = try await scheduler.create(wanted)
            #expect(server.requests.map(\.path) == ["/containers/create", "/networks/backend/connect"])
            #expect(server.requests[1].body == #"{"Container":"c1","EndpointConfig":{"Aliases":["shop.web"]}}"#)
        }
    }

    @Test func `meet what they are linked with on a network that is made for it`() async throws {
        let network = WorkloadNetwork(
            "private",
            aliases: ["shop.web"],
            labels: ["slipway.app": "a1"],
            guests: ["db": "pg"]
        )
        try await with { asked in
            switch (asked.method, asked.path) {
            case ("GET", _): .json(#"{"message":"network private not found"}"#, status: 404)
            case (_, "/networks/create"): .json(#"{"Id":"n1"}"#, status: 201)
            case _ where asked.body.contains(#""Container":"pg""#):
                .json(#"{"message":"endpoint with name pg already exists in network private"}"#, status: 403)
            default: .json("{}")
            }
        } _: { scheduler, server in
            try await scheduler.join("c1", [network])
            #expect(
                server.requests.map { "\($0.method) \($0.path)" } == [
                    "GET /networks/private", "POST /networks/create", "POST /networks/private/connect",
                    "POST /networks/private/connect",
                ]
            )
            let labels = #""Labels":{"slipway.app":"a1","slipway.instance":"0badcafe"}"#
            #expect(server.requests[1].body.contains(labels))
            #expect(server.requests[2].body == #"{"Container":"pg","EndpointConfig":{"Aliases":["db"]}}"#)
            #expect(server.requests[3].body.contains(#""Container":"c1""#))
        }
    }

    @Test func `without a network they need are not left behind`() async throws {
        var made = workload()
        made.networks = [WorkloadNetwork("gone")]
        let wanted = made
        try await with { asked in
            switch asked.path {
            case "/containers/create": .json(#"{"Id":"c1"}"#, status: 201)
            case "/networks/gone/connect": .json(#"{"message":"network gone not found"}"#, status: 404)
            default: StubHTTPServer.Reply(status: 204)
            }
        } _: { scheduler, server in
            let failure = await #expect(throws: Failure.self) { _ = try await scheduler.create(wanted) }
            #expect(failure?.code == .notFound)
            #expect(failure?.what == "Network gone does not exist")
            #expect(server.requests.last?.method == "DELETE")
            #expect(server.requests.last?.path == "/containers/c1")
        }
    }

    @Test func `keep no name when they are gone, and it is no mistake`() async throws {
        let isRefusing = Mutex(false)
        try await with { asked in
            if asked.path == "/containers/c1/json" { return .json(#"{"Id":"c1","Name":"/shop.web.1.r2"}"#) }
            return isRefusing.withLock(\.self)
                ? .json(#"{"message":"name is taken"}"#, status: 409)
                : .json(#"{"message":"No such container: c1"}"#, status: 404)
        } _: { scheduler, server in
            try await scheduler.rename("c1", to: "shop.web.1")
            #expect(server.requests.last?.query("name") == "shop.web.1")
            isRefusing.withLock { $0 = true }
            await #expect(throws: EngineError.self) { try await scheduler.rename("c1", to: "shop.web.1") }
        }
    }

    @Test func `are taken away at their end, also when nobody waits for it any more`() async throws {
        let reached = AsyncStream<Void>.makeStream()
        try await with { asked in
            if asked.path.hasSuffix("/create") { return .json(#"{"Id":"c1"}"#, status: 201) }
            guard asked.path.hasSuffix("/wait") else { return .json("{}") }
            reached.continuation.yield()
            return .silence
        } _: { scheduler, server in
            let made = workload()
            let running = Task { try await scheduler.run(made) }
            for await _ in reached.stream { break }
            running.cancel()
            await #expect(throws: (any Error).self) { try await running.value }
            #expect(server.requests.last?.method == "DELETE")
            #expect(server.requests.last?.path == "/containers/c1")
        }
    }
}
