import Core
import Files
package import Programs
import Synchronization
package import SystemPackage

/// Finds plugins and fires triggers.
///
/// The contract is plugn's: the plugins in alphabetical order, one after the other, each with the same arguments and
/// the same standard input; the first that ends with another status than 0 ends the trigger.
package struct Triggers: Sendable {
    let folders: [FilePath]
    private let programs: Programs
    private let environment: HookEnvironment
    private let compiler: HookCompiler
    private let limit: Duration?
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - folders: Where plugins lie; of two with the same name the one in the earlier folder counts.
    ///   - programs: How hooks are run.
    ///   - environment: What every hook is told.
    ///   - compiler: What makes a program of a hook in Swift.
    ///   - limit: How long one hook may take, where that is not what its trigger says.
    ///   - clock: What measures it.
    package init(
        in folders: [FilePath],
        programs: Programs,
        environment: HookEnvironment,
        compiler: HookCompiler = .none,
        limit: Duration? = nil,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.folders = folders
        self.programs = programs
        self.environment = environment
        self.compiler = compiler
        self.limit = limit
        self.clock = clock
    }

    /// All plugins by name, enabled or not.
    ///
    /// - Throws: ``PluginError`` when one of them cannot be trusted or read.
    package func found() throws -> [Plugin] { try PluginFolders.plugins(in: folders) }

    /// Whether a hook of a plugin that takes part would run.
    ///
    /// - Throws: ``PluginError``.
    package func hasHook(_ trigger: Trigger, isEnabled: (Plugin) -> Bool = { _ in true }) throws -> Bool {
        try found().contains { plugin in isEnabled(plugin) ? try plugin.hook(trigger)?.isRunnable == true : false }
    }

    /// Runs the hooks of a trigger.
    ///
    /// - Parameters:
    ///   - trigger: The moment.
    ///   - arguments: What ``Trigger/arguments`` names, in this order.
    ///   - input: What each hook reads from its standard input.
    ///   - app: The app it is about, for `SLIPWAY_APP`.
    ///   - isEnabled: Whether a plugin takes part.
    ///   - say: Takes each line of a hook, with the plugin's name, as it comes.
    /// - Returns: What each hook that ran wrote to its standard output, where the trigger takes that; else nothing of
    ///   it, as it was said.
    /// - Throws: ``PluginError/refused(plugin:trigger:ending:words:)`` of the first that refuses; those after it do
    ///   not run.
    @discardableResult
    package func fire(
        _ trigger: Trigger,
        _ arguments: [String],
        input: [UInt8] = [],
        app: String? = nil,
        isEnabled: (Plugin) -> Bool = { _ in true },
        say: @escaping @Sendable (_ plugin: String, _ line: String) -> Void
    ) async throws -> [Answered] {
        var answers: [Answered] = []
        for plugin in try found() {
            guard isEnabled(plugin), let hook = try plugin.hook(trigger) else { continue }
            guard let path = try await program(hook, of: plugin, trigger, say) else { continue }
            var program = Program(
                path,
                arguments,
                environment: .exactly(environment.variables(plugin, trigger.name, app: app)),
                directory: plugin.folder,
                input: input
            )
            program.leadsSession = true
            program.endsGroup = true
            program.joinsErrors = trigger.answer == .said
            answers.append(try await run(program, of: plugin, trigger, say))
        }
        return answers
    }

    /// A command of a plugin, ready to be run; its words begin with the word that was typed.
    ///
    /// - Throws: ``Failure`` for a hook in Swift that cannot be compiled, and for a file that is not executable.
    package func command(_ hook: Plugin.Hook, of plugin: Plugin, _ words: [String]) async throws -> Program {
        let path: FilePath
        switch hook {
        case .program(let present): path = present
        case .swift(let source): path = try await compiler.program(plugin, source)
        case .notExecutable(let file):
            throw Failure(
                .pluginFailed,
                "\(file) is not executable",
                fix: "chmod +x \(ShellWords.quote(file.string))"
            )
        }
        return Program(
            path,
            words,
            environment: .exactly(environment.variables(forCommandOf: plugin)),
            directory: plugin.folder
        )
    }

    /// The program that is the hook; nil where there is none to run, which has been said.
    private func program(
        _ hook: Plugin.Hook,
        of plugin: Plugin,
        _ trigger: Trigger,
        _ say: (String, String) -> Void
    ) async throws -> FilePath? {
        switch hook {
        case .program(let path): return path
        case .swift(let path): return try await compiler.program(plugin, path)
        case .notExecutable(let path):
            say(plugin.name, "\(path) is not executable and was left out")
            return nil
        }
    }

    private func run(
        _ program: Program,
        of plugin: Plugin,
        _ trigger: Trigger,
        _ say: @escaping @Sendable (String, String) -> Void
    ) async throws -> Answered {
        let said = HookLines { say(plugin.name, $0) }
        let answered = HookAnswer(of: plugin, trigger)
        let programs = programs
        let limit = limit ?? trigger.limit
        let outcome: Outcome
        do {
            outcome = try await withTimeout(limit, clock: clock) {
                try await programs.stream(program) { bytes in
                    if trigger.answer == .said { said.push(bytes) } else { try answered.take(bytes) }
                }
            }
        } catch is TimedOut {
            throw PluginError.tookTooLong(plugin: plugin.name, trigger: trigger, limit: limit)
        } catch  where Safety.mode(of: program.path) == nil {
            throw PluginError.isGone(plugin: plugin.name, trigger: trigger)
        }
        if !program.joinsErrors { said.push(outcome.error) }
        said.finish()
        guard outcome.ending.isSuccess else {
            let words = said.last.isEmpty ? answered.lastLines : said.last
            throw PluginError.refused(plugin: plugin.name, trigger: trigger, ending: outcome.ending, words: words)
        }
        return Answered(plugin: plugin.name, output: answered.bytes)
    }

    /// What a hook wrote to its standard output.
    package struct Answered: Sendable, Equatable {
        package var plugin: String
        package var output: [UInt8]

        package init(plugin: String, output: [UInt8]) {
            self.plugin = plugin
            self.output = output
        }

        /// Line by line as it was written, without control characters and empty lines.
        package var text: [String] {
            output.split(separator: UInt8(ascii: "\n")).map { cleaned(String(decoding: $0, as: UTF8.self)) }
        }

        /// The same, each without blanks around it.
        package var lines: [String] { text.map(\.trimmed).filter { !$0.isEmpty } }
    }
}

/// Collects an answer up to its limit.
private final class HookAnswer: Sendable {
    private let gathered = Mutex<[UInt8]>([])
    private let plugin: Plugin
    private let trigger: Trigger
    /// More is no answer but an accident.
    private let limit = 1 << 20

    init(of plugin: Plugin, _ trigger: Trigger) {
        self.plugin = plugin
        self.trigger = trigger
    }

    var bytes: [UInt8] { gathered.withLock { $0 } }

    var lastLines: [String] { Triggers.Answered(plugin: plugin.name, output: bytes).lines.suffix(20) }

    func take(_ more: [UInt8]) throws {
        let isTooMuch = gathered.withLock { bytes in
            guard bytes.count + more.count <= limit else { return true }
            bytes += more
            return false
        }
        if isTooMuch { throw PluginError.saidTooMuch(plugin: plugin.name, trigger: trigger, limit: limit) }
    }
}
