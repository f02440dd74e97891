import Core
import Files
import FoundationEssentials
import Glibc
import Programs
import Support
import SystemPackage
import Testing

@testable import Plugins

/// Hooks in Swift, with the compiler of this machine.
@Suite(.timeLimit(.minutes(5)), .enabled(if: SwiftFixture.compiler != nil, "there is no Swift compiler here"))
struct SwiftHooksTests {
    let fixture: SwiftFixture
    let said = Said()

    init() throws { fixture = try SwiftFixture() }

    @Test func `a hook is compiled once, run often, and compiled anew when its text changes`() async throws {
        let text = """
            import SlipwayHooks
            hook.on(.postDeploy) { event in hook.say("\\(greeting): \\(event.release) of \\(event.app)") }
            """
        let shared = "import SlipwayHooks\nvar greeting: String { hook.setting(\"NONE\") ?? \"hello\" }"
        _ = try fixture.plugin(["hooks/post-deploy.swift": text, "shared/Greeting.swift": shared])
        let triggers = triggers()
        try await triggers.fire(.postDeploy, ["shop", "5000", "172.17.0.9", "v3"], say: said.take)
        let runs = fixture.runs.count
        #expect(runs >= 2)
        try await triggers.fire(.postDeploy, ["shop", "", "", "v4"], say: said.take)
        #expect(fixture.runs.count == runs)
        _ = try fixture.plugin(["shared/Greeting.swift": shared.replacing("hello", with: "bye")])
        try await triggers.fire(.postDeploy, ["shop", "", "", "v5"], say: said.take)
        #expect(fixture.runs.count > runs)
        #expect(said.lines == ["sample|hello: v3 of shop", "sample|hello: v4 of shop", "sample|bye: v5 of shop"])
    }

    @Test func `a refusal in Swift ends the trigger with its words`() async throws {
        let text = "import SlipwayHooks\nhook.on(.preDeploy) { throw Refusal(\"not \\($0.app)\") }"
        _ = try fixture.plugin(["pre-deploy.swift": text])
        await #expect(
            throws: PluginError.refused(
                plugin: "sample",
                trigger: .preDeploy,
                ending: .exited(1),
                words: ["not shop"]
            )
        ) { try await triggers().fire(.preDeploy, ["shop", "v2"], say: said.take) }
    }

    @Test func `a wrong text is explained in its own lines`() async throws {
        let text = "import SlipwayHooks\n\nhook.on(.postDeploy) { event in\n    hook.say(event.nothing)\n}"
        let plugin = try fixture.plugin(["hooks/post-deploy.swift": text])
        let error = await #expect(throws: Failure.self) { try await fixture.hooks().compileAll(plugin) }
        #expect(error?.code == .pluginFailed)
        #expect(error?.what == "hooks/post-deploy.swift of the plugin sample cannot be compiled")
        #expect(error?.why?.hasPrefix("hooks/post-deploy.swift:4:20: error: ") == true, "\(error?.why ?? "")")
        #expect(error?.why?.contains("nothing") == true)
    }

    @Test func `a program that a plugin brings along runs without a compiler, while it fits`() async throws {
        let text = "import SlipwayHooks\nhook.on(.postStop) { hook.say(\"stopped \\($0.app)\") }"
        let plugin = try fixture.plugin(["hooks/post-stop.swift": text])
        try link("post-stop.swift", at: "hooks/pre-start.swift")
        let made = try await fixture.hooks().build(plugin)
        #expect(made.count == 1, "two links to one text are one program")
        let empty = fixture.folder.path.appending("empty/hooks")
        let bare = fixture.hooks(compiler: "/nowhere/swiftc", cache: empty)
        let path = plugin.folder.appending("hooks/post-stop.swift")
        #expect(try await bare.program(of: path, in: plugin) == made[0])
        try await triggers(bare).fire(.postStop, ["shop"], say: said.take)
        #expect(said.lines == ["sample|stopped shop"])

        let note = made[0].removingLastComponent().appending("built-with")
        try writeFile(note, Array("library 99.0.0\n".utf8))
        let old = await #expect(throws: Failure.self) { try await bare.program(of: path, in: plugin) }
        #expect(old?.why == "it was built with SlipwayHooks 99.0.0, this is \(SwiftHooks.version)")
        #expect(try await fixture.hooks().program(of: path, in: plugin) != made[0], "with a compiler, it is compiled")

        let changed = try fixture.plugin(["hooks/post-stop.swift": text + " // changed"])
        let other = await #expect(throws: Failure.self) { try await bare.program(of: path, in: changed) }
        #expect(other?.why?.contains("another text") == true)
    }

    @Test func `without a compiler both ways out are named, and what is kept goes on`() async throws {
        let text = "import SlipwayHooks\nhook.on(.postCreate) { hook.say($0.app.name) }"
        let plugin = try fixture.plugin(["hooks/post-create.swift": text])
        let path = plugin.folder.appending("hooks/post-create.swift")
        let bare = fixture.hooks(compiler: "/nowhere/swiftc")
        let error = await #expect(throws: Failure.self) { try await bare.compileAll(plugin) }
        #expect(error?.code == .pluginFailed)
        #expect(error?.fix?.contains("install a Swift toolchain") == true)
        #expect(error?.fix?.contains("slipway plugin:build sample") == true)
        let program = try await fixture.hooks().program(of: path, in: plugin)
        #expect(try await bare.program(of: path, in: plugin) == program)
    }

    @Test func `what no plugin needs is tidied away, and what one needs stays`() async throws {
        let text = "import SlipwayHooks\nhook.on(.postStop) { hook.say($0.app.name) }"
        let cache = fixture.folder.path.appending("own/hooks")
        let hooks = fixture.hooks(cache: cache)
        let plugin = try fixture.plugin(["hooks/post-stop.swift": text])
        let program = try await hooks.compileAll(plugin).values.first
        try writeFile(cache.appending("0123-4567-89ab"), [])
        try makeFolder(cache.appending(".making-1"))
        #expect(try hooks.tidy(keeping: [plugin]) == 0, "what is young stays")
        #expect(try hooks.tidy(keeping: [plugin], olderThan: .zero) == 2)
        let name = program?.lastComponent?.string ?? ""
        try hooks.forget(plugin, keeping: [plugin])
        #expect(try listFolder(cache).contains(name), "another has the same text")
        try hooks.forget(plugin, keeping: [])
        #expect(try !listFolder(cache).contains(name))
        _ = try await hooks.compileAll(plugin)
        #expect(try hooks.tidy(keeping: [], olderThan: .zero) == 1)
        #expect(try listFolder(cache).filter { $0.hasPrefix("library-") }.count == 1)
    }

    @Test func `what others can change is not run`() async throws {
        let text = "import SlipwayHooks\nhook.on(.postStop) { hook.say($0.app.name) }"
        let plugin = try fixture.plugin(["hooks/post-stop.swift": text, "shared/More.swift": "let more = 1"])
        let path = plugin.folder.appending("hooks/post-stop.swift")
        let program = try await fixture.hooks().program(of: path, in: plugin)
        #expect(chmod(program.string, 0o777) == 0)
        let runs = fixture.runs.count
        #expect(try await fixture.hooks().program(of: path, in: plugin) == program)
        #expect(fixture.runs.count > runs, "it was made anew")
        #expect(chmod(plugin.folder.appending("shared").string, 0o777) == 0)
        await #expect(throws: PluginError.self) { try await fixture.hooks().program(of: path, in: plugin) }
    }

    @Test func `a compiler that hangs is ended, and leaves nothing behind`() async throws {
        let swiftc = try fixture.folder.write("bin/swiftc", "#!/bin/sh\nsleep 60\n", mode: 0o755)
        let plugin = try fixture.plugin(["hooks/post-stop.swift": "import SlipwayHooks"])
        let hooks = SwiftHooks(
            library: fixture.library,
            cache: fixture.folder.path.appending("slow/hooks"),
            programs: .live,
            compiler: swiftc,
            limit: .milliseconds(300)
        )
        let error = await #expect(throws: Failure.self) { try await hooks.compileAll(plugin) }
        #expect(error?.code == .programFailed && error?.why?.contains("did not come to an end") == true)
        let left = try listFolder(fixture.folder.path.appending("slow/hooks"))
        #expect(left.filter { $0.hasPrefix(".making") }.isEmpty && left.contains { $0.hasPrefix("modules-") })
    }

    @Test func `a host without the library says how it gets there`() async throws {
        let plugin = try fixture.plugin(["hooks/post-stop.swift": "import SlipwayHooks"])
        let hooks = SwiftHooks(library: "/nowhere", cache: fixture.cache, programs: .live)
        let error = await #expect(throws: Failure.self) { try await hooks.compileAll(plugin) }
        #expect(error?.code == .notSetUp && error?.fix == "slipway setup puts it there")
    }

    private func triggers(_ hooks: SwiftHooks? = nil, in place: String = "plugins") -> Triggers {
        Triggers(
            in: [fixture.folder.path.appending(place)],
            programs: .live,
            environment: HookEnvironment(root: fixture.folder.path, binary: "/usr/bin/true", caller: "ana"),
            compiler: .live(hooks ?? fixture.hooks())
        )
    }

    private func link(_ target: String, at path: String) throws {
        let place = fixture.folder.path.appending("plugins/sample/\(path)").string
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: target)
    }
}
