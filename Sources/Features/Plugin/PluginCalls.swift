import Core
import Files
import Plugins
import Programs
import SystemPackage

/// Runs the commands of plugins.
struct PluginCalls: Sendable {
    /// A plugin's `commands` says so of a word that it does not know (Dokku's plugin protocol).
    static let notMine: Int32 = 10

    let host: Host
    let isForced: Bool

    /// - Parameters:
    ///   - host: Where the plugins are.
    ///   - isForced: The person wants to be asked nothing.
    init(on host: Host, isForced: Bool = false) {
        self.host = host
        self.isForced = isForced
    }

    /// Joined to our own descriptors.
    ///
    /// - Returns: The program's own exit status; ``notMine`` where no plugin knows the words.
    func run(_ meaning: PluginWord.Meaning) async throws -> Int32 {
        let states = try await Installation(on: host).rows()
        switch meaning {
        case .subcommand(let name, let verb, let words):
            let plugin = try Hooks(on: host).plugin(name)
            guard states.isEnabled(plugin) else { throw Self.isOff(name) }
            guard let hook = try plugin.subcommand(verb) else { return Self.notMine }
            return try await pass(try await Hooks(on: host).triggers.command(hook, of: plugin, words))
        case .asked(let words):
            for plugin in try Hooks(on: host).found() where states.isEnabled(plugin) {
                guard let path = try plugin.commands() else { continue }
                let program = try await Hooks(on: host).triggers.command(.program(path), of: plugin, words)
                let status = try await pass(program)
                if status != Self.notMine { return status }
            }
            let parts = words.first?.split(separator: ":") ?? []
            guard let name = parts.first.map(String.init), parts.count == 1 || parts.last == "help",
                try Hooks(on: host).found().contains(where: { $0.name == name })
            else { return Self.notMine }
            return try await run(.page(plugin: name))
        case .page(let name):
            let plugin = try Hooks(on: host).plugin(name)
            let isOn = states.isEnabled(plugin)
            host.output.answer(lines: ["\(name): \(plugin.summary)\(isOn ? "" : " (disabled)")", ""])
            host.output.answer(lines: try plugin.verbs().map { "    \(name):\($0)" })
            return 0
        case .service: return Self.notMine
        }
    }

    private func pass(_ program: Program) async throws -> Int32 {
        var told = program
        let flags = [
            "QUIET_OUTPUT": host.output.isQuiet, "TRACE": host.output.isTracing, "APPS_FORCE_DELETE": isForced,
        ]
        for (name, isOn) in flags where isOn { told.environment = told.environment.adding(["DOKKU_\(name)": "1"]) }
        return try await host.programs.passThrough(told) { _ in }.status
    }

    private static func isOff(_ name: String) -> Failure {
        Failure(
            .pluginFailed,
            "the plugin \(name) is disabled",
            fix: "slipway plugin:enable \(name)"
        )
    }
}
