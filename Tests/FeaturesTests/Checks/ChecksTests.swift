import ArgumentParser
import Core
import FoundationEssentials
import Programs
import Probes
import Store
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Features

@Suite struct `checks` {
    final class Ran: Sendable {
        private let programs = Mutex<[Program]>([])
        func add(_ program: Program) { programs.withLock { $0.append(program) } }
        var all: [Program] { programs.withLock { $0 } }
    }

    let ran = Ran()
    let fake: Fake
    let host: Host

    init() throws {
        var fake = Fake()
        let ran = ran
        fake.programs.run = { program in
            ran.add(program)
            return Outcome(ending: .exited(0), output: Array("fine\n200".utf8))
        }
        self.fake = fake
        host = try Host.fake(fake)
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    private func lists(_ app: String = "shop") async throws -> [String] {
        let before = fake.transcript.answer.count
        for list in ["disabled-list", "skipped-list"] {
            try await ReportCommand<ChecksCommands>.parse([app, "--checks-\(list)"]).run(on: host)
        }
        return fake.transcript.answer.dropFirst(before).split(separator: "\n").map(String.init)
    }

    @Test func `a type is on one of the lists, or on none`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        #expect(try await lists() == ["none", "none"])
        try await ChecksDisable.parse(["shop", "web,worker"]).run(on: host)
        try await ChecksSkip.parse(["shop", "worker"]).run(on: host)
        #expect(try await lists() == ["web", "worker"])
        try await ChecksEnable.parse(["shop", "web"]).run(on: host)
        #expect(try await lists() == ["none", "worker"])
        try await ChecksDisable.parse(["shop"]).run(on: host)
        #expect(try await lists() == ["_all_", "none"])
        try await ChecksEnable.parse(["shop"]).run(on: host)
        #expect(try await lists() == ["none", "none"])
    }

    @Test func `the same again is unchanged, and events tell of what is not`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        for command in [ChecksSkip.self as any HostCommand.Type, ChecksSkip.self] {
            try await command.parse(["shop", "web"]).run(on: host)
        }
        #expect(fake.transcript.progress.hasSuffix("=====> checks of shop are unchanged\n"))
        try await ChecksEnable.parse(["shop"]).run(on: host)
        try await ChecksEnable.parse(["shop"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("=====> checks of shop are unchanged\n"))
    }

    @Test func `a type is taken out of all by naming the others`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        try await PsScale.parse(["shop", "worker=1", "clock=0"]).run(on: host)
        try await ChecksDisable.parse(["shop"]).run(on: host)
        try await ChecksSkip.parse(["shop", "web"]).run(on: host)
        #expect(try await lists() == ["clock,worker", "web"])
        try await ChecksSkip.parse(["shop"]).run(on: host)
        #expect(try await lists() == ["none", "_all_"])
        try await ChecksEnable.parse(["shop", "web,clock"]).run(on: host)
        #expect(try await lists() == ["none", "worker"])
        // Of a release it is the types that the release has.
        _ = try await host.deployedApp("live")
        try await ChecksDisable.parse(["live"]).run(on: host)
        try await ChecksEnable.parse(["live", "worker"]).run(on: host)
        #expect(try await lists("live") == ["web", "none"])
        try await ChecksEnable.parse(["live", "web"]).run(on: host)
        #expect(try await lists("live") == ["none", "none"])
    }

    @Test func `bad words change nothing`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        let all: [any HostCommand.Type] = [ChecksDisable.self, ChecksSkip.self, ChecksEnable.self]
        for type in all {
            #expect(await code { try await type.parse(["shop", "web,,x"]).run(on: host) } == .malformed)
            #expect(await code { try await type.parse(["shop", "we b"]).run(on: host) } == .malformed)
            #expect(await code { try await type.parse(["nope", "web"]).run(on: host) } == .noSuchApp)
        }
        #expect(try await lists() == ["none", "none"])
        #expect(await code { try await ChecksRun.parse(["shop"]).run(on: host) } == .notDeployed)
        #expect(await code { try await ChecksRun.parse(["nope"]).run(on: host) } == .noSuchApp)
    }

    @Test(
        arguments: [
            (["shop", "wait-to-retire", "30"], nil), (["--global", "timeout", "90"], nil),
            (["--global", "host-commands", "true"], nil), (["shop", "host-commands", "true"], FailureCode.usage),
            (["shop", "wait-to-retire", "1.5"], .malformed), (["shop", "timeout", "0"], .malformed),
            (["shop", "nope", "1"], .usage), (["nope", "timeout", "1"], .noSuchApp),
        ] as [([String], FailureCode?)]
    )
    func `properties are checked`(words: [String], expected: FailureCode?) async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await SetProperty<ChecksCommands>.parse(words).run(on: host) } == expected)
        guard expected == nil else { return }
        try await SetProperty<ChecksCommands>.parse(words).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("is unchanged\n"))
    }

    @Test func `checks are run of what is live, of a type, of one`() async throws {
        _ = try await host.deployedApp(web: 2)
        for words in [["shop"], ["shop", "web"], ["shop", "web.2"]] {
            try await ChecksRun.parse(words).run(on: host)
        }
        #expect(fake.transcript.progress.ranges(of: "-----> web.2: GET / 200").count == 3)
        #expect(fake.transcript.progress.ranges(of: "-----> web.1: GET / 200").count == 2)
        for words in [["shop", "worker"], ["shop", "web.3"]] {
            #expect(await code { try await ChecksRun.parse(words).run(on: host) } == .notFound)
        }
    }

    // MARK: What app.json and CHECKS say

    private func check(_ json: String) throws -> HealthCheck {
        let text = #"{"healthchecks": {"web": [\#(json)]}}"#
        return try #require(try AppJSON(Array(text.utf8)).healthchecks[.web]?.first)
    }

    @Test(arguments: [
        #"{"path": "/", "scheme": "gopher"}"#, #"{"path": "/", "onFailure": {"command": ["relative"]}}"#,
        #"{"path": "/", "onFailure": {"command": []}}"#, #"{"path": "/", "onFailure": {"url": "file:///etc/passwd"}}"#,
        #"{"path": "/", "onFailure": {"url": "https://"}}"#, #"{"path": "/", "onFailure": 1}"#,
    ])
    func `what cannot be is refused before the build`(json: String) {
        #expect { try check(json) } throws: { ($0 as? Failure)?.code == .badAppJSON }
    }

    @Test(
        arguments: [
            ("attempts", "0", "1 to 1000"), ("attempts", "1001", "1 to 1000"), ("wait", "-1", "0 to 86400"),
            ("wait", "9223372036854775807", "0 to 86400"), ("timeout", "86401", "0 to 86400"),
            ("initialDelay", "9223372036854775807", "0 to 86400"), ("uptime", "-1", "0 to 86400"),
            ("uptime", "9223372036854775807", "0 to 86400"),
        ]
    )
    func `a number that no check can have is refused and named`(name: String, value: String, range: String) {
        #expect {
            try check(#"{"path": "/", "\#(name)": \#(value)}"#)
        } throws: { error in
            let failure = error as? Failure
            return failure?.code == .badAppJSON
                && failure?.why == "healthchecks.web[0].\(name) is \(value), not \(range)"
        }
    }

    @Test func `of a release on record every number is one that can be`() async throws {
        let record = #"""
            {"healthchecks": {"web": [
                {"path": "/", "attempts": 3, "wait": 9223372036854775807, "timeout": 9223372036854775807,
                 "initialDelay": -9223372036854775808, "uptime": 9223372036854775807},
                {"path": "/", "attempts": 9223372036854775807, "wait": 9223372036854775807, "timeout": 0,
                 "initialDelay": 0}]},
             "formation": {"web": {"quantity": -1}, "worker": {"quantity": 9223372036854775807}},
             "env": {}, "scripts": {}}
            """#
        let read = try JSONDecoder().decode(AppJSON.self, from: Data(record.utf8))
        let checks = try #require(read.healthchecks[.web])
        #expect(checks.map(\.attempts) == [3, 1000])
        #expect(checks.map(\.wait) == [86_400, 86_400])
        #expect(checks.map(\.timeout) == [86_400, 1])
        #expect(checks.map(\.initialDelay) == [0, 0])
        #expect(checks.map(\.uptime) == [86_400, nil])
        #expect(read.formation[.web]?.quantity == 0)
        #expect(read.formation[try ProcessType("worker")]?.quantity == 1000)
    }

    @Test func `an app is asked by a name that is one, and no pattern`() async throws {
        let app = try await host.deployedApp()
        let release = try #require(try await Releases(on: host).current(of: app))
        #expect(try await Checks(on: host).plan(app, release).hostHeader == "localhost")
        try await DomainsAdd.parse(["shop", "*.example.com", "_", "shop.example.com"]).run(on: host)
        #expect(try await Checks(on: host).plan(app, release).hostHeader == "shop.example.com")
    }

    private func plan() throws -> ReadinessPlan {
        ReadinessPlan(
            port: try Port(5000),
            checks: [:],
            skipped: [],
            limit: .seconds(60),
            hostHeader: "shop.example.com",
            app: try AppName("shop"),
            release: 3
        )
    }

    private func fail(_ check: HealthCheck) async throws -> Failure? {
        let app = try await host.deployedApp()
        let instance = try #require(try await Ps(on: host).instances(of: app).first)
        var host = host
        host.probes.get = { _ in HTTPAnswer(status: 500) }
        do {
            try await HealthChecks(host: host, plan: try plan()).run(check, on: instance, instance.handle ?? "")
        } catch { return Failure(error) }
        return nil
    }

    @Test func `who wants to know is told of a failure, the address in no process list`() async throws {
        let check = try check(
            #"{"path": "/up", "wait": 0, "onFailure": {"url": "https://x.example/hook?token=s3cret"}}"#
        )
        #expect(try await fail(check)?.code == .unhealthy)
        let program = try #require(ran.all.first { $0.name == "curl" })
        #expect(!program.arguments.joined(separator: " ").contains("s3cret"))
        let text = String(decoding: program.input, as: UTF8.self)
        #expect(text.contains(#"url = "https://x.example/hook?token=s3cret""#))
        #expect(text.contains(#"\"app\":\"shop\""#) && text.contains(#"\"release\":\"v3\""#), "\(text)")
        #expect(text.contains("answered 500"))
    }

    @Test func `a program of the host is run only where that is allowed`() async throws {
        let check = try check(#"{"path": "/up", "wait": 0, "onFailure": {"command": ["/usr/bin/tell", "a b"]}}"#)
        _ = try await fail(check)
        #expect(ran.all.isEmpty)
        #expect(fake.transcript.progress.contains("onFailure.command is not run"))
        _ = try await Properties("checks", on: host).set(Checks.hostCommands, to: "true", of: nil)
        let app = try await Apps(on: host).find(try AppName("shop"))
        let instance = try #require(try await Ps(on: host).instances(of: app).first)
        var host = host
        host.probes.get = { _ in HTTPAnswer(status: 500) }
        await #expect(throws: Failure.self) {
            try await HealthChecks(host: host, plan: try plan()).run(check, on: instance, "")
        }
        #expect(ran.all.first?.path == "/usr/bin/tell" && ran.all.first?.arguments == ["a b"])
        guard case .exactly(let variables)? = ran.all.first?.environment else {
            Issue.record("it is given our own variables")
            return
        }
        #expect(variables.keys.sorted() == ["PATH"])
    }

    @Test func `one that only warns tells nobody`() async throws {
        let check = try check(#"{"path": "/", "wait": 0, "warn": true, "onFailure": {"url": "https://x.example/"}}"#)
        #expect(try await fail(check) == nil)
        #expect(ran.all.isEmpty)
    }

    @Test func `by https it is asked without looking at certificates`() async throws {
        let check = try check(#"{"path": "/up", "scheme": "https", "content": "fine", "port": 8443}"#)
        #expect(try await fail(check) == nil)
        let text = String(decoding: try #require(ran.all.first).input, as: UTF8.self)
        #expect(text.contains(":8443/up\"\n") && text.contains("header = \"Host: shop.example.com\""), "\(text)")
        let other = try self.check(#"{"path": "/up", "scheme": "https", "content": "other", "wait": 0}"#)
        let app = try await Apps(on: host).find(try AppName("shop"))
        let instance = try #require(try await Ps(on: host).instances(of: app).first)
        await #expect(throws: Failure.self) {
            try await HealthChecks(host: host, plan: try plan()).run(other, on: instance, "")
        }
    }

    @Test func `what curl is told stays on its line`() {
        #expect(CurlText.quote("a\"b\\c\nd") == #""a\"b\\c\nd""#)
    }

    @Test func `the old file says checks of web`() throws {
        let checks = try ChecksFile.checks(
            "# old\nWAIT=2\nATTEMPTS=7\n\n/ Welcome home\n//api.example.com/up\nhttp://www.example.com\r\n"
        )
        #expect(checks.map(\.path) == ["/", "/up", "/"])
        #expect(checks.map(\.content) == ["Welcome home", nil, nil])
        #expect(checks.map { $0.httpHeaders.first?.value } == [nil, "api.example.com", "www.example.com"])
        #expect(checks.allSatisfy { $0.wait == 2 && $0.attempts == 7 && $0.timeout == 30 })
    }

    @Test(arguments: ["WAIT=x", "COLOUR=1", "up", "/ {{ var \"X\" }}", "///x", "/\u{1b}[31m"])
    func `a bad line of the old file is named`(line: String) {
        #expect { try ChecksFile.checks("/\n\(line)\n") } throws: {
            let failure = $0 as? Failure
            return failure?.code == .badAppJSON && failure?.why?.hasPrefix("line 2:") == true
        }
    }
}
