import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

/// Plugins in the style of those that people have written for Dokku, and the bundled ones of the same names, on real
/// parts.
@Suite(
    "Plugins written for Dokku",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(10))
)
struct DokkuPluginsStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    private var plugins: FilePath { sandbox.state.appending("plugins") }
    private var lib: FilePath { sandbox.state.appending("dokku") }
    private static let sources = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()

    /// Installs plugins, and takes them away again.
    private func with(_ names: [String], from place: String, _ work: () async throws -> Void) async throws {
        guard let name = names.first else { return try await work() }
        try await sandbox.withPlugin(Self.sources.appending(place).appending(name)) {
            try await with(Array(names.dropFirst()), from: place, work)
        }
    }

    /// A program of a plugin with what hooks are told, as a person of this machine.
    private func run(
        _ plugin: String,
        _ file: String,
        _ words: [String] = [],
        input: String = "",
        _ extra: [String] = []
    ) async throws -> Finished {
        let variables = [
            "PATH=\(lib)/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=\(sandbox.state)",
            "LANG=C.UTF-8", "SLIPWAY_ROOT=\(sandbox.state)", "SLIPWAY_BIN=\(sandbox.binary)", "SLIPWAY_CALLER=admin",
            "SLIPWAY_PLUGIN=\(plugin)", "SLIPWAY_PLUGIN_ROOT=\(plugins)/\(plugin)", "DOKKU_ROOT=\(lib)/home",
            "DOKKU_LIB_ROOT=\(lib)", "PLUGIN_PATH=\(lib)/plugins", "PLUGIN_AVAILABLE_PATH=\(lib)/plugins/available",
            "PLUGIN_ENABLED_PATH=\(lib)/plugins/enabled", "PLUGIN_CORE_PATH=\(lib)/core-plugins",
            "PLUGIN_CORE_AVAILABLE_PATH=\(lib)/core-plugins/available", "SSH_USER=slipway", "SSH_NAME=admin",
            "NAME=admin", "DOCKER_BIN=docker", "DOKKU_API_VERSION=1", "DOKKU_NOT_IMPLEMENTED_EXIT=10",
            "DOKKU_VALID_EXIT=0", "DOKKU_SYSTEM_USER=dokku", "DOKKU_SYSTEM_GROUP=dokku", "ACL_SUPER_USERS=",
            "ACL_USER_COMMANDS=",
        ]
        let program = plugins.appending(plugin).pushing(FilePath(file)).string
        return try await .run(
            Program("/usr/bin/env", ["-i"] + variables + extra + [program] + words, input: Array(input.utf8))
        )
    }

    /// A command of a plugin, as a person of this machine types it.
    @discardableResult
    private func dokku(_ plugin: String, _ verb: String, _ words: String...) async throws -> Finished {
        try await sandbox.slipway(["\(plugin):\(verb)"] + words).succeeded("\(plugin):\(verb)")
    }

    /// The status of a request, and where it is sent to.
    private func ask(_ host: String, _ words: String...) async throws -> String {
        let form = ["-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "--max-time", "10"]
        let target = ["-H", "Host: \(host)", "http://127.0.0.1:\(sandbox.httpPort)/"]
        let end = try await Finished.run(Program("/usr/bin/curl", form + words + target))
        return end.out.split(separator: " ").joined(separator: " ")
    }

    @Test func `a datastore's plugin makes a service and links it, and forgets an app that goes`() async throws {
        let app = "story-crate"
        try await with(["crate"], from: "Tests/Fixtures/dokku-plugins") {
            try await sandbox.withApp(app) { _ in
                try await dokku("crate", "create", "db")
                try await dokku("crate", "link", "db", app)
                let url = try await sandbox.done("config:get", app, "CRATE_URL").answer
                #expect(url.hasPrefix("crate://:") && url.hasSuffix("@dokku-crate-db:4200"), "\(url)")
                #expect(try await sandbox.variable("CRATE_URL", of: app) == url)
                try await sandbox.settle(app, to: 1)
                let container = try #require(try await sandbox.containers(of: app).first)
                let body = try await sandbox.engine("GET", "/containers/\(container.Id)/json")
                #expect(String(decoding: body, as: UTF8.self).contains("\"crate.db\":\"linked\""))
                let again = try await run("crate", "subcommands/link", ["crate:link", "db", app])
                #expect(again.status == 1 && again.err.contains("Already linked as CRATE_URL"), "\(again)")
                let info = try await dokku("crate", "info", "db")
                #expect(info.out.contains("bridge") && info.out.contains(app), "\(info)")
                let words = try await run("crate", "commands", ["crate:help"]).succeeded("crate:help")
                #expect(words.out.contains("crate:link <service> <app>"))
                #expect(try await run("crate", "commands", ["other:word"]).status == 10)
                let arguments = try await run("crate", "docker-args-process-deploy", [app], input: "--memory 9m")
                #expect(arguments.out == "--memory 9m --label crate.args=db\n")
                try await dokku("crate", "unlink", "db", app)
                #expect(try await sandbox.ssh("config:get", app, "CRATE_URL").status != 0)
                try await dokku("crate", "link", "db", app)
                let restored = try await sandbox.slipway("ps:restore", app).succeeded("ps:restore")
                #expect((restored.out + restored.err).contains("serves \(app) again"), "\(restored)")
                try await sandbox.done("apps:rename", app, "\(app)-again")
                #expect(try await dokku("crate", "info", "db").out.contains("\(app)-again"))
                try await sandbox.done("apps:rename", "\(app)-again", app)
                #expect(try await !dokku("crate", "info", "db").out.contains("\(app)-again"), "the former name ended")
            }
            let links = lib.appending("services/crate/db/LINKS").string
            #expect(try String(contentsOfFile: links, encoding: .utf8).isEmpty, "pre-delete took it out")
            try? FileManager.default.removeItem(atPath: lib.appending("services/crate").string)
        }
    }

    @Test func `a page stands before an app, and a password, and both are gone again`() async throws {
        let app = "story-pause"
        try await with(["pause", "gate"], from: "Tests/Fixtures/dokku-plugins") {
            try await sandbox.withApp(app) { _ in
                let host = sandbox.name(of: app)
                try await dokku("pause", "enable", app)
                let paused = try await sandbox.get(app)
                #expect(paused.status == 503 && paused.body.contains("Paused"), "\(paused)")
                try await dokku("pause", "disable", app)
                #expect(try await ask(host) == "200")
                try await dokku("gate", "enable", app, "ana", "s3cret")
                #expect(try await ask(host) == "401")
                #expect(try await ask(host, "-u", "ana:wrong") == "401")
                #expect(try await ask(host, "-u", "ana:s3cret") == "200")
                try await sandbox.done("apps:rename", app, "\(app)-again")
                try await sandbox.done("nginx:reload")
                let renamed = sandbox.name(of: "\(app)-again")
                #expect(try await ask(renamed) == "401")
                let known = try await ask(renamed, "-u", "ana:s3cret")
                #expect(known == "200", "\(known)")
                try await dokku("gate", "add-allowed-ip", "\(app)-again", "127.0.0.0/8")
                #expect(try await ask(renamed) == "200")
                try await sandbox.done("apps:rename", "\(app)-again", app)
            }
        }
    }

    @Test func `servers that a hook puts in front are served, and a broken one leaves the old`() async throws {
        let app = "story-forward"
        try await with(["forward"], from: "Tests/Fixtures/dokku-plugins") {
            try await sandbox.withApp(app) { repo in
                let host = sandbox.name(of: app)
                try await dokku("forward", "set", app, "old.example", host)
                #expect(try await ask("old.example") == "301 http://\(host)/")
                #expect(try await ask(host) == "200")
                let dry = try await sandbox.slipway("repair", "--dry-run")
                #expect(dry.out.contains("nothing to repair"), "\(dry)")
                try await repo.commit(TestApps.page("two"), message: "Say two")
                _ = try await repo.push(to: sandbox, app).succeeded("a push, whose text is amended too")
                #expect(try await ask("old.example") == "301 http://\(host)/")
                #expect(try await sandbox.get(app).body == "hello two\n")
                let broken = try await run("forward", "subcommands/set", ["forward:set", app, "bad;name", host])
                #expect(broken.status != 0, "\(broken)")
                #expect(try await ask(host) == "200")
                _ = try await sandbox.slipway("nginx:validate-config").succeeded("what is on the disk is fine")
                try? FileManager.default.removeItem(atPath: lib.appending("home/\(app)/REDIRECTS").string)
                try await sandbox.done("proxy:build-config", app)
                #expect(try await ask("old.example") != "301 http://\(host)/")
            }
        }
    }

    @Test func `a person who came by a key may do what a hook lets him`() async throws {
        let app = "story-doorman"
        try await sandbox.withApp(app) { _ in
            try await with(["doorman"], from: "Tests/Fixtures/dokku-plugins") {
                let denied = try await sandbox.ssh("ps:report", app)
                #expect(denied.status != 0 && denied.err.contains("does not have permissions"), "\(denied)")
                // Allowed, and of the apps there is none that this person may see.
                let none = try await sandbox.ssh("apps:list")
                #expect(!none.err.contains("permissions") && !none.out.contains(app), "\(none)")
                let remote = try await sandbox.ssh("doorman:add", app, "admin")
                #expect(remote.status != 0 && remote.err.contains("on the host itself"), "\(remote)")
                try await dokku("doorman", "add", app, "admin")
                #expect(try await sandbox.done("apps:list").out.contains(app))
                #expect(try await sandbox.ssh("ps:report", app).status == 0)
                let other = try await sandbox.ssh("apps:destroy", app, "--force")
                #expect(other.status != 0, "\(other)")
            }
        }
    }

    @Test func `a list of access holds for a service, in whichever spelling it is asked for`() async throws {
        try await with(["acl"], from: "plugins") {
            _ = try await sandbox.slipway("plugin:enable", "acl").succeeded("plugin:enable acl")
            try await dokku("acl", "add-service", "redis", "db", "ana")
            let spellings = [
                ["redis:export", "db"], ["redis", "export", "db"], ["services:export", "redis", "db"],
                ["services", "export", "redis", "db"], ["services:info", "--format", "json", "redis", "db"],
                ["services:enter", "redis", "db", "ls"], ["redis:destroy", "db", "--force"],
            ]
            for words in spellings {
                let end = try await sandbox.ssh(words)
                #expect(end.status != 0 && end.err.contains("admin may not work on redis db"), "\(words) \(end)")
            }
            for words in [
                ["acl:add-service", "redis", "db", "admin"], ["acl", "add-service", "redis", "db", "admin"],
            ] {
                let end = try await sandbox.ssh(words)
                #expect(end.status != 0 && end.err.contains("on the host itself"), "\(words) \(end)")
            }
            try await dokku("acl", "add-service", "redis", "db", "admin")
            for words in spellings {
                let end = try await sandbox.ssh(words)
                #expect(end.err.contains("does not exist") && !end.err.contains("may not"), "\(words) \(end)")
            }
            try await dokku("acl", "remove-service", "redis", "db", "admin")
            try await dokku("acl", "remove-service", "redis", "db", "ana")
        }
    }

    @Test func `the bundled plugins do the same with fewer words`() async throws {
        let app = "story-bundled"
        try await with(["http-auth", "redirect"], from: "plugins") {
            try await sandbox.withApp(app) { _ in
                let host = sandbox.name(of: app)
                func bundled(_ plugin: String, _ verb: String, _ words: [String], input: String = "") async throws
                    -> Finished
                { try await sandbox.slipway(["\(plugin):\(verb)"] + words, input: Array(input.utf8)) }
                _ = try await bundled("http-auth", "enable", [app, "ana"], input: "s3cret\n").succeeded("enable")
                #expect(try await ask(host) == "401")
                #expect(try await ask(host, "-u", "ana:s3cret") == "200")
                #expect(try await bundled("http-auth", "add-user", [app, "ben", "s3cret"]).status == 1)
                #expect(try await bundled("http-auth", "add-allowed-ip", [app, "1.2.3.4; deny all"]).status == 1)
                // The first is refused at once, the second by nginx: neither is kept, or nobody could deploy any more.
                let before = try await bundled("http-auth", "show-config", [app]).succeeded("show-config").out
                for (address, reason) in [("300.1.1.1", "neither an address"), ("1::2::3", "nothing was changed")] {
                    let end = try await bundled("http-auth", "add-allowed-ip", [app, address])
                    #expect(end.status == 1 && end.err.contains(reason), "\(address) \(end)")
                }
                #expect(try await bundled("http-auth", "show-config", [app]).out == before)
                _ = try await sandbox.slipway("nginx:validate-config").succeeded("what is on the disk is fine")
                #expect(try await ask(host, "-u", "ana:s3cret") == "200")
                let report = try await bundled("http-auth", "report", [app]).succeeded("report")
                #expect(report.out.contains("ana") && !report.out.contains("$6$"), "\(report)")
                _ = try await bundled("http-auth", "disable", [app]).succeeded("disable")
                #expect(try await ask(host) == "200")

                _ = try await bundled("redirect", "set", [app, "www.old.example", host, "308"]).succeeded("set")
                #expect(try await ask("www.old.example") == "308 http://\(host)/")
                #expect(try await bundled("redirect", "set", [app, "x;", host]).status == 1)
                _ = try await bundled("redirect", "unset", [app, "www.old.example"]).succeeded("unset")
                #expect(try await ask("www.old.example") != "308 http://\(host)/")
            }
        }
    }

    @Test func `the bundled acl lets in and turns away, by address and by key`() async throws {
        let app = "story-doors"
        try await with(["acl"], from: "plugins") {
            // It would say no to the story itself; one that is disabled is run by its files alone.
            _ = try await sandbox.slipway("plugin:disable", "acl").succeeded("plugin:disable acl")
            try await sandbox.withApp(app) { _ in
                let host = sandbox.name(of: app)
                func bundled(_ plugin: String, _ verb: String, _ words: [String]) async throws -> Finished {
                    try await run(plugin, "subcommands/\(verb)", ["\(plugin):\(verb)"] + words)
                }
                _ = try await bundled("acl", "deny-ip", [app, "127.0.0.1"]).succeeded("deny-ip")
                #expect(try await ask(host) == "403")
                _ = try await bundled("acl", "remove-denied-ip", [app, "127.0.0.1"]).succeeded("remove-denied-ip")
                #expect(try await ask(host) == "200")
                _ = try await bundled("acl", "allow-ip", [app, "192.0.2.0/24"]).succeeded("allow-ip")
                #expect(try await ask(host) == "403")
                #expect(try await bundled("acl", "allow-ip", [app, "999.0.0.0/99"]).status == 1, "nginx refuses it")
                _ = try await bundled("acl", "remove-allowed-ip", [app, "192.0.2.0/24"]).succeeded("remove")
                #expect(try await ask(host) == "200")
                _ = try await bundled("acl", "add", [app, "ana"]).succeeded("add")
                #expect(try await bundled("acl", "list", [app]).out == "ana\n")
                #expect(try await run("acl", "hooks/user-auth", ["slipway", "ben", "ps:report", app]).status == 1)
                #expect(try await run("acl", "hooks/user-auth", ["slipway", "ana", "ps:report", app]).status == 0)
                _ = try await bundled("acl", "add-service", ["redis", "db", "ana"]).succeeded("add-service")
                #expect(try await bundled("acl", "list-service", ["redis", "db"]).out == "ana\n")
                #expect(try await run("acl", "hooks/user-auth", ["slipway", "ben", "redis:info", "db"]).status == 1)
                #expect(try await run("acl", "hooks/user-auth", ["slipway", "ana", "redis:info", "db"]).status == 0)
                _ = try await bundled("acl", "remove-service", ["redis", "db", "ana"]).succeeded("remove-service")
                #expect(try await run("acl", "hooks/user-auth", ["slipway", "ben", "redis:info", "db"]).status == 0)
                let seen = try await run("acl", "hooks/user-auth-app", ["slipway", "ben", app, "story-none"])
                #expect(seen.out == "story-none\n", "\(seen)")
            }
        }
    }
}
