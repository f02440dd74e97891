import Engine
import FoundationEssentials
import Testing

@Suite(.enabled(if: RealEngine.socket != nil), .timeLimit(.minutes(2)))
struct `a real engine` {
    @Test func `says its version and what it is`() async throws {
        try await RealEngine.with { engine in
            let version = try await engine.version()
            #expect(version.api >= .oldest)
            #expect(version.os == "linux")
            #expect(!version.server.isEmpty)
            let info = try await engine.info()
            #expect(info.cpus > 0)
            #expect(info.memory > 0)
            #expect(try await engine.df().layers > 0)
        }
    }

    /// A network of our kind on a subnet that hardly anybody uses, and a container that is to get `address` in it.
    private func network(_ engine: Engine) async throws -> (network: NetworkSpec, address: String) {
        let start = "10.213.\(Int.random(in: 0..<16) * 16)"
        var network = NetworkSpec(name: "t-\(engine.instance)", subnet: "\(start).0/20")
        network.options = ["com.docker.network.bridge.enable_icc": "false"]
        let id = try await engine.createNetwork(network)
        #expect(try await engine.allSubnets().contains("\(start).0/20"))
        #expect(try await engine.networks().map(\.id) == [id])
        #expect(try await engine.network(network.name)?.options == network.options)
        return (network, "\(start).77")
    }

    private func spec(in network: String, address: String) -> ContainerSpec {
        var spec = ContainerSpec(image: RealEngine.base)
        spec.command = ["sleep", "600"]
        spec.usesInit = true
        spec.network = network
        spec.address = address
        spec.aliases = ["other"]
        spec.environment = ["A": "1 & 2=ü"]
        spec.labels = [Engine.appLabel: "x"]
        spec.restartPolicy = .onFailure(attempts: 3)
        spec.limits = Limits(memory: 64 << 20, nanoCPUs: 500_000_000, pids: 50)
        spec.logMaxSize = "1m"
        spec.stopTimeout = .seconds(3)
        spec.publishedPorts = [PublishedPort(container: 5000, hostAddress: "127.0.0.1")]
        return spec
    }

    @Test func `gives a container its reserved address, whether it runs or not`() async throws {
        try await RealEngine.with { engine in
            let (network, address) = try await network(engine)
            let spec = spec(in: network.name, address: address)
            let id = try await engine.createContainer(name: "t-\(engine.instance).web.1", spec: spec)
            let created = try #require(try await engine.container(id))
            #expect(created.networks[network.name]?.address == address)
            #expect(created.state.status == "created" && created.state.startedAt == nil)
            try await engine.startContainer(id)
            try await engine.startContainer(id)
            let facts = try #require(try await engine.container(id))
            #expect(facts.networks[network.name]?.address == address)
            #expect(facts.networks[network.name]?.aliases.contains("other") == true)
            #expect(facts.environment.contains("A=1 & 2=ü"))
            #expect(facts.state.running && facts.state.pid > 0)
            #expect(facts.labels[Engine.instanceLabel] == engine.instance)
            let age = try Date().timeIntervalSince(#require(facts.state.startedAt))
            #expect((-5...60).contains(age))
            #expect(try await engine.containers(labels: [Engine.appLabel: "x"], all: false).map(\.id) == [id])
            #expect(try await engine.containers(labels: [Engine.appLabel: "y"], all: true).isEmpty)
            try await engine.stopContainer(id, grace: .seconds(2))
            try await engine.stopContainer(id, grace: .seconds(2))
            let stopped = try #require(try await engine.container(id))
            #expect(stopped.state.status == "exited")
            #expect(stopped.networks[network.name]?.address == address)
            try await engine.removeContainer(id)
            try await engine.removeContainer(id)
            #expect(try await engine.container(id) == nil)
        }
    }

    @Test func `changes a container while it runs`() async throws {
        try await RealEngine.with { engine in
            let id = try await RealEngine.sleeper(engine) { $0.limits.memory = 64 << 20 }
            let limits = Limits(memory: 96 << 20, memorySwap: -1)
            try await engine.updateContainer(id, restartPolicy: .unlessStopped, limits: limits)
            let text = try await engine.rawInspect(id)
            #expect(text.contains("unless-stopped") && text.contains("\(96 << 20)"))
            try await engine.renameContainer(id, to: "t-\(engine.instance).web.2")
            #expect(try await engine.container(id)?.name == "t-\(engine.instance).web.2")
            #expect(try await engine.stats(id).memory > 0)
            try await engine.pauseContainer(id)
            #expect(try await engine.container(id)?.state.paused == true)
            try await engine.unpauseContainer(id)
            let before = try await engine.container(id)?.state.pid
            try await engine.restartContainer(id, grace: .seconds(1))
            #expect(try await engine.container(id)?.state.pid != before)
            try await engine.killContainer(id, signal: "SIGKILL")
            #expect(try await engine.waitContainer(id) == 137)
        }
    }

    @Test func `joins and leaves a network`() async throws {
        try await RealEngine.with { engine in
            let (network, address) = try await network(engine)
            let id = try await RealEngine.sleeper(engine)
            try await engine.connect(network: network.name, container: id, aliases: ["db"], address: address)
            #expect(try await engine.network(network.name)?.containers.keys.contains(id) == true)
            #expect(try await engine.container(id)?.networks[network.name]?.address == address)
            try await engine.disconnect(network: network.name, container: id)
            #expect(try await engine.container(id)?.networks[network.name] == nil)
        }
    }

    @Test func `keeps the images and containers of two instances apart`() async throws {
        try await RealEngine.with { mine in
            try await RealEngine.with { theirs in
                let id = try await RealEngine.sleeper(mine)
                #expect(try await theirs.containers(all: true).isEmpty)
                #expect(try await mine.containers(all: true).map(\.id) == [id])
                let image = try await mine.importImage(
                    tar(["a": "hello"]),
                    as: "slipway-\(mine.instance)/x:v1",
                    changes: ["EXPOSE 5000 80/udp", "CMD [\"/a\"]"],
                    labels: [Engine.appLabel: "x"]
                )
                #expect(try await mine.images(app: "x").map(\.id) == [image])
                #expect(try await theirs.images().isEmpty)
                let facts = try #require(try await mine.image("slipway-\(mine.instance)/x:v1"))
                #expect(facts.exposedPorts == ["80/udp", "5000/tcp"])
                #expect(facts.command == ["/a"])
                #expect(facts.labels[Engine.instanceLabel] == mine.instance)
                try await mine.tag(image, as: "slipway-\(mine.instance)/x:v2")
                try await mine.removeImage("slipway-\(mine.instance)/x:v1")
                #expect(try await mine.image(image)?.tags == ["slipway-\(mine.instance)/x:v2"])
                #expect(try await mine.image("nothing/like:this") == nil)
            }
        }
    }

    @Test func `says why in its own words`() async throws {
        try await RealEngine.with { engine in
            do {
                _ = try await engine.createContainer(name: nil, spec: ContainerSpec(image: "no/such:image"))
                Issue.record("it was made")
            } catch EngineError.refused(404, let message, "POST /containers/create") {
                #expect(message.contains("no/such:image"))
            }
            var spec = ContainerSpec(image: RealEngine.base)
            spec.command = ["/no/such/program"]
            let id = try await engine.createContainer(name: nil, spec: spec)
            await #expect(throws: EngineError.self) { try await engine.startContainer(id) }
            #expect(try await engine.container(id)?.state.exitCode == 127)
            await #expect(throws: EngineError.self) { try await engine.attach("no-such", stdin: true, terminal: false) }
        }
    }

    @Test func `passes on exit codes, registered before the start`() async throws {
        try await RealEngine.with { engine in
            var spec = ContainerSpec(image: RealEngine.base)
            spec.command = ["sh", "-c", "exit 7"]
            spec.autoRemove = true
            let id = try await engine.createContainer(name: nil, spec: spec)
            let exit = try await engine.beginWait(id, until: .removed)
            try await engine.startContainer(id)
            #expect(try await exit.status() == 7)
            #expect(try await engine.container(id) == nil)
        }
    }

    @Test func `follows logs from both streams until the end`() async throws {
        try await RealEngine.with { engine in
            let script = "i=0; while [ $i -lt 5 ]; do echo out $i; echo err $i >&2; i=$((i+1)); sleep 0.2; done"
            let id = try await RealEngine.sleeper(engine) { $0.command = ["sh", "-c", script] }
            let frames = try await engine.logs(id, follow: true).all()
            #expect(frames.text(.stdout) == (0..<5).map { "out \($0)\n" }.joined())
            #expect(frames.text(.stderr) == (0..<5).map { "err \($0)\n" }.joined())
            let last = try await engine.logs(id, tail: 2, timestamps: true).all()
            #expect(last.count == 2)
            #expect(last.text(.stderr).hasSuffix("Z err 4\n"))
            #expect(try await engine.logs(id, since: Date().addingTimeInterval(60)).all().isEmpty)
        }
    }

    @Test func `tells events of ours only`() async throws {
        try await RealEngine.with { engine in
            let start = Date().addingTimeInterval(-1)
            let id = try await RealEngine.sleeper(engine)
            try await engine.removeContainer(id, force: true)
            let events = try await engine.events(since: start, until: Date().addingTimeInterval(0.5)).all()
            #expect(events.allSatisfy { $0.attributes[Engine.instanceLabel] == engine.instance })
            #expect(events.map(\.action).contains("start"))
            #expect(events.last?.id == id)
        }
    }

    @Test func `makes volumes and copies into a container`() async throws {
        try await RealEngine.with { engine in
            let name = "t-\(engine.instance)"
            _ = try await engine.createVolume(name, labels: ["a": "b"])
            #expect(try await engine.volumes(labels: ["a": "b"]).map(\.name) == [name])
            let id = try await RealEngine.sleeper(engine) {
                $0.mounts = [Mount(.volume(name), target: "/data"), Mount(.volume(name + "-new"), target: "/new")]
            }
            #expect(try await engine.volumes().map(\.name).sorted() == [name, name + "-new"])
            try await engine.copyTo(id, path: "/data", tar: tar(["hello.txt": "hi there"]))
            let back = try await engine.copyFrom(id, path: "/data/hello.txt").all().flatMap { $0 }
            #expect(String(decoding: back, as: UTF8.self).contains("hi there"))
            await #expect(throws: EngineError.self) { try await engine.removeVolume(name) }
            #expect(try await engine.volume("t-none") == nil)
        }
    }
}
