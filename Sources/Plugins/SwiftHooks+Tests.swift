import Core
import Files
import Glibc
package import Programs
package import SystemPackage

/// A plugin's own tests: the executable `tests/run`.
extension SwiftHooks {
    /// Runs a plugin's tests, with every hook and every command as a program, whatever it is written in.
    ///
    /// They run in the plugin's folder. `HOOKS` and `COMMANDS` are folders of programs with the names of triggers and of
    /// commands; everything else that a hook is told is for the tests to say.
    /// - Parameters:
    ///   - plugin: The plugin.
    ///   - folder: A new folder, for the programs; the caller removes it.
    ///   - variables: More that the tests are told.
    /// - Returns: How they ended and what they said; nil for a plugin without tests.
    /// - Throws: As ``program(of:in:)`` does.
    package func test(
        _ plugin: Plugin,
        in folder: FilePath,
        telling variables: [String: String] = [:]
    ) async throws -> Outcome? {
        let path = plugin.folder.appending("tests/run")
        guard Safety.mode(of: path)?.isExecutable == true else { return nil }
        try Safety.demand(path.removingLastComponent())
        try Safety.demand(path, within: plugin.folder)
        let (hooks, commands) = (folder.appending("hooks"), folder.appending("subcommands"))
        for place in [hooks, commands] { try makeFolder(place) }
        for (trigger, hook) in try plugin.hooks() {
            try await put(hook, of: plugin, at: hooks.appending(trigger.name))
        }
        for (verb, command) in try plugin.subcommands() {
            try await put(command, of: plugin, at: commands.appending(verb))
        }
        var all = variables
        all["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        all["LANG"] = "C.UTF-8"
        all["HOME"] = folder.string
        all["TMPDIR"] = folder.string
        all["HOOKS"] = hooks.string
        all["COMMANDS"] = commands.string
        var program = Program(path, [], environment: .exactly(all), directory: plugin.folder)
        program.leadsSession = true
        program.endsGroup = true
        let programs = programs
        let run = program
        return try await withTimeout(limit, clock: ContinuousClock()) { try await programs.run(run) }
    }

    private func put(_ hook: Plugin.Hook, of plugin: Plugin, at place: FilePath) async throws {
        let target: FilePath
        switch hook {
        case .program(let path): target = path
        case .swift(let path): target = try await program(of: path, in: plugin)
        case .notExecutable: return
        }
        guard symlink(target.string, place.string) == 0 else { throw FileError(place, Errno(rawValue: errno)) }
    }
}
