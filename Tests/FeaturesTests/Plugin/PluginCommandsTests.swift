import ArgumentParser
import Core
import Files
import SystemPackage
import Support
import Testing

@testable import Features

@Suite struct `plugins of a host` {
    let folder = try? TemporaryFolder()
    let fake: Fake
    let host: Host

    init() throws {
        let root = try #require(folder).path
        fake = Fake(in: root)
        host = try Host.fake(fake)
        let toml = "[plugin]\ndescription = \"Copies the data\"\nversion = \"1.2\"\n"
        try writeFile(root.appending("plugins/backup/plugin.toml"), Array(toml.utf8))
    }

    @Test func `are listed with Dokku's columns and keys`() async throws {
        try await PluginList.parse([]).run(on: host)
        #expect(fake.transcript.answer == "  backup  1.2  enabled  Copies the data\n")
        try await PluginList.parse(["--format", "json"]).run(on: host)
        #expect(
            fake.transcript.answer.hasSuffix(
                #"[{"branch":"","committish":"","core":false,"description":"Copies the data","enabled":true,"#
                    + #""name":"backup","source_url":"","version":"1.2"}]"# + "\n"
            )
        )
    }

    @Test func `are there or not by exit status alone`() async throws {
        try await PluginInstalled.parse(["backup"]).run(on: host)
        await #expect(throws: ExitCode(1)) { try await PluginInstalled.parse(["other"]).run(on: host) }
        #expect(fake.transcript.answer.isEmpty && fake.transcript.progress.isEmpty)
    }
}
