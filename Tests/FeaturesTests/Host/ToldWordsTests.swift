import ArgumentParser
import Core
import Files
import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

/// What `user-auth` is told of a command: a plugin that protects something knows one spelling of it.
@Suite(.timeLimit(.minutes(1))) struct `what plugins are told of a command` {
    let stage: ServiceStage
    private var heard: FilePath { stage.folder.path.appending("heard") }

    init() throws {
        stage = try ServiceStage()
        try stage.folder.write("plugins/ears/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try stage.folder.write(
            "plugins/ears/hooks/user-auth",
            "#!/bin/sh\nshift 2\necho \"$*\" >\(heard)\nexit 1\n",
            mode: 0o755
        )
        try stage.folder.write("plugins/hello/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try stage.folder.write("plugins/hello/subcommands/greet", "#!/bin/sh\n", mode: 0o755)
    }

    private func told(_ line: String) async throws -> String {
        var host = try Host.fake(stage.fake)
        host.programs = .live
        host.caller.key = 1
        let own = host
        let transcript = TranscriptOutput()
        _ = await Dispatch(caller: own.caller).run(try ShellWords.split(line), output: transcript.output) { _, _ in own
        }
        guard let bytes = try? Data(contentsOf: URL(filePath: heard.string)) else { return transcript.progress }
        return String(decoding: bytes, as: UTF8.self).trimmed
    }

    @Test(arguments: [
        ("services:info redis db", "redis:info db"), ("services info redis db", "redis:info db"),
        ("services:info --format json redis db", "redis:info --format json db"),
        ("services:export redis redis", "redis:export redis"), ("services:import -- redis db", "redis:import -- db"),
        ("services:link redis db shop --alias X", "redis:link db shop --alias X"),
        ("services:create -p redis redis db", "redis:create -p ****** db"),
        ("services:set redis db custom-env A=s3cret", "redis:set db custom-env ******"),
        ("services:enter redis db cat redis", "redis:enter db cat redis"),
        ("services:app-links redis shop", "redis:app-links shop"), ("services:list redis", "redis:list"),
        ("services:list", "services:list"), ("services:kinds", "services:kinds"),
    ])
    func `a verb of a service is that of its kind`(_ line: String, _ expected: String) async throws {
        #expect(try await told(line) == expected)
    }

    @Test(arguments: [
        ("plugin:call hello:greet shop", "hello:greet shop"), ("plugin:call hello greet shop", "hello:greet shop"),
        ("plugin:call --force hello:greet shop", "hello:greet shop"),
        ("plugin:call hello", "hello"), ("config:set shop A=s3cret", "config:set shop A="),
        ("ps restart shop", "ps:restart shop"),
    ])
    func `of everything else it is the command's own name`(_ line: String, _ expected: String) async throws {
        #expect(try await told(line) == expected)
    }

    @Test func `every verb of services says its kind`() {
        let others = ServicesCommands.all.filter { !($0 is any KindCommand.Type) }
        #expect(others.map { $0.configuration.commandName } == ["services:kinds"])
    }
}
