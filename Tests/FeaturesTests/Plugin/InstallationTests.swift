import ArgumentParser
import Core
import Files
import Plugins
import Programs
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `plugins that come and go` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        var fake = Fake(in: folder.path.appending("state"))
        fake.programs = .live
        try makeFolder(folder.path.appending("state"))
        try makeFolder(folder.path.appending("state/locks"))
        self.fake = fake
        host = try Host.fake(fake)
    }

    private func write(_ path: String, _ text: String, mode: Int = 0o644) throws {
        try folder.write(path, text, mode: mode)
    }

    private func source(version: String, install: String) throws -> String {
        try write("notify/plugin.toml", "[plugin]\ndescription = \"tells\"\nversion = \"\(version)\"\n")
        try write("notify/install", "#!/bin/sh\n\(install)\n", mode: 0o755)
        try write("notify/hooks/post-create", "#!/bin/sh\necho \"v\(version) $1\"\n", mode: 0o755)
        return folder.path.appending("notify").string
    }

    private func commit(_ message: String) async throws -> String {
        let place = folder.path.appending("notify").string
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-C", place]
        for words in [["init", "--quiet", "-b", "main"], ["add", "--all"], ["commit", "--quiet", "-m", message]] {
            try await Programs.live.succeed(Program("/usr/bin/git", identity + words))
        }
        let outcome = try await Programs.live.succeed(Program("/usr/bin/git", ["-C", place, "rev-parse", "HEAD"]))
        return outcome.text.trimmed
    }

    private func shown() async throws -> InstalledPlugin? {
        try await Installation(on: host).rows().rows["notify"]
    }

    @Test func `a folder is copied, prepared and takes part at once`() async throws {
        let path = try source(version: "1", install: "echo prepared")
        try await PluginInstall.parse([path]).run(on: host)
        #expect(fake.transcript.progress.contains("notify: prepared"))
        #expect(fake.transcript.progress.contains("Plugin notify 1 installed and enabled"))
        try await Apps(on: host).create(try AppName("shop"))
        #expect(fake.transcript.progress.contains("notify: v1 shop"))
        #expect(try await shown()?.source == path)
        await #expect { try await PluginInstall.parse([path]).run(on: host) } throws: { Failure($0).code == .taken }
    }

    @Test func `an install that fails leaves nothing behind`() async throws {
        let path = try source(version: "1", install: "echo no room; exit 4")
        await #expect { try await PluginInstall.parse([path]).run(on: host) } throws: {
            Failure($0).code == .pluginFailed && Failure($0).excerpt?.lines == ["no room"]
        }
        #expect(try Hooks(on: host).found().isEmpty)
        #expect(try await shown() == nil)
        #expect(try listFolder(host.paths.plugins).isEmpty)
    }

    @Test func `an installation that was cut short takes no part, and the next one clears it`() async throws {
        let path = try source(version: "1", install: "true")
        let now = host.time.now()
        let row = InstalledPlugin(name: "notify", isEnabled: false, isHalf: true, installedAt: now, updatedAt: now)
        try await host.store.write { try PluginTable.save(row, $0) }
        try write("state/plugins/notify/plugin.toml", "[plugin]\nversion = \"0\"\n")
        try write("state/plugins/notify/post-create", "#!/bin/sh\necho never\n", mode: 0o755)
        try await Apps(on: host).create(try AppName("shop"))
        #expect(!fake.transcript.progress.contains("never"))
        await #expect { try await PluginEnable.parse(["notify"]).run(on: host) } throws: {
            Failure($0).code == .pluginFailed
        }
        try await PluginInstall.parse([path]).run(on: host)
        #expect(try await shown()?.isEnabled == true)
        #expect(try Hooks(on: host).plugin("notify").version == "1")
    }

    @Test func `an update takes the place in one step, and a hook that fails brings the old one back`() async throws {
        let path = try source(version: "1", install: "true")
        let first = try await commit("one")
        try await PluginInstall.parse(["file://\(path)", "--name", "notify"]).run(on: host)
        #expect(try await shown()?.commit == first)
        try await PluginUpdate.parse(["notify"]).run(on: host)
        #expect(fake.transcript.progress.contains("Plugin notify is up to date (unchanged)"))

        _ = try source(version: "2", install: "true")
        let second = try await commit("two")
        try await PluginUpdate.parse([]).run(on: host)
        #expect(try await shown()?.commit == second)
        #expect(try Hooks(on: host).plugin("notify").version == "2")

        _ = try source(version: "3", install: "exit 9")
        _ = try await commit("three")
        await #expect { try await PluginUpdate.parse(["notify"]).run(on: host) } throws: {
            Failure($0).code == .pluginFailed
        }
        #expect(try Hooks(on: host).plugin("notify").version == "2")
        #expect(try await shown()?.commit == second)

        try await PluginUpdate.parse(["notify", first]).run(on: host)
        #expect(try Hooks(on: host).plugin("notify").version == "1")
        #expect(try listFolder(host.paths.plugins) == ["notify"])
    }

    @Test func `an update that was cut short is said, and done again by the next`() async throws {
        let path = try source(version: "1", install: "echo installed")
        let first = try await commit("one")
        try await PluginInstall.parse(["file://\(path)", "--name", "notify"]).run(on: host)
        // Its process died behind the exchange: the newer files are there, and nothing else.
        var row = try #require(try await shown())
        row.isUpdating = true
        let cut = row
        try await host.store.write { try PluginTable.save(cut, $0) }
        try write("state/plugins/notify/plugin.toml", "[plugin]\ndescription = \"tells\"\nversion = \"2\"\n")
        try await PluginList.parse([]).run(on: host)
        #expect(fake.transcript.answer.contains("enabled, half updated"))
        await #expect(throws: ExitCode(1)) { try await PluginValidate.parse(["notify"]).run(on: host) }
        #expect(fake.transcript.progress.contains("its last update was cut short"))
        // One that fails leaves it as it was, and said.
        _ = try source(version: "3", install: "exit 9")
        _ = try await commit("three")
        await #expect(throws: (any Error).self) { try await PluginUpdate.parse(["notify"]).run(on: host) }
        #expect(try await shown() == cut)
        #expect(try Hooks(on: host).plugin("notify").version == "2")

        let before = fake.transcript.progress.split(separator: "notify: installed").count
        try await PluginUpdate.parse(["notify", first]).run(on: host)
        #expect(try await shown()?.isUpdating == false)
        #expect(try Hooks(on: host).plugin("notify").version == "1")
        #expect(fake.transcript.progress.split(separator: "notify: installed").count == before + 1)
    }

    @Test func `an archive with everything in one folder is unpacked to the plugin`() async throws {
        _ = try source(version: "5", install: "true")
        let archive = folder.path.appending("notify.tar.gz").string
        try await Programs.live.succeed(Program("/bin/tar", ["-czf", archive, "-C", folder.path.string, "notify"]))
        try await PluginInstall.parse([archive]).run(on: host)
        #expect(try Hooks(on: host).plugin("notify").version == "5")
        await #expect { try await PluginInstall.parse([archive, "b", "--committish", "main"]).run(on: host) } throws: {
            Failure($0).code == .malformed
        }
    }

    @Test func `disabled it is silent, and uninstalled it is gone after its last word`() async throws {
        let path = try source(version: "1", install: "true")
        try write("notify/uninstall", "#!/bin/sh\necho \"bye $1\"\n", mode: 0o755)
        try await PluginInstall.parse([path]).run(on: host)
        try await PluginDisable.parse(["notify"]).run(on: host)
        try await PluginDisable.parse(["notify"]).run(on: host)
        #expect(fake.transcript.progress.contains("Plugin notify already disabled (unchanged)"))
        try await Apps(on: host).create(try AppName("shop"))
        #expect(!fake.transcript.progress.contains("v1 shop"))
        try await PluginEnable.parse(["notify"]).run(on: host)
        try await PluginUninstall.parse(["notify"]).run(on: host)
        #expect(fake.transcript.progress.contains("notify: bye notify"))
        #expect(try Hooks(on: host).found().isEmpty)
        await #expect { try await PluginUninstall.parse(["notify"]).run(on: host) } throws: {
            Failure($0).code == .notFound
        }
    }

    @Test func `one that comes with slipway is prepared when it is enabled first, and cannot be taken away`()
        async throws
    {
        try write("state/core-plugins/slack/plugin.toml", "[plugin]\nversion = \"1\"\nenabled = false\n")
        try write("state/core-plugins/slack/install", "#!/bin/sh\necho once\n", mode: 0o755)
        try write("state/core-plugins/slack/post-create", "#!/bin/sh\necho seen\n", mode: 0o755)
        try await Apps(on: host).create(try AppName("one"))
        #expect(!fake.transcript.progress.contains("seen"))
        try await PluginEnable.parse(["slack"]).run(on: host)
        #expect(fake.transcript.progress.contains("slack: once"))
        try await Apps(on: host).create(try AppName("two"))
        #expect(fake.transcript.progress.contains("slack: seen"))
        for command in [PluginUninstall.self, PluginUpdate.self] as [any HostCommand.Type] {
            let words = try command.parse(["slack"])
            await #expect { try await words.run(on: host) } throws: { Failure($0).code == .unchangeable }
        }
        try await PluginList.parse(["--format", "json"]).run(on: host)
        #expect(fake.transcript.answer.contains(#""core":true"#))
    }

    @Test(arguments: [
        ("ftp://example.com/a.git", FailureCode.malformed), ("http://example.com/a.git", .malformed),
        ("--upload-pack=x", .malformed), ("ext::sh -c x", .malformed), ("notify", .malformed),
        ("/nowhere/at/all", .badSource),
    ])
    func `a place that is none is refused and changes nothing`(_ place: String, _ code: FailureCode) async throws {
        await #expect {
            _ = try await Installation(on: host).install(
                try PluginSource(place),
                as: "one",
                at: nil,
                runsHooks: true
            )
        } throws: {
            Failure($0).code == code || code == .badSource && Failure($0).code == .programFailed
        }
        #expect(try await Installation(on: host).rows().rows.isEmpty)
    }

    @Test(arguments: ["apps", "-x", "../x", "a/b", ".hidden", "a b", "ä"])
    func `a name that is none, or one of ours, is refused`(_ name: String) async throws {
        let path = try source(version: "1", install: "true")
        await #expect {
            try await PluginInstall.parse([path, "--name=\(name)"]).run(on: host)
        } throws: {
            [.taken, .malformed].contains(Failure($0).code)
        }
        #expect(try Hooks(on: host).found().isEmpty)
    }

    @Test func `one that comes with slipway gives its place to one of its name, and has it back`() async throws {
        try write("state/core-plugins/notify/plugin.toml", "[plugin]\nversion = \"0\"\n")
        try write("state/core-plugins/notify/post-create", "#!/bin/sh\necho \"v0 $1\"\n", mode: 0o755)
        try await PluginDisable.parse(["notify"]).run(on: host)
        let before = try await shown()
        #expect(before?.isEnabled == false)
        let broken = try source(version: "1", install: "exit 4")
        await #expect { try await PluginInstall.parse([broken]).run(on: host) } throws: {
            Failure($0).code == .pluginFailed
        }
        #expect(try await shown() == before)
        #expect(try Hooks(on: host).plugin("notify").version == "0")
        try await PluginInstall.parse([try source(version: "1", install: "true")]).run(on: host)
        #expect(try Hooks(on: host).plugin("notify").version == "1")
        try await Apps(on: host).create(try AppName("shop"))
        #expect(fake.transcript.progress.contains("notify: v1 shop"))
        try await PluginUninstall.parse(["notify"]).run(on: host)
        #expect(try Hooks(on: host).plugin("notify").version == "0")
    }

    @Test func `a noun that elsewhere is a plugin's may be one's name`() async throws {
        let path = try source(version: "1", install: "true")
        try await PluginInstall.parse([path, "--name", "maintenance"]).run(on: host)
        #expect(try Hooks(on: host).plugin("maintenance").version == "1")
    }

    @Test func `the end of a former name is told to those who carry names, and to nobody else`() async throws {
        let path = try source(version: "1", install: "true")
        try write("notify/pre-delete", "#!/bin/sh\necho \"ends $1\"\n", mode: 0o755)
        try await PluginInstall.parse([path, "--name", "plain"]).run(on: host)
        try write("notify/post-app-rename-setup", "#!/bin/sh\necho \"carries $1 to $2\"\n", mode: 0o755)
        try await PluginInstall.parse([path, "--name", "carrier"]).run(on: host)
        try await Apps(on: host).create(try AppName("shop"))
        let app = try await Apps(on: host).find(try AppName("shop"))
        await Hooks(on: host).tellEnd(of: app)
        #expect(fake.transcript.progress.contains("carrier: ends shop"))
        #expect(!fake.transcript.progress.contains("plain: ends"))
    }

    @Test func `a plugin that needs a newer slipway is refused`() async throws {
        let path = try source(version: "1", install: "true")
        try write("notify/plugin.toml", "[plugin]\nversion = \"1\"\nslipway = \">= 99.1\"\n")
        await #expect { try await PluginInstall.parse([path]).run(on: host) } throws: {
            Failure($0).what == "the plugin notify needs slipway >= 99.1"
        }
    }

    @Test(arguments: [
        "plugin:install", "plugin:install-dependencies", "plugin:update", "plugin:uninstall", "plugin:enable",
        "plugin:disable", "plugin:trigger", "plugin:validate", "plugin:create", "plugin:build",
    ])
    func `nobody who came by ssh brings or switches plugins`(_ command: String) async {
        let (transcript, host) = (TranscriptOutput(), host)
        let stranger = Dispatch(caller: Caller(name: "ana", key: 1))
        #expect(await stranger.run([command, "notify"], output: transcript.output) { _, _ in host } == 3)
        #expect(transcript.progress.contains("\(command) is not done over ssh"))
    }

    @Test func `what is in the way and no plugin stays as it is`() async throws {
        let path = try source(version: "1", install: "true")
        try write("state/plugins/notify/precious", "mine")
        await #expect { try await PluginInstall.parse([path]).run(on: host) } throws: { Failure($0).code == .taken }
        #expect(try readFile(folder.path.appending("state/plugins/notify/precious")) == Array("mine".utf8))
        #expect(try await shown() == nil)
    }

    @Test func `one whose installation was cut short is not renewed, and can be taken away`() async throws {
        let path = try source(version: "1", install: "true")
        try await PluginInstall.parse([path]).run(on: host)
        var row = try #require(try await shown())
        row.isHalf = true
        let half = row
        try await host.store.write { try PluginTable.save(half, $0) }
        await #expect { _ = try await Installation(on: host).update("notify", to: nil) } throws: {
            Failure($0).what == "the plugin notify is half installed"
        }
        try await PluginUninstall.parse(["notify"]).run(on: host)
        #expect(try await shown() == nil)
        #expect(kindOfFile(folder.path.appending("state/plugins/notify")) == nil)
    }

    @Test func `a login in an address is shown to nobody`() async throws {
        let address = "https://ana:s3cret@127.0.0.1:1/notify.git"
        await #expect { try await PluginInstall.parse([address]).run(on: host) } throws: {
            let failure = Failure($0)
            return failure.code == .badSource && !"\(failure)".contains("s3cret")
                && failure.why?.contains("s3cret") != true
        }
        #expect(!fake.transcript.progress.contains("s3cret"))
        #expect(fake.transcript.progress.contains("Installing a plugin from https://127.0.0.1:1/notify.git"))
    }

    @Test func `a trigger is fired by hand, also one that a plugin has made up`() async throws {
        let path = try source(version: "1", install: "true")
        try write("notify/service-list", "#!/bin/sh\necho \"db $1\"\n", mode: 0o755)
        try await PluginInstall.parse([path]).run(on: host)
        try await PluginTrigger.parse(["post-create", "shop"]).run(on: host)
        #expect(fake.transcript.progress.contains("notify: v1 shop"))
        try await PluginTrigger.parse(["service-list", "--all"]).run(on: host)
        #expect(fake.transcript.answer == "db --all\n")
        for name in ["../install", "plugin.toml", "commands", "a/b"] {
            await #expect { try await PluginTrigger.parse([name]).run(on: host) } throws: {
                Failure($0).code == .malformed
            }
        }
    }

    @Test func `a look over names what is wrong and runs nothing`() async throws {
        let path = try source(version: "1", install: "touch \(folder.path)/ran")
        try await PluginValidate.parse([path]).run(on: host)
        #expect(fake.transcript.progress.contains("is sound"))
        try write("notify/hooks/post-deplyo", "#!/bin/sh\n", mode: 0o755)
        try write("notify/hooks/pre-start", "#!/bin/sh\nif then\n", mode: 0o755)
        try write("notify/hooks/post-stop", "#!/bin/sh\n", mode: 0o644)
        await #expect(throws: ExitCode(1)) {
            try await PluginValidate.parse([path, "--format", "json"]).run(on: host)
        }
        for words in ["there is no trigger post-deplyo", "name it post-deploy", "it is not executable", "pre-start"] {
            #expect(fake.transcript.answer.contains(words))
        }
        #expect(try readFile(folder.path.appending("ran")) == nil)
    }
}
