import Core
import Plugins
import Programs
import Support
import Synchronization
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(1))) struct TriggersTests {
    let folder: TemporaryFolder
    let said = Said()

    init() throws { folder = try TemporaryFolder() }

    @Test func `hooks run in alphabetical order with the same arguments and the same input`() async throws {
        for name in ["zeta", "20_alpha", "beta"] {
            try plugin(name, "post-deploy", "read line; echo \"$SLIPWAY_PLUGIN:$*:$line\"")
        }
        try plugin("silent", "pre-build", "echo never")
        let count = try await triggers().fire(
            .postDeploy,
            ["shop", "5000"],
            input: Array("from stdin\n".utf8),
            say: said.take
        )
        #expect(count.count == 3)
        #expect(
            said.lines == [
                "20_alpha|20_alpha:shop 5000:from stdin", "beta|beta:shop 5000:from stdin",
                "zeta|zeta:shop 5000:from stdin",
            ]
        )
    }

    @Test func `the first refusal ends the trigger and says what was said`() async throws {
        try plugin("a", "pre-deploy", "echo first")
        try plugin("b", "pre-deploy", "echo on stdout; echo on stderr >&2; exit 7")
        try plugin("c", "pre-deploy", "echo never")
        await #expect(
            throws: PluginError.refused(
                plugin: "b",
                trigger: .preDeploy,
                ending: .exited(7),
                words: ["on stdout", "on stderr"]
            )
        ) { try await triggers().fire(.preDeploy, ["shop", "v2"], say: said.take) }
        #expect(said.lines == ["a|first", "b|on stdout", "b|on stderr"])
    }

    @Test func `a refused login is not allowed, with the plugin's reason`() async throws {
        try plugin("acl", "user-auth", "echo 'not on sundays'; exit 1")
        let error = await #expect(throws: PluginError.self) {
            try await triggers().fire(.userAuth, ["slipway", "ana", "apps:list"], say: said.take)
        }
        #expect(error?.failure.code == .notAllowed)
        #expect(error?.failure.why == "not on sundays")
    }

    @Test func `the environment is exactly the documented one`() async throws {
        try plugin("env", "post-create", "/usr/bin/env | /usr/bin/cut -d= -f1 | /usr/bin/sort")
        let environment = HookEnvironment(
            root: folder.path,
            binary: "/usr/bin/true",
            engine: "/run/engine.sock",
            caller: "ana",
            isRemote: true,
            surroundings: { ["STRANGER": "1"] }
        )
        try await triggers(environment).fire(.postCreate, ["shop"], app: "shop", say: said.take)
        let shellsOwn: Set = ["PWD", "OLDPWD", "SHLVL", "_"]
        let names = Set(said.lines.map { String($0.dropFirst("env|".count)) }).subtracting(shellsOwn)
        #expect(names == Set(HookEnvironment.meanings.map(\.0)))
    }

    @Test func `a command has what its caller has, who came by ssh only how to write on a terminal`() async throws {
        try plugin("env", "post-create", "true")
        let given = [
            "REDIS_IMAGE": "own/redis", "TERM": "xterm", "COLUMNS": "80", "SLIPWAY_TOKEN": "1", "LD_PRELOAD": "/x",
            "DOKKU_ROOT": "/elsewhere",
        ]
        func variables(isRemote: Bool) async throws -> [String: String] {
            var environment = HookEnvironment(root: folder.path, binary: "/usr/bin/true", caller: "ana")
            environment.isRemote = isRemote
            environment.surroundings = { given }
            let triggers = triggers(environment)
            let plugin = try #require(try triggers.found().first)
            let command = try await triggers.command(.program("/usr/bin/env"), of: plugin, ["env:show"])
            guard case .exactly(let variables) = command.environment else { return [:] }
            return variables
        }
        let here = try await variables(isRemote: false)
        #expect(here["REDIS_IMAGE"] == "own/redis" && here["TERM"] == "xterm" && here["NAME"] == nil)
        #expect(here["SLIPWAY_TOKEN"] == nil && here["LD_PRELOAD"] == nil)
        #expect(here["DOKKU_ROOT"] == "\(folder.path)/dokku/home")
        let there = try await variables(isRemote: true)
        #expect(there["REDIS_IMAGE"] == nil && there["TERM"] == "xterm" && there["COLUMNS"] == "80")
        #expect(there["NAME"] == "ana")
    }

    @Test func `a hook runs in its plugin's folder`() async throws {
        try plugin("here", "post-create", "pwd; echo $SLIPWAY_PLUGIN_ROOT")
        try await triggers().fire(.postCreate, ["shop"], say: said.take)
        let place = folder.path.appending("plugins/here")
        #expect(said.lines == ["here|\(place)", "here|\(place)"])
    }

    @Test func `the folder hooks counts before the plugin's own`() async throws {
        try plugin("both", "post-stop", "echo inside")
        try folder.write("plugins/both/post-stop", "#!/bin/sh\necho outside\n", mode: 0o755)
        try folder.write("plugins/plain/plugin.toml", "[plugin]\n")
        try folder.write("plugins/plain/post-stop", "#!/bin/sh\necho plain\n", mode: 0o755)
        try await triggers().fire(.postStop, ["shop"], say: said.take)
        #expect(said.lines == ["both|inside", "plain|plain"])
    }

    @Test func `a plugin that is not enabled does not take part`() async throws {
        try plugin("off", "post-stop", "echo off")
        try plugin("on", "post-stop", "echo on")
        try await triggers().fire(.postStop, ["shop"], isEnabled: { $0.name == "on" }, say: said.take)
        #expect(said.lines == ["on|on"])
    }

    @Test func `a file that is not executable is left out and named`() async throws {
        try plugin("lazy", "post-stop", "echo never", mode: 0o644)
        #expect(try await triggers().fire(.postStop, ["shop"], say: said.take).isEmpty)
        #expect(said.lines.count == 1)
        #expect(said.lines.first?.contains("not executable") == true)
    }

    @Test func `control characters of a hook reach nobody`() async throws {
        try plugin("loud", "post-stop", #"printf 'red \033[31mtext\033[0m\a\n'; printf 'no end'"#)
        try await triggers().fire(.postStop, ["shop"], say: said.take)
        #expect(said.lines == ["loud|red text", "loud|no end"])
    }

    @Test func `a hook that hangs is ended with all it has started`() async throws {
        let marker = folder.path.appending("children")
        try plugin("slow", "pre-start", "sleep 300 & echo $! > \(marker); echo ready; sleep 300")
        await #expect(
            throws: PluginError.tookTooLong(plugin: "slow", trigger: .preStart, limit: .milliseconds(600))
        ) { try await triggers(limit: .milliseconds(600)).fire(.preStart, ["shop"], say: said.take) }
        #expect(said.lines == ["slow|ready"])
        let child = try #require(Int32(try text(of: marker).trimmed))
        try await eventually("the child of the hook is gone") { !isRunning(child) }
    }

    @Test func `what a hook leaves running does not hold the push up, and is ended`() async throws {
        let marker = folder.path.appending("child")
        try plugin("leaver", "post-deploy", "sleep 300 & echo $! > \(marker); echo done")
        try await triggers().fire(.postDeploy, ["shop"], say: said.take)
        #expect(said.lines == ["leaver|done"])
        let child = try #require(Int32(try text(of: marker).trimmed))
        try await eventually("what the hook left is gone") { !isRunning(child) }
    }

    func plugin(_ name: String, _ trigger: String, _ body: String, mode: Int = 0o755) throws {
        try folder.write("plugins/\(name)/plugin.toml", "[plugin]\ndescription = \"a test\"\nversion = \"1\"\n")
        try folder.write("plugins/\(name)/hooks/\(trigger)", "#!/bin/sh\n\(body)\n", mode: mode)
    }

    func triggers(_ environment: HookEnvironment? = nil, limit: Duration? = .seconds(30)) -> Triggers {
        Triggers(
            in: [folder.path.appending("plugins")],
            programs: .live.adding("SLIPWAY_OWNER", "somebody"),
            environment: environment
                ?? HookEnvironment(root: folder.path, binary: "/usr/bin/true", caller: "ana"),
            limit: limit
        )
    }
}

/// What hooks have said, as `plugin|line`.
final class Said: Sendable {
    private let all = Mutex<[String]>([])

    var lines: [String] { all.withLock { $0 } }
    var take: @Sendable (String, String) -> Void {
        { plugin, line in self.all.withLock { $0.append("\(plugin)|\(line)") } }
    }
}
