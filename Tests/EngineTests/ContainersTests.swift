import FoundationEssentials
import Support
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1)))
struct `containers` {
    @Test func `that were removed and are still listed are none`() async throws {
        let answer = """
            [{"Id":"a","Names":["/shop.web.1"],"State":"running"},{"Id":"b","Names":["/shop.web.2"],"State":"removing"},
            {"Id":"c","Names":[],"State":"removing"},{"Id":"d","State":"removing"}]
            """
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, _ in
            let found = try await engine.containers(all: true)
            #expect(found.map(\.id) == ["a", "b"])
        }
    }

    @Test func `are asked for in the engine's words`() throws {
        var spec = ContainerSpec(image: "sha256:aa")
        spec.command = ["a", "b c"]
        spec.entrypoint = []
        spec.environment = ["B": "2=3", "A": ""]
        spec.network = "slipway-0badcafe"
        spec.address = "10.1.0.7"
        spec.aliases = ["db"]
        spec.mounts = [Mount(.bind("/srv"), target: "/data", readOnly: true), Mount(.volume("v"), target: "/v")]
        spec.restartPolicy = .onFailure(attempts: 5)
        spec.stopTimeout = .milliseconds(1500)
        spec.usesInit = true
        spec.limits = Limits(memory: 1024, memorySwap: -1, memoryReservation: 512, nanoCPUs: 5, pids: 9)
        spec.logMaxSize = "10m"
        spec.logMaxFiles = 3
        spec.publishedPorts = [PublishedPort(container: 53, transport: "udp", hostAddress: "127.0.0.1", host: 5353)]
        spec.hostOptions = ["ShmSize": .number(64), "Init": .bool(false)]
        let text = spec.json(labels: ["l": "1"], volumeLabels: ["i": "x"]).text
        for part in [
            #""Cmd":["a","b c"]"#, #""Entrypoint":[""]"#, #""Env":["A=","B=2=3"]"#, #""Labels":{"l":"1"}"#,
            #""EndpointsConfig":{"slipway-0badcafe":{"Aliases":["db"],"IPAMConfig":{"IPv4Address":"10.1.0.7"}}}"#,
            #"{"ReadOnly":true,"Source":"/srv","Target":"/data","Type":"bind"}"#,
            #""Type":"volume","VolumeOptions":{"Labels":{"i":"x"}}"#,
            #""RestartPolicy":{"MaximumRetryCount":5,"Name":"on-failure"}"#, #""StopTimeout":2"#,
            #""LogConfig":{"Config":{"max-file":"3","max-size":"10m"},"Type":"json-file"}"#,
            #""PortBindings":{"53/udp":[{"HostIp":"127.0.0.1","HostPort":"5353"}]}"#,
            #""Memory":1024,"MemoryReservation":512,"MemorySwap":-1"#, #""NanoCpus":5"#, #""PidsLimit":9"#,
            #""ShmSize":64"#, #""Init":false"#, #""ExposedPorts":{"53/udp":{}}"#,
        ] { #expect(text.contains(part), "\(part) in \(text)") }
    }

    @Test func `have mounts with the options that are asked for, labelled ones in the older notation`() {
        var spec = ContainerSpec(image: "i")
        spec.mounts = [
            Mount(.bind("/a"), target: "/b", options: ["rslave", "cached"]),
            Mount(.volume("v"), target: "/v", options: ["nocopy"]),
            Mount(.bind("/s"), target: "/z", readOnly: true, options: ["Z"]),
        ]
        let text = spec.json(labels: [:], volumeLabels: [:]).text
        for part in [
            #""BindOptions":{"Propagation":"rslave"}"#, #""Consistency":"cached""#, #""NoCopy":true"#,
            #""Binds":["/s:/z:ro,Z"]"#,
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(!text.contains(#""Source":"/s""#))
    }

    @Test func `leave out what is not decided`() {
        let text = ContainerSpec(image: "i").json(labels: [:], volumeLabels: [:]).text
        for key in ["Cmd", "Entrypoint", "Env", "User", "Mounts", "Memory", "LogConfig", "NetworkingConfig"] {
            #expect(!text.contains("\"\(key)\""))
        }
    }

    @Test(arguments: [Recorded.container141, Recorded.container151])
    func `are read in every version's shape`(answer: String) async throws {
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, _ in
            let facts = try #require(try await engine.container("shop.web.1"))
            #expect(facts.name == "shop.web.1")
            #expect(facts.imageID == "sha256:9f")
            #expect(facts.image == "slipway-0badcafe/a1:v3")
            #expect(facts.created == Date(timeIntervalSince1970: 1_709_164_800.25))
            #expect(facts.labels == ["slipway.app": "a1"])
            #expect(facts.restartCount == 2)
            #expect(facts.restartPolicy == "on-failure:3")
            #expect(facts.networks["slipway-0badcafe"]?.address == "10.1.0.7")
            #expect(facts.networks["slipway-0badcafe"]?.networkID == "n1")
            #expect(facts.state.status == "exited")
            #expect(facts.state.oomKilled)
            #expect(facts.state.exitCode == 137)
            #expect(facts.state.finishedAt == nil)
        }
    }

    @Test(arguments: [Recorded.list141, Recorded.list151])
    func `are listed in every version's shape`(answer: String) async throws {
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, _ in
            let line = try #require(try await engine.containers(all: true).first)
            #expect(line.name == "shop.web.1")
            #expect(line.created == Date(timeIntervalSince1970: 1_709_164_800))
            #expect(line.state == "running")
            #expect(line.networks["slipway-0badcafe"]?.address == "10.1.0.7")
        }
    }

    @Test func `that are gone, going, stopped or running already are no error`() async throws {
        try await StubHTTPServer.with { asked in
            switch (asked.method, asked.path) {
            case ("DELETE", "/containers/gone"): .json(#"{"message":"No such container: gone"}"#, status: 404)
            case ("DELETE", "/containers/going"):
                .json(#"{"message":"removal of container going is already in progress"}"#, status: 409)
            case ("DELETE", _): .json(#"{"message":"You cannot remove a running container"}"#, status: 409)
            case ("GET", _): .json(#"{"message":"No such container"}"#, status: 404)
            default: StubHTTPServer.Reply(status: 304)
            }
        } _: { engine, server in
            try await engine.removeContainer("gone")
            try await engine.removeContainer("going")
            let error = await #expect(throws: EngineError.self) { try await engine.removeContainer("runs") }
            #expect(error?.status == 409)
            try await engine.stopContainer("a/../b", grace: .milliseconds(9200))
            try await engine.startContainer("a")
            #expect(try await engine.container("none") == nil)
            #expect(server.requests[3].target == "/v1.41/containers/a%2F..%2Fb/stop?t=10")
        }
    }

    @Test(arguments: ["no", "always", "unless-stopped", "on-failure", "on-failure:7"])
    func `have restart policies as people write them`(text: String) throws {
        #expect(try RestartPolicy(text).description == text)
    }

    @Test(arguments: ["", "never", "on-failure:", "on-failure:0", "on-failure:-1", "on-failure:x", "Always"])
    func `have no other restart policies`(text: String) {
        #expect(throws: (any Error).self) { try RestartPolicy(text) }
    }

    @Test func `give their exit status, or the engine's complaint`() async throws {
        try await StubHTTPServer.with { asked in
            asked.path.contains("bad")
                ? .json(#"{"StatusCode":-1,"Error":{"Message":"lost"}}"#)
                : .json(#"{"StatusCode":3,"Error":null}"#)
        } _: { engine, server in
            let status = try await engine.waitContainer("good", until: .nextExit)
            #expect(status == 3)
            #expect(server.requests.first?.query("condition") == "next-exit")
            await #expect(throws: EngineError.self) { try await engine.waitContainer("bad") }
        }
    }
}
