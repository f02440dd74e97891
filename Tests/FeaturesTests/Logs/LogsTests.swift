import ArgumentParser
import Core
import Engine
import Files
import FoundationEssentials
import Scheduling
import Store
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite struct `logs` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    @Test func `what there is none of is told apart`() async throws {
        #expect(await code { try await LogsShow.parse(["nope"]).run(on: host) } == .noSuchApp)
        _ = try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await LogsShow.parse(["shop"]).run(on: host) } == .notDeployed)
        _ = try await host.deployedApp("api")
        #expect(await code { try await LogsShow.parse(["api", "-p", "worker"]).run(on: host) } == .notFound)
        #expect(await code { try await LogsShow.parse(["api", "--num=-1"]).run(on: host) } == .usage)
        #expect(await code { try await LogsShow.parse(["api", "--release", "v9"]).run(on: host) } == .notFound)
        try await LogsShow.parse(["api", "-t", "-q", "-p", "web.1"]).run(on: host)
    }

    private func instance(of app: App) async throws -> Instance {
        try #require(try await Ps(on: host).instances(of: app).first { $0.state == .live })
    }

    @Test(.timeLimit(.minutes(1))) func `what is noted stands among the lines that are followed, and goes on`()
        async throws
    {
        let app = try await host.deployedApp()
        let instance = try await instance(of: app)
        let (host, transcript) = (host, fake.transcript)
        Logs(on: host).note("killed before", about: instance)
        let (frames, sink) = AsyncThrowingStream.makeStream(of: LogFrame.self)
        fake.scheduler.goesOnSaying(frames)
        async let following: Void = LogsShow.parse(["shop", "-t"]).run(on: host)
        try await eventually("the old note is shown") { transcript.answer.contains("slipway: killed before") }
        sink.yield(LogFrame(stream: .stdout, bytes: Array("2040-01-01T00:00:00.000000000Z one\n".utf8)))
        try await eventually("a line is shown") { transcript.answer.contains(": one\n") }
        Logs(on: host).note("killed now", about: instance)
        try await eventually("the new note is shown") { transcript.answer.contains("slipway: killed now") }
        #expect(transcript.answer.hasPrefix("2027") == transcript.answer.contains("app[web.1]: slipway: killed before"))
        sink.finish()
        try await following
        #expect(transcript.answer.matches(of: /slipway: killed/).count == 2)
        try await LogsShow.parse(["shop", "-t", "-n", "0"]).run(on: host)
        #expect(transcript.answer.matches(of: /slipway: killed/).count == 2, "not among the last none")
    }

    @Test func `one of ours waits for its place, and no longer than for the second look`() async throws {
        let path = folder.path.appending("v1.log")
        func write(_ time: String, _ name: String, _ text: String) throws {
            try appendToFile(path, Array("\(time) slipway[\(name)]: \(text)\n".utf8))
        }
        func line(_ time: String, _ text: String) -> LogLine { LogLine(time: time, isError: false, text: text) }
        let said = Mutex<[String]>([])
        var tail = NoteTail([path], about: ["web.1", "web.2"])
        try write("2", "web.1", "b")
        let lines = NotedLines(tail.next(), tail) { name, line in said.withLock { $0.append("\(name) \(line.text)") } }
        await lines.say("web.1", line("1", "a"))
        await lines.say("web.2", line("5", "x"))
        #expect(said.withLock(\.self) == ["web.1 a", "web.2 x"])
        await lines.say("web.1", line("3", "c"))
        #expect(said.withLock(\.self).suffix(2) == ["web.1 slipway: b", "web.1 c"])
        try write("4", "web.2", "d")
        try write("4", "worker.1", "not asked for")
        await lines.look()
        #expect(said.withLock(\.self).count == 4)
        await lines.look()
        #expect(said.withLock(\.self).last == "web.2 slipway: d")
        // Cut to its end, as the cap of logs does it, and gone on with.
        try writeFile(path, Array("4 slipway[web.2]: d\n".utf8))
        try write("6", "web.1", "e")
        await lines.end()
        #expect(said.withLock(\.self).dropFirst(5) == ["web.1 slipway: e"])
    }

    @Test func `what the last failed deploy said is kept, of one app and of all`() async throws {
        let app = try await host.deployedApp()
        try await LogsFailed.parse(["shop"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("shop has no failed deploy\n"))
        fake.scheduler.onStart(.exited(code: 1, outOfMemory: false))
        let key = try ConfigKey("A")
        await #expect(throws: Failure.self) {
            try await Deploys(on: host).change(app, because: "x") { $0.config[key] = "1" }
        }
        let path = host.paths.logs(of: app.id).appending("v2.log")
        try makeFolder(path.removingLastComponent())
        try writeFile(path, Array("2027-01-15T08:00:00Z app[web.1]: no database\n".utf8))
        for words in [["shop"], ["--all"]] {
            let before = fake.transcript.answer.count
            try await LogsFailed.parse(words).run(on: host)
            #expect(fake.transcript.answer.dropFirst(before).hasSuffix("app[web.1]: no database\n"))
        }
        #expect(await code { try await LogsFailed.parse([]).run(on: host) } == .usage)
        #expect(await code { try await LogsFailed.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test(
        arguments: [
            (["shop", "max-size", "20m"], nil), (["--global", "max-size", "unlimited"], nil),
            (["shop", "vector-sink", "console://?encoding[codec]=json"], nil),
            (["--global", "vector-cron-sink", "http://?uri=https%3A%2F%2Fx.example%2F"], nil),
            (["shop", "app-label-alias", "com.example.app"], nil), (["--global", "vector-image", "a/vector:1"], nil),
            (["--global", "vector-networks", "one,two"], nil),
            (["shop", "max-size", "10"], FailureCode.malformed), (["shop", "max-size", "0m"], .malformed),
            (["shop", "max-size", "1.5m"], .malformed), (["shop", "max-size", "m"], .malformed),
            (["shop", "vector-sink", "nowhere"], .malformed), (["shop", "vector-sink", "A://?x=1"], .malformed),
            (["shop", "vector-sink", "a://?x"], .malformed), (["shop", "vector-sink", "a://host?x=1"], .malformed),
            (["shop", "vector-sink", "a://?x[=1"], .malformed), (["shop", "app-label-alias", "a b"], .malformed),
            (["shop", "app-label-alias", "slipway.app"], .malformed),
            (["--global", "vector-image", "a b"], .malformed),
            (["--global", "vector-networks", "host"], .malformed),
            (["--global", "vector-networks", "a,,b"], .malformed),
            (["shop", "vector-image", "a"], .usage), (["shop", "vector-networks", "a"], .usage),
            (["shop", "nope", "1"], .usage), (["nope", "max-size", "1m"], .noSuchApp),
        ] as [([String], FailureCode?)]
    )
    func `properties are checked`(words: [String], expected: FailureCode?) async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await SetProperty<LogsCommands>.parse(words).run(on: host) } == expected)
        guard expected == nil else { return }
        try await SetProperty<LogsCommands>.parse(words).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("is unchanged\n"))
    }

    @Test func `secrets of a sink are in no report and in no answer`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        let sink = "datadog_logs://?api_key=s3cret&site=eu&tls[key_pass]=s3cret"
        try await SetProperty<LogsCommands>.parse(["shop", "vector-sink", sink]).run(on: host)
        try await SetProperty<LogsCommands>.parse(["--global", "vector-cron-sink", sink]).run(on: host)
        try await ReportCommand<LogsCommands>.parse(["shop"]).run(on: host)
        try await ReportCommand<LogsCommands>.parse(["shop", "--format", "json"]).run(on: host)
        try await ReportCommand<LogsCommands>.parse(["shop", "--logs-vector-sink"]).run(on: host)
        try await ReportCommand<LogsCommands>.parse(["--global"]).run(on: host)
        let said = fake.transcript.answer + fake.transcript.progress
        #expect(!said.contains("s3cret"))
        #expect(said.contains("datadog_logs://?api_key=******&site=eu&tls[key_pass]=******"))
        #expect(throws: Failure.self) { try LogSink("a://?s3cret") }
        do { _ = try LogSink("a://?x=s3cret&y") } catch { #expect(!"\(Failure(error))".contains("s3cret")) }
    }

    @Test func `containers are made with the size and the label that are set`() async throws {
        let app = try await host.deployedApp()
        try await SetProperty<LogsCommands>.parse(["shop", "max-size", "1g"]).run(on: host)
        try await SetProperty<LogsCommands>.parse(["shop", "app-label-alias", "com.example.app"]).run(on: host)
        try await Deploys(on: host).change(app, because: "again") { _ in }
        let workload = try #require(fake.scheduler.entries["c2"]?.workload)
        #expect(workload.logSize == "1g" && workload.labels["com.example.app"] == "shop")
        try await SetProperty<LogsCommands>.parse(["shop", "max-size", "unlimited"]).run(on: host)
        try await Deploys(on: host).change(app, because: "again") { _ in }
        #expect(fake.scheduler.entries["c3"]?.workload.logSize == nil)
        #expect(fake.scheduler.entries["c1"]?.workload.logSize == "10m")
    }

    // MARK: The shipper

    @Test func `options become values, and nested ones tables`() throws {
        let sink = try LogSink("aws-s3://?bucket=b&batch[max_events]=10&encoding[codec]=json&compress=true&x=a%26b+c")
        let config = ShipperConfig(sources: [.init(name: "shop", labels: ["a=b", "c=d"], sink: sink)])
        let text = try config.text.replacing(" ", with: "").replacing("\n", with: "")
        let expected =
            #""docker-sink:shop":{"batch":{"max_events":10},"bucket":"b","compress":true,"encoding":{"codec":"json"},"#
            + #""inputs":["docker-source:shop"],"type":"aws_s3","x":"a&bc"}"#
        #expect(text.contains(expected), "\(text)")
        #expect(text.contains(#""docker-source:shop":{"include_labels":["a=b","c=d"],"type":"docker_logs"}"#))
        #expect(try ShipperConfig().text.contains("blackhole"), "without any source it would not start")
    }

    @Test func `an option cannot take the place of the type or of what is read`() throws {
        let sink = try LogSink("console://?type=file&inputs=all")
        let text = try ShipperConfig(sources: [.init(name: "shop", labels: [], sink: sink)]).text
        #expect(!text.contains(#""file""#) && !text.contains(#""all""#))
    }

    @Test func `it reads the apps that have a sink, and only of this instance`() async throws {
        _ = try await host.deployedApp("shop")
        _ = try await host.deployedApp("api")
        try await SetProperty<LogsCommands>.parse(["shop", "vector-sink", "console://"]).run(on: host)
        try await SetProperty<LogsCommands>.parse(["shop", "vector-cron-sink", "console://"]).run(on: host)
        try await SetProperty<LogsCommands>.parse(["shop", "app-label-alias", "com.example.app"]).run(on: host)
        try await SetProperty<LogsCommands>.parse(["--global", "vector-sink", "blackhole://"]).run(on: host)
        let config = try await Shipper(on: host).config()
        #expect(config.sources.map(\.name) == ["all", "shop", "shop-cron"])
        #expect(config.sources.allSatisfy { $0.labels.first == "slipway.instance=0badcafe" })
        #expect(config.sources[1].labels.dropFirst() == ["com.example.app=shop", "com.dokku.container-type=deploy"])
        #expect(config.sources[2].labels.last == "com.dokku.container-type=cron")
    }

    /// An engine with at most one container, the shipper.
    final class ShipperEngine: Sendable {
        private let state = Mutex<(image: String?, created: [String], hasImage: Bool)>((nil, [], true))

        var created: [String] { state.withLock { $0.created } }
        func lacksImage() { state.withLock { $0.hasImage = false } }

        func reply(_ asked: StubHTTPServer.Asked) -> StubHTTPServer.Reply {
            state.withLock { state in
                switch (asked.method, asked.path) {
                case ("GET", "/containers/json"):
                    guard let image = state.image else { return .json("[]") }
                    return .json(
                        #"[{"Id":"v1","Names":["/v"],"Image":"\#(image)","ImageID":"sha256:v","Labels":{},"State":"running"}]"#
                    )
                case ("GET", _) where asked.path.hasPrefix("/images/"):
                    return state.hasImage
                        ? .json(#"{"Id":"sha256:v","RootFS":{"Layers":[]}}"#)
                        : .json(#"{"message":"no such image"}"#, status: 404)
                case ("POST", "/images/create"): return .json(#"{"message":"registry is away"}"#, status: 500)
                case ("POST", "/containers/create"):
                    state.created.append(asked.body)
                    let image = asked.body.firstMatch(of: /"Image":"([^"]+)"/).map { String($0.output.1) }
                    state.image = image?.replacing("\\/", with: "/")
                    return .json(#"{"Id":"v1"}"#, status: 201)
                case ("DELETE", _):
                    state.image = nil
                    return StubHTTPServer.Reply(status: 204)
                default: return StubHTTPServer.Reply(status: 204)
                }
            }
        }

        func with(_ host: Host, _ work: (Host) async throws -> Void) async throws {
            let server = try await StubHTTPServer { self.reply($0) }
            var host = host
            let engine = Engine(socket: server.socket, instance: host.settings.instance)
            host.engine = engine
            let result: Result<Void, any Error>
            do { result = .success(try await work(host)) } catch { result = .failure(error) }
            await engine.shutdown()
            await server.stop()
            try result.get()
        }
    }

    @Test func `it is started once, follows what is set, and is stopped`() async throws {
        let engine = ShipperEngine()
        try await engine.with(host) { host in
            for _ in 0..<2 { try await LogsVectorStart.parse([]).run(on: host) }
            #expect(engine.created.count == 1)
            let spec = engine.created[0].replacing("\\/", with: "/")
            #expect(spec.contains(#""Image":"timberio/vector:0.57.0-debian""#))
            #expect(spec.contains(#""slipway.instance":"0badcafe""#) && spec.contains(#""Target":"/etc/vector""#))
            let file = folder.path.appending("vector/vector.json")
            try await SetProperty<LogsCommands>.parse(["--global", "vector-sink", "console://"]).run(on: host)
            #expect(String(decoding: try readFile(file) ?? [], as: UTF8.self).contains("docker-sink:all"))
            try await LogsVectorStart.parse(["--vector-image", "other/vector:1"]).run(on: host)
            #expect(engine.created.count == 2)
            for _ in 0..<2 { try await LogsVectorStop.parse([]).run(on: host) }
            #expect(fake.transcript.progress.hasSuffix("the log shipper is unchanged: none runs\n"))
            #expect(try readFile(file) == nil)
            #expect(await code { try await LogsVectorLogs.parse([]).run(on: host) } == .notFound)
            #expect(await code { try await LogsVectorLogs.parse(["--num=-1"]).run(on: host) } == .usage)
            #expect(
                await code { try await LogsVectorStart.parse(["--vector-image", "a b"]).run(on: host) } == .malformed
            )
        }
    }

    @Test func `an image that can be had nowhere is told, and nothing is started`() async throws {
        let engine = ShipperEngine()
        engine.lacksImage()
        try await engine.with(host) { host in
            do {
                try await LogsVectorStart.parse([]).run(on: host)
                Issue.record("it was started")
            } catch {
                #expect(Failure(error).code == .badSource)
                #expect(Failure(error).why == "registry is away")
            }
            #expect(engine.created.isEmpty)
        }
    }
}
