import ArgumentParser
import Core
import FoundationEssentials
import Support
import Testing

@testable import Features

@Suite struct `cron commands` {
    static let appJSON = #"""
        { // what is done at night
          "cron": [
            {"command": "bin/tidy", "schedule": "0 3 * * *"},
            {"command": "sh -c 'a | b'", "schedule": "@hourly", "concurrency_policy": "forbid", "maintenance": true},
          ] }
        """#
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    private func ids() async throws -> [String] {
        try await Cron(on: host).tasks(of: try await Apps(on: host).find(try AppName("shop"))).map(\.id)
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    @Test func `an id is the app, the command and the schedule in base 36`() {
        #expect(CronTask.base36([]) == "")
        #expect(CronTask.base36([0, 0, 35]) == "00z")
        #expect(CronTask.base36([1, 0]) == "74")
        let task = CronTask(command: "b", schedule: "c")
        #expect(task.id(in: AppName.sample) == CronTask.base36(Array("a===b===c".utf8)))
    }

    @Test func `tasks are listed with what holds for them`() async throws {
        _ = try await host.deployedApp(appJSON: Self.appJSON)
        try await CronList.parse(["shop"]).run(on: host)
        let lines = fake.transcript.answer.split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        #expect(Self.columns(lines[0]) == ["ID", "Schedule", "Concurrency", "Maintenance", "Command", "Last run"])
        #expect(lines[1].contains("0 3 * * *") && lines[1].contains("allow") && lines[1].hasSuffix("never"))
        #expect(Self.columns(lines[2]).dropFirst(2) == ["forbid", "true", "sh -c 'a | b'", "never"])
    }

    private static func columns(_ line: String) -> [String] {
        line.split(separator: "  ").map { String($0).trimmed }.filter { !$0.isEmpty }
    }

    @Test func `the list of all apps has the columns of one, and the app behind them`() async throws {
        let app = try await host.deployedApp(appJSON: Self.appJSON)
        try await CronList.parse(["--global"]).run(on: host)
        let lines = fake.transcript.answer.split(separator: "\n").map(String.init)
        let head = ["ID", "Schedule", "Concurrency", "Maintenance", "Command", "Last run", "App"]
        #expect(Self.columns(lines[0]) == head)
        #expect(Self.columns(lines[2]).first == (try await Cron(on: host).tasks(of: app)[1].id))
        #expect(Self.columns(lines[2]).suffix(2) == ["never", "shop"])
    }

    @Test func `the list speaks JSON, of one app and of all`() async throws {
        _ = try await host.deployedApp(appJSON: Self.appJSON)
        _ = try await host.deployedApp("api", appJSON: #"{"cron": [{"command": "y", "schedule": "5 4 * * *"}]}"#)
        try await CronList.parse(["--global", "--format", "json"]).run(on: host)
        let answer = fake.transcript.answer
        #expect(answer.hasPrefix(#"[{"app":"api","app-in-maintenance":false,"command":"y""#), "\(answer)")
        #expect(answer.contains(#""concurrency_policy":"forbid""#) && answer.contains(#""next_run_at":"20"#))
        #expect(answer.contains(#""task-in-maintenance":true"#))
    }

    @Test func `a list is of an app or of all, never of both or neither`() async throws {
        #expect(await code { try await CronList.parse([]).run(on: host) } == .usage)
        #expect(await code { try await CronList.parse(["shop", "--global"]).run(on: host) } == .usage)
        try await CronList.parse(["--global"]).run(on: host)
    }

    @Test func `an unknown app and an unknown task are told apart`() async throws {
        let cases: [([String], any HostCommand.Type)] = [
            (["x"], CronList.self), (["x", "1"], CronRunCommand.self),
            (["x", "1"], CronSwitch<Suspending>.self),
            (["x", "1"], CronSwitch<Resuming>.self), (["x"], CronRuns.self), (["x", "1"], CronOutput.self),
            (["x", "maintenance.1", "true"], SetProperty<CronCommands>.self),
            (["x", "maintenance", "true"], SetProperty<CronCommands>.self),
            (["x"], ReportCommand<CronCommands>.self),
        ]
        for (words, type) in cases {
            let command = try type.parse(words)
            #expect(await code { try await command.run(on: host) } == .noSuchApp, "\(type)")
        }
        _ = try await host.deployedApp(appJSON: Self.appJSON)
        let named: [any HostCommand.Type] = [
            CronRunCommand.self, CronSwitch<Suspending>.self, CronSwitch<Resuming>.self,
        ]
        for type in named {
            let command = try type.parse(["shop", "nope"])
            #expect(await code { try await command.run(on: host) } == .notFound)
        }
        #expect(
            await code {
                try await SetProperty<CronCommands>.parse(["shop", "maintenance.nope", "true"]).run(on: host)
            } == .notFound
        )
        #expect(await code { try await CronOutput.parse(["shop", "7"]).run(on: host) } == .notFound)
    }

    @Test func `suspending and resuming say when nothing changes`() async throws {
        _ = try await host.deployedApp(appJSON: Self.appJSON)
        let id = try await ids()[0]
        let cases: [(any HostCommand.Type, String)] = [
            (CronSwitch<Suspending>.self, "Suspended \(id) of shop"),
            (CronSwitch<Suspending>.self, "\(id) is unchanged"),
            (CronSwitch<Resuming>.self, "Resumed \(id) of shop"), (CronSwitch<Resuming>.self, "\(id) is unchanged"),
        ]
        for (type, words) in cases {
            try await type.parse(["shop", id]).run(on: host)
            #expect(fake.transcript.progress.hasSuffix("=====> \(words)\n"))
        }
    }

    @Test func `one task is set like a property, and shows in the report`() async throws {
        _ = try await host.deployedApp(appJSON: Self.appJSON)
        let id = try await ids()[0]
        func set(_ words: String...) async throws { try await SetProperty<CronCommands>.parse(words).run(on: host) }
        try await set("shop", "maintenance.\(id)", "true")
        try await ReportCommand<CronCommands>.parse(["shop", "--cron-maintenance-\(id)"]).run(on: host)
        try await ReportCommand<CronCommands>.parse(["shop", "--cron-task-count"]).run(on: host)
        #expect(fake.transcript.answer == "true\n2\n")
        try await set("shop", "maintenance.\(id)")
        #expect(fake.transcript.progress.hasSuffix("Unsetting maintenance.\(id)\n"))
        try await set("shop", "maintenance.\(id)", "false")
        #expect(fake.transcript.progress.hasSuffix("maintenance.\(id) is unchanged\n"))
        #expect(await code { try await set("shop", "maintenance.\(id)", "perhaps") } == .malformed)
        #expect(await code { try await set("--global", "maintenance.\(id)", "true") } == .usage)
    }

    @Test(
        arguments: [
            (["--global", "mailto", "a@b.example,c@d.example"], nil), (["--global", "mailfrom", "a@b.example"], nil),
            (["--global", "maintenance", "true"], nil), (["shop", "maintenance", "true"], nil),
            (["shop", "mailto", "a@b.example"], FailureCode.usage), (["shop", "nope", "x"], .usage), (["shop"], .usage),
            (["--global", "mailto", "a b"], .malformed), (["--global", "mailto", "a@b.example,-oQ/tmp"], .malformed),
            (["--global", "mailfrom", "a@b,c@d"], .malformed), (["shop", "maintenance", "yes"], .malformed),
        ] as [([String], FailureCode?)]
    )
    func `properties are checked`(words: [String], expected: FailureCode?) async throws {
        _ = try await host.deployedApp(appJSON: Self.appJSON)
        #expect(await code { try await SetProperty<CronCommands>.parse(words).run(on: host) } == expected)
        guard expected == nil else { return }
        try await SetProperty<CronCommands>.parse(words).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("is unchanged\n"))
    }

    @Test func `the report of all hosts says what holds for all`() async throws {
        try await SetProperty<CronCommands>.parse(["--global", "mailto", "a@b.example"]).run(on: host)
        try await ReportCommand<CronCommands>.parse(["--global", "--format", "json"]).run(on: host)
        let answer = fake.transcript.answer
        let told = try JSONDecoder().decode([String: String].self, from: Data(answer.utf8))
        #expect(told["computed-mailto"] == "a@b.example" && told["global-mailto"] == "a@b.example")
        #expect(told["computed-maintenance"] == "false" && told["global-maintenance"] == "")
        // Dokku's older nouns tell each key with their name too.
        #expect(told["cron-computed-mailto"] == "a@b.example")
    }

    @Test func `a task is run now and shows among its runs`() async throws {
        _ = try await host.deployedApp(appJSON: Self.appJSON)
        let id = try await ids()[1]
        try await CronRunCommand.parse(["shop", id, "--detach"]).run(on: host)
        #expect(fake.transcript.answer.hasPrefix("shop.cron."))
        let again = try CronRunCommand.parse(["shop", id, "--detach"])
        #expect(await code { try await again.run(on: host) } == .busy, "it is forbidden twice")
        try await CronRuns.parse(["shop", id, "--format", "json"]).run(on: host)
        #expect(fake.transcript.answer.contains(#""state":"running","task":"\#(id)""#), "\(fake.transcript.answer)")
        try await CronOutput.parse(["shop", "1"]).run(on: host)
        let wrong = try CronRunCommand.parse(["shop", id, "--detach", "--ttl-seconds=-1"])
        #expect(await code { try await wrong.run(on: host) } == .usage)
    }

    @Test(arguments: [
        #"{"command": "x"}"#, #"{"schedule": "@daily"}"#, #"{"command": "", "schedule": "@daily"}"#,
        #"{"command": "x", "schedule": "99 * * * *"}"#, #"{"command": "a | b", "schedule": "@daily"}"#,
        #"{"command": "a; b", "schedule": "@daily"}"#, #"{"command": "a > b", "schedule": "@daily"}"#,
        #"{"command": "a 'b", "schedule": "@daily"}"#, #"{"command": "a\u001bb", "schedule": "@daily"}"#,
        #"{"command": "x", "schedule": "@daily", "concurrency_policy": "sometimes"}"#,
        #"{"command": "x", "schedule": "@daily"}, {"command": "x", "schedule": "@daily"}"#,
    ])
    func `a task that is none fails before anything is built`(task: String) {
        #expect { try AppJSON(Array(#"{"cron": [\#(task)]}"#.utf8)) } throws: {
            ($0 as? Failure)?.code == .badAppJSON
        }
    }

    @Test(arguments: ["sh -c 'a | b > c; d'", "curl http://a/?b=1&c=2", "echo \\;", "a \"|\" b"])
    func `signs of a shell inside a word are none`(command: String) throws {
        try CronTask(command: command, schedule: "@daily").check()
    }

    @Test func `what was recorded before there were tasks is read`() throws {
        let old = #"{"healthchecks":{},"formation":{},"env":{},"scripts":{}}"#
        #expect(try JSONDecoder().decode(AppJSON.self, from: Data(old.utf8)) == AppJSON())
        let json = try AppJSON(Array(Self.appJSON.utf8))
        #expect(try JSONDecoder().decode(AppJSON.self, from: JSONEncoder().encode(json)) == json)
    }
}

extension AppName {
    fileprivate static let sample: AppName = {
        guard let name = try? AppName("a") else { preconditionFailure("a is a name") }
        return name
    }()
}
