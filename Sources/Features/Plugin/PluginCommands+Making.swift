import ArgumentParser
import Core
import Files
import Plugins
import SystemPackage

struct PluginCreate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:create",
        "Write the files of a new plugin, with a hook, a command and tests",
        examples: ["plugin:create notify", "plugin:create notify --swift", "plugin:create notify --folder ./plugins"],
        details: "It is written into the working directory, or below --folder; plugin:install takes it from there."
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    var staysRoot: Bool { true }
    @Argument(help: "Its name") var name: String
    @Flag(help: "With hooks in Swift instead of sh") var swift = false
    @Option(help: "The folder that it is written into") var folder: String?

    func run(on host: Host) async throws {
        let known = try Installation.name(name)
        let place = FilePath(folder ?? ".").appending(known)
        guard kindOfFile(place) == nil else {
            throw Failure(.taken, "\(place) is there already", fix: "give it another name, or another --folder")
        }
        for file in PluginScaffold.files(named: known, isSwift: swift) {
            try writeFile(place.pushing(FilePath(file.path)), Array(file.text.utf8), mode: file.mode)
        }
        host.output.step("Wrote \(place)")
        let path = place.isAbsolute ? ShellWords.quote(place.string) : "\"$PWD\"/\(ShellWords.quote(place.string))"
        host.output.detail("look at it and run its tests: slipway plugin:validate \(path)")
        host.output.detail("install it: slipway plugin:install \(path)")
    }
}

struct PluginBuild: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:build",
        "Compile what a plugin has in Swift, into its own folder",
        examples: ["plugin:build webhook", "plugin:build /srv/notify"],
        details: "A plugin that brings its programs along needs no compiler on the host where it runs."
    )
    static let permission = Permission.administer
    static let isForTheHostAlone = true
    var staysRoot: Bool { true }
    @Argument(help: "Name of a plugin, or the path of a folder") var plugin: String

    func run(on host: Host) async throws {
        let found = try Validation(on: host).plugin(plugin)
        let programs = try await Hooks(on: host).swift.build(found)
        guard !programs.isEmpty else {
            return host.output.step("Plugin \(found.name) has nothing in Swift (unchanged)")
        }
        host.output.step("Compiled \(programs.count) of plugin \(found.name)")
        for program in programs { host.output.detail("\(program)") }
    }
}
