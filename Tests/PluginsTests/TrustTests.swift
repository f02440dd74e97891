import Core
import FoundationEssentials
import Glibc
import Plugins
import Programs
import Support
import SystemPackage
import Testing

/// Which plugins are found, and which are let run.
struct TrustTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "plugins/good/plugin.toml",
            "# ours\n[plugin]\ndescription = \"does good\" # really\nversion = \"2\"\n"
        )
        try folder.write("plugins/good/hooks/post-stop", "#!/bin/sh\n", mode: 0o755)
    }

    @Test func `a folder with a plugin.toml is a plugin, others are none`() throws {
        try folder.write("plugins/README", "no plugin")
        try folder.write("plugins/empty/post-stop", "#!/bin/sh\n", mode: 0o755)
        try folder.write("plugins/.hidden/plugin.toml", "[plugin]\n")
        let found = try triggers().found()
        #expect(found.map(\.name) == ["good"])
        #expect(found.first?.summary == "does good")
        #expect(found.first?.version == "2")
    }

    @Test func `of two with one name the one in the earlier folder counts`() throws {
        try folder.write("core/good/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try folder.write("core/other/plugin.toml", "[plugin]\n")
        let both = triggers([folder.path.appending("plugins"), folder.path.appending("core")])
        #expect(try both.found().map { "\($0.name) \($0.version)" } == ["good 2", "other "])
    }

    @Test func `no folder means no plugins`() throws {
        #expect(try triggers([folder.path.appending("absent")]).found().isEmpty)
    }

    @Test(
        arguments: [
            "plugins", "plugins/good", "plugins/good/plugin.toml", "plugins/good/hooks", "plugins/good/hooks/post-stop",
        ]
    )
    func `what others can write is refused before anything runs`(_ place: String) async throws {
        let path = folder.path.appending(place)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path.string)
        await #expect(
            throws: PluginError.unsafe(path: path.string, why: "its group or everybody may write it")
        ) { try await triggers().fire(.postStop, ["shop"]) { _, _ in } }
    }

    @Test(.enabled(if: isRoot, "only root can give files away"))
    func `what belongs to another user is refused`() async throws {
        let path = folder.path.appending("plugins/good")
        try FileManager.default.setAttributes([.ownerAccountID: 4242], ofItemAtPath: path.string)
        await #expect(throws: PluginError.unsafe(path: path.string, why: "it belongs to user 4242")) {
            try await triggers().fire(.postStop, ["shop"]) { _, _ in }
        }
    }

    @Test func `a link inside the plugin is followed, one that leads out is refused`() async throws {
        let hooks = folder.path.appending("plugins/good/hooks")
        try link(hooks.appending("post-create"), to: "post-stop")
        #expect(try await triggers().fire(.postCreate, ["shop"]) { _, _ in }.count == 1)
        let outside = try folder.write("elsewhere", "#!/bin/sh\n", mode: 0o755)
        try link(hooks.appending("pre-start"), to: outside.string)
        await #expect(throws: PluginError.self) { try await triggers().fire(.preStart, ["shop"]) { _, _ in } }
    }

    @Test func `a plugin.toml that cannot be read is named with its line`() throws {
        let file = try folder.write("plugins/good/plugin.toml", "[plugin]\nversion = 2\n")
        #expect(
            throws: PluginError.malformed(
                path: file.string,
                line: 2,
                why: "version is a whole number, and is to be text"
            )
        ) { try triggers().found() }
        try folder.write("plugins/good/plugin.toml", "[plugin]\nversion = \"2\n")
        #expect(throws: PluginError.self) { try triggers().found() }
    }

    @Test func `tables of others are not read`() throws {
        try folder.write("plugins/good/plugin.toml", "[plugin]\nversion = \"3\"\n[plugin.config]\nnumbers = [1, 2]\n")
        #expect(try triggers().found().first?.version == "3")
        try folder.write(
            "plugins/good/plugin.toml",
            "[[lists]]\r\nx = 1.5\r\n[plugin]\r\nversion = \"4\\u002e1\" # one\r\n[other]\r\n= nothing\r\n"
        )
        #expect(try triggers().found().first?.version == "4.1")
    }

    func triggers(_ folders: [FilePath]? = nil) -> Triggers {
        Triggers(
            in: folders ?? [folder.path.appending("plugins")],
            programs: .live,
            environment: HookEnvironment(root: folder.path, binary: "/usr/bin/true", caller: "ana")
        )
    }

    func link(_ path: FilePath, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: target)
    }
}

private var isRoot: Bool { geteuid() == 0 }
