import Core
import Testing

@testable import Features

/// What a caller must be allowed, where that hangs on the words.
@Suite struct `what a command asks of its caller` {
    private func permission(_ line: String) throws -> Permission? {
        let words = try ShellWords.split(line)
        return Features.command(named: words[0])?.permission(for: Array(words.dropFirst()))
    }

    @Test func `every command that changes an app changes the host with --global and with --all`() throws {
        var seen = 0
        for command in Features.facts() where command.permission == .change {
            let type = try #require(Features.command(named: command.name))
            for flag in ["--global", "--all"] where command.flags.contains(flag) {
                seen += 1
                #expect(type.permission(for: [flag, "x", "y"]) == .administer, "\(command.name)")
                #expect(type.permission(for: ["shop", "x", "y"]) == .change, "\(command.name)")
            }
        }
        #expect(seen > 40)
    }

    @Test func `every :set is the host's with --global, wherever the flag stands`() throws {
        for command in Features.facts() where command.name.hasSuffix(":set") && command.flags.contains("--global") {
            let type = try #require(Features.command(named: command.name))
            #expect(type.permission(for: ["--global", "a", "b"]) == .administer, "\(command.name)")
            #expect(type.permission(for: ["a", "b", "--global"]) == .administer, "\(command.name)")
        }
    }

    @Test(arguments: [
        ("config:show --global", Permission.view), ("config:set shop A=b", .change),
        ("config:set --global A=b", .administer),
        ("apps:list", .view), ("nginx:reload", .administer), ("help", .none), ("proxy:disable --all", .administer),
        ("docker-options:list shop --phase deploy", .view), ("docker-options:report shop", .view),
        ("docker-options:add shop deploy --memory 1g --init", .change),
        ("docker-options:add shop build --build-arg A=b", .change),
        ("docker-options:add shop deploy --env A=b --privileged", .administer),
        ("docker-options:add shop deploy,run -v /:/host", .administer),
        ("docker-options:add shop deploy --label traefik.enable=true", .administer),
        ("docker-options:add shop build --network host", .administer),
        ("docker-options:add shop deploy --nonsense", .administer), ("docker-options:add", .administer),
        ("docker-options:remove shop deploy --memory 1g", .change),
        ("docker-options:remove shop deploy --security-opt no-new-privileges", .administer),
        ("docker-options:clear shop", .administer),
    ])
    func `a command asks for what its words reach`(_ line: String, _ wanted: Permission) throws {
        #expect(try permission(line) == wanted, "\(line)")
    }

    @Test func `an option that is said to stay inside is one`() {
        for phase in DockerOption.Phase.allCases {
            let inside = DockerFlag.table(of: phase).filter { DockerFlag.staysInside($0.name, in: phase) }
            #expect(inside.count > 15)
        }
    }

    @Test(arguments: Features.deprecated.sorted { $0.key < $1.key })
    func `a word that Dokku gave up says which one is meant`(_ old: String, _ now: String) async throws {
        let transcript = TranscriptOutput()
        let host = try Host.fake()
        _ = try await host.deployedApp()
        let words = [old, "shop"] + (old.hasSuffix("add") || old.hasSuffix("set") ? ["http:80:5000"] : [])
        _ = await Dispatch().run(words, output: transcript.output) { _, output in
            var own = host
            own.output = output
            return own
        }
        #expect(transcript.progress.contains(" !     Deprecated: Please use \(now) instead of \(old)\n"))
        #expect(!transcript.answer.contains("Deprecated"))
    }
}
