import ArgumentParser
import Core
import Files
import GRDB
import Scheduling
import Store
import SystemPackage
import Testing

@testable import Features

@Suite struct `config commands` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    @Test func `what is set is shown, exported, and bundled as files`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await ConfigSet.parse(["shop", "B=two words", "A=1"]).run(on: host)
        try await ConfigKeys.parse(["shop"]).run(on: host)
        #expect(fake.transcript.answer == "A\nB\n")
        try await ConfigBundle.parse(["shop"]).run(on: host)
        var reader = TarReader()
        let archive = Array(fake.transcript.answer.dropFirst("A\nB\n".count).utf8)
        let events = try reader.push(archive)
        #expect(events.contains(.entry(TarHeader(name: "A", size: 1, mode: 0o600))))
        #expect(events.contains(.data(Array("two words".utf8))))
        #expect(try await Config(on: host).all(of: app).count == 2)
    }

    @Test func `the same again is unchanged, and a missing key is silent`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        try await ConfigSet.parse(["shop", "A=1"]).run(on: host)
        try await ConfigSet.parse(["shop", "A=1"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("shop config is unchanged\n"))
        await #expect(throws: (any Error).self) { try await ConfigGet.parse(["shop", "NONE"]).run(on: host) }
        #expect(fake.transcript.answer.isEmpty)
    }

    @Test(arguments: [["shop"], ["shop", "A"], ["shop", "1A=x"], ["none", "A=1"], []])
    func `bad input changes nothing`(words: [String]) async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        await #expect(throws: Failure.self) { try await ConfigSet.parse(words).run(on: host) }
        #expect(try await Config(on: host).all(of: app).isEmpty)
    }

    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }

    private func seeded() async throws -> App {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await run(try ConfigSet.parse(["--global", "G=all", "A=global"]))
        try await run(try ConfigSet.parse(["shop", "A=it's", "B=two words", "C=x\ny"]))
        return app
    }

    @Test(arguments: [
        ("exports", "export A='it'\\''s'\nexport B='two words'\nexport C='x\ny'\n"),
        ("envfile", "A='it'\\''s'\nB='two words'\nC='x\ny'\n"),
        ("shell", "A='it'\\''s' B='two words' C='x\ny'\n"),
        ("docker-args", "--env=A='it'\\''s' --env=B='two words' --env=C='x\ny'\n"),
        ("docker-args-keys", "--env=A --env=B --env=C\n"), ("pack-keys", "--env A --env B --env C\n"),
        ("pretty", "A:  it's\nB:  two words\nC:  x\ny\n"),
        ("json", "{\"A\":\"it's\",\"B\":\"two words\",\"C\":\"x\\ny\"}\n"),
        (
            "json-list",
            "[{\"name\":\"A\",\"value\":\"it's\"},{\"name\":\"B\",\"value\":\"two words\"},"
                + "{\"name\":\"C\",\"value\":\"x\\ny\"}]\n"
        ),
    ])
    func `is exported in every format`(format: String, expected: String) async throws {
        _ = try await seeded()
        try await run(try ConfigExport.parse(["--format", format, "shop"]))
        #expect(fake.transcript.answer == expected)
    }

    @Test func `what holds for all is merged when it is asked for, the app's own over it`() async throws {
        _ = try await seeded()
        try await run(try ConfigKeys.parse(["--merged", "shop"]))
        try await run(try ConfigKeys.parse(["shop"]))
        try await run(try ConfigKeys.parse(["--global"]))
        #expect(fake.transcript.answer == "A\nB\nC\nG\n" + "A\nB\nC\n" + "A\nG\n")
        try await run(try ConfigExport.parse(["--format", "json", "--merged", "shop"]))
        #expect(fake.transcript.answer.hasSuffix("\"C\":\"x\\ny\",\"G\":\"all\"}\n"))
        try await run(try ConfigShow.parse(["shop", "--format", "json"]))
        #expect(fake.transcript.answer.hasSuffix("\"C\":\"x\\ny\"}\n"))
    }

    @Test func `one value is the app's own, with what holds for all when asked, and the commit that serves`()
        async throws
    {
        _ = try await host.deployedApp()
        let commit = String(repeating: "ab", count: 20)
        try await host.store.write { try $0.execute(sql: "UPDATE releases SET revision = ?", arguments: [commit]) }
        try await ConfigSet.parse(["--global", "TZ=UTC"]).run(on: host)
        await #expect(throws: ExitCode(1)) { try await ConfigGet.parse(["shop", "TZ"]).run(on: host) }
        try await ConfigGet.parse(["--merged", "shop", "TZ"]).run(on: host)
        try await ConfigGet.parse(["shop", "GIT_REV"]).run(on: host)
        #expect(fake.transcript.answer == "UTC\n\(commit)\n")
        await #expect(throws: ExitCode(1)) { try await ConfigGet.parse(["--global", "GIT_REV"]).run(on: host) }
    }

    @Test func `one value is shown as it is, or quoted for a shell`() async throws {
        _ = try await seeded()
        try await run(try ConfigGet.parse(["shop", "B"]))
        try await run(try ConfigGet.parse(["--quoted", "shop", "B"]))
        try await run(try ConfigGet.parse(["--global", "A"]))
        #expect(fake.transcript.answer == "two words\n'two words'\nglobal\n")
    }

    @Test func `unset skips what is not there, and clear takes all`() async throws {
        let app = try await seeded()
        try await run(try ConfigUnset.parse(["shop", "A", "NONE"]))
        #expect(fake.transcript.progress.contains(" !     NONE is not set, skipped\n-----> config: removed A\n"))
        try await run(try ConfigUnset.parse(["shop", "NONE"]))
        #expect(fake.transcript.progress.hasSuffix("shop config is unchanged\n"))
        try await run(try ConfigClear.parse(["shop"]))
        #expect(try await Config(on: host).all(of: app).isEmpty)
        try await run(try ConfigClear.parse(["shop"]))
        #expect(fake.transcript.progress.hasSuffix("shop config is unchanged\n"))
        #expect(try await Config(on: host).all(of: nil).count == 2)
        try await run(try ConfigClear.parse(["--global"]))
        #expect(try await Config(on: host).all(of: nil).isEmpty)
    }

    @Test func `base64 is read as text, and refused when it is none`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await run(try ConfigSet.parse(["--encoded", "shop", "A=dHdvIHdvcmRz"]))
        #expect(try await Config(on: host).all(of: app)[try ConfigKey("A")] == "two words")
        for bad in ["A=%%%", "A=/w=="] {
            await #expect { try await run(try ConfigSet.parse(["--encoded", "shop", bad])) } throws: {
                ($0 as? Failure)?.code == .malformed
            }
        }
        #expect(try await Config(on: host).all(of: app).count == 1)
    }

    @Test func `a file is imported, replacing or not, and nothing of it when a line is wrong`() async throws {
        let app = try await seeded()
        let folder = FilePath(fake.folder.string + "-home")
        defer { try? removeTree(folder) }
        let file = folder.appending("vars")
        try writeFile(file, Array("D=4\nA=new # old\n".utf8))
        try await run(try ConfigImport.parse(["shop", file.string]))
        #expect(try await Config(on: host).all(of: app).count == 4)
        try await run(try ConfigImport.parse(["--replace", "shop", file.string]))
        #expect(try await Config(on: host).all(of: app) == [try ConfigKey("A"): "new", try ConfigKey("D"): "4"])
        try await run(try ConfigImport.parse(["--replace", "shop", file.string]))
        #expect(fake.transcript.progress.hasSuffix("shop config is unchanged\n"))
        try writeFile(file, Array("{\"A\":\"json\"}".utf8))
        try await run(try ConfigImport.parse(["--format", "json", "shop", file.string]))
        #expect(try await Config(on: host).all(of: app)[try ConfigKey("A")] == "json")
        for bad in ["", "# nothing\n", "E=5\nno line", "1E=5"] {
            try writeFile(file, Array(bad.utf8))
            await #expect { try await run(try ConfigImport.parse(["shop", file.string])) } throws: {
                ($0 as? Failure)?.code == .malformed
            }
        }
        for bad in ["[]", "{\"A\":1}", "{\"1\":\"x\"}", "nonsense"] {
            try writeFile(file, Array(bad.utf8))
            await #expect {
                try await run(try ConfigImport.parse(["--format", "json", "shop", file.string]))
            } throws: {
                ($0 as? Failure)?.code == .malformed
            }
        }
        #expect(try await Config(on: host).all(of: app).count == 2)
    }

    @Test func `our own state is no file of variables, and neither is one that is not there`() async throws {
        _ = try await seeded()
        let inside = host.paths.root.appending("x/../slipway.db").string
        await #expect { try await run(try ConfigImport.parse(["shop", inside])) } throws: {
            ($0 as? Failure)?.code == .notAllowed
        }
        await #expect { try await run(try ConfigImport.parse(["shop", "/nonexistent"])) } throws: {
            ($0 as? Failure)?.code == .notFound
        }
    }

    @Test func `a running app moves to one release with them, or none`() async throws {
        let app = try await host.deployedApp()
        try await run(try ConfigSet.parse(["--no-restart", "shop", "A=1"]))
        #expect(try await Apps(on: host).find(app.id).current == 1)
        try await run(try ConfigSet.parse(["shop", "B=2", "C=3"]))
        #expect(try await Apps(on: host).find(app.id).current == 2)
        #expect(fake.scheduler.entries["c2"]?.workload.environment["A"] == "1")
        try await run(try ConfigSet.parse(["--global", "G=1"]))
        #expect(try await Apps(on: host).find(app.id).current == 2)
    }

    @Test func `an app that does not exist, or none at all`() async throws {
        for command: any HostCommand in [
            try ConfigShow.parse(["none"]), try ConfigGet.parse(["none", "A"]), try ConfigSet.parse(["none", "A=1"]),
            try ConfigUnset.parse(["none", "A"]), try ConfigClear.parse(["none"]), try ConfigKeys.parse(["none"]),
            try ConfigExport.parse(["none"]), try ConfigImport.parse(["none", "/x"]), try ConfigBundle.parse(["none"]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .noSuchApp }
        }
        for command: any HostCommand in [
            try ConfigShow.parse([]), try ConfigGet.parse([]), try ConfigUnset.parse(["--global"]),
            try ConfigClear.parse([]),
            try ConfigGet.parse(["--global"]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .usage }
        }
    }
}
