import Core
import Files
import Testing

@testable import Features

@Suite struct `the words of every command` {
    @Test(arguments: [
        ["--wait", "5", "ps:restart", "shop"], ["ps:restart", "--wait", "5", "shop"],
        ["ps", "restart", "shop", "--wait", "5"],
    ])
    func `the time to wait stands anywhere`(_ words: [String]) throws {
        let line = CommandLineWords(words)
        #expect(line.command == "ps:restart")
        #expect(line.arguments == ["shop"])
        #expect(try line.patience() == .seconds(5))
    }

    @Test func `words of a program of the app's are its own`() throws {
        let line = CommandLineWords(["run", "shop", "sleep", "--wait", "5"])
        #expect(line.arguments == ["shop", "sleep", "--wait", "5"])
        #expect(try line.patience() == nil)
    }

    @Test(arguments: ["soon", "-1", "", "1.5", "999999"])
    func `a time to wait is whole seconds, up to a day`(_ text: String) {
        #expect(throws: Failure.self) { try CommandLineWords(["--wait", text, "ps:restart", "shop"]).patience() }
    }

    @Test func `who does not want to wait is told at once that the app is busy`() async throws {
        let fake = Fake()
        var host = try Host.fake(fake)
        let app = try await host.deployedApp()
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        defer { lock.release() }
        host.caller.patience = .zero
        let impatient = host
        await #expect {
            _ = try await Operations(on: impatient).take(app, waiting: .seconds(60))
        } throws: { ($0 as? Failure)?.code == .busy }
    }
}

@Suite struct `flags of every command` {
    @Test(arguments: [
        ["--app", "shop", "config:get", "A"], ["--app=shop", "config:get", "A"], ["config:get", "--app", "shop", "A"],
        ["config:get", "A", "--app=shop"], ["config", "get", "A", "--app", "shop"],
    ])
    func `the app stands anywhere`(_ words: [String]) {
        let line = CommandLineWords(words)
        #expect(line.command == "config:get")
        #expect(line.arguments == ["shop", "A"])
    }

    @Test func `force reaches those that ask, and is passed over by the rest`() {
        #expect(CommandLineWords(["--force", "apps:destroy", "shop"]).arguments == ["--force", "shop"])
        #expect(CommandLineWords(["apps:destroy", "shop", "--force"]).arguments == ["shop", "--force"])
        #expect(CommandLineWords(["--force", "domains:clear", "shop"]).arguments == ["shop"])
        #expect(CommandLineWords(["domains:clear", "shop", "--force"]).arguments == ["shop"])
    }

    @Test func `quiet is the command's own where it has such a flag`() {
        #expect(CommandLineWords(["apps:list", "--quiet"]).isQuiet)
        #expect(CommandLineWords(["apps:list", "--quiet"]).arguments.isEmpty)
        #expect(CommandLineWords(["logs", "shop", "--quiet"]).arguments == ["shop", "--quiet"])
    }

    @Test func `labels in front of a command are handed on to it`() {
        let line = CommandLineWords(["--label=a=b", "--quiet", "run", "shop", "true"])
        #expect(line.command == "run" && line.arguments == ["--label=a=b", "shop", "true"])
    }

    @Test(arguments: ["run", "run:detached"])
    func `an app that is named in front of run leaves its options in their place`(_ command: String) throws {
        for words in [["--app", "shop", command], [command, "--app", "shop"], [command, "--app=shop"]] {
            let line = CommandLineWords(words + ["-e", "A=1", "--no-tty", "env", "-i"])
            #expect(line.command == command)
            let wish = try RunWish(line.arguments, command: command)
            #expect(wish.app.text == "shop" && wish.words == ["env", "-i"] && wish.terminal == .never)
            #expect(wish.environment == [try ConfigKey("A"): "1"])
        }
    }

    @Test func `what was said for every command holds for the words that a line stands for`() throws {
        let line = CommandLineWords(["--force", "--quiet", "--trace", "--wait", "7", "postgres:destroy", "db"])
        let meant = line.standing(for: ["services:destroy", "postgres", "db"])
        #expect(meant.command == "services:destroy" && meant.isForced && meant.isQuiet && meant.isTracing)
        #expect(meant.arguments == ["--force", "postgres", "db"])
        #expect(try meant.patience() == .seconds(7))
        #expect(PluginCall.words("hello:greet", line) == ["plugin:call", "--force", "hello:greet", "db"])
    }

    @Test func `an unknown command is called by the name that was typed`() {
        #expect(Help.unknown("nope", isDokku: true).what == "`nope` is not a dokku command")
        #expect(Help.unknown("nope", isDokku: false).what == "`nope` is not a slipway command")
    }

    @Test(arguments: [["git", "hook", "pre-receive"], ["--quiet", "serve"], ["git:hook", "pre-receive"]])
    func `what processes ask each other is for no person, however it is spelled`(_ words: [String]) async {
        let transcript = TranscriptOutput()
        let dispatch = Dispatch(caller: Caller(name: "ana", key: 1))
        let status = await dispatch.run(words, output: transcript.output) { _, _ in throw Failure(.bug, "reached") }
        #expect(status == 3)
        #expect(transcript.progress.contains("is not for people"))
    }

    @Test(arguments: [
        (FailureCode.usage, 2, 1), (.taken, 3, 1), (.busy, 5, 1), (.unconfirmed, 6, 1), (.noSuchApp, 20, 20),
        (.notFound, 1, 1),
    ])
    func `exit statuses are those of the list, and Dokku's under its name`(
        _ code: FailureCode,
        _ own: Int32,
        _ dokku: Int32
    )
        async
    {
        for (isDokku, expected) in [(false, own), (true, dokku)] {
            let status = await Dispatch(isDokku: isDokku).run(["apps:list"], output: TranscriptOutput().output) {
                _,
                _ in
                throw Failure(code, "because")
            }
            #expect(status == expected)
        }
    }

    @Test func `under Dokku's name the version begins with the words that scripts look for`() async {
        let transcript = TranscriptOutput()
        for words in [["version"], ["--version"], ["-v"]] {
            _ = await Dispatch(isDokku: true).run(words, output: transcript.output) { _, _ in try Host.fake() }
        }
        let lines = transcript.answer.split(separator: "\n")
        #expect(lines.count == 3 && lines.allSatisfy { $0.hasPrefix("dokku version 0.38.") })
        let own = TranscriptOutput()
        _ = await Dispatch().run(["--version"], output: own.output) { _, _ in try Host.fake() }
        #expect(own.answer == "slipway version \(Version.number)\n")
    }
}
