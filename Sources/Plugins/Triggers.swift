import Core
import Files
package import Programs
package import SystemPackage

/// Finds plugins and fires triggers.
///
/// The contract is plugn's: the plugins in alphabetical order, one after the other, each with the same arguments and
/// the same standard input; the first that ends with another status than 0 ends the trigger.
package struct Triggers: Sendable {
    private let folders: [FilePath]
    private let programs: Programs
    private let environment: HookEnvironment
    private let limit: Duration
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - folders: Where plugins lie; of two with the same name the one in the earlier folder counts.
    ///   - programs: How hooks are run.
    ///   - environment: What every hook is told.
    ///   - limit: How long one hook may take.
    ///   - clock: What measures it.
    package init(
        in folders: [FilePath],
        programs: Programs,
        environment: HookEnvironment,
        limit: Duration = .seconds(300),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.folders = folders
        self.programs = programs
        self.environment = environment
        self.limit = limit
        self.clock = clock
    }

    /// All plugins by name, enabled or not.
    ///
    /// - Throws: ``PluginError`` when one of them cannot be trusted or read.
    package func found() throws -> [Plugin] {
        var byName: [String: Plugin] = [:]
        for folder in folders.reversed() {
            let names = try listFolder(folder)
            if !names.isEmpty { try Safety.demand(folder) }
            for name in names {
                if let plugin = try Plugin(in: folder.appending(name)) { byName[name] = plugin }
            }
        }
        return byName.values.sorted { $0.name < $1.name }
    }

    /// Runs the hooks of a trigger.
    ///
    /// - Parameters:
    ///   - trigger: The moment.
    ///   - arguments: What ``Trigger/arguments`` names, in this order.
    ///   - input: What each hook reads from its standard input.
    ///   - app: The app it is about, for `SLIPWAY_APP`.
    ///   - isEnabled: Whether the plugin of this name takes part.
    ///   - say: Takes each line of a hook, with the plugin's name, as it comes.
    /// - Returns: How many hooks ran.
    /// - Throws: ``PluginError/refused(plugin:trigger:ending:words:)`` of the first that refuses; those after it do
    ///   not run.
    @discardableResult
    package func fire(
        _ trigger: Trigger,
        _ arguments: [String],
        input: [UInt8] = [],
        app: String? = nil,
        isEnabled: (String) -> Bool = { _ in true },
        say: @escaping @Sendable (_ plugin: String, _ line: String) -> Void
    ) async throws -> Int {
        var count = 0
        for plugin in try found() where isEnabled(plugin.name) {
            guard let hook = try plugin.hook(trigger) else { continue }
            guard hook.isExecutable else {
                say(plugin.name, "\(hook.path) is not executable and was left out")
                continue
            }
            var program = Program(
                hook.path,
                arguments,
                environment: .exactly(environment.variables(plugin, trigger, app: app)),
                directory: plugin.folder,
                input: input
            )
            program.leadsSession = true
            program.joinsErrors = true
            try await run(program, of: plugin, trigger, say)
            count += 1
        }
        return count
    }

    private func run(
        _ program: Program,
        of plugin: Plugin,
        _ trigger: Trigger,
        _ say: @escaping @Sendable (String, String) -> Void
    ) async throws {
        let said = HookLines { say(plugin.name, $0) }
        let programs = programs
        let outcome: Outcome
        do {
            outcome = try await withTimeout(limit, clock: clock) {
                try await programs.stream(program) { said.push($0) }
            }
        } catch is TimedOut {
            throw PluginError.tookTooLong(plugin: plugin.name, trigger: trigger, limit: limit)
        }
        said.finish()
        guard outcome.ending.isSuccess else {
            throw PluginError.refused(
                plugin: plugin.name,
                trigger: trigger,
                ending: outcome.ending,
                words: said.last
            )
        }
    }
}
