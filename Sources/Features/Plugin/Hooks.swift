import Core
import Plugins
import SystemPackage

extension Feature {
    /// What administrators add to the moments of an app's life.
    static let plugin = Feature(
        "plugin",
        "What administrators add to the moments of an app's life",
        commands: PluginCommands.all
    )
}

/// Fires the triggers of this host's plugins.
struct Hooks: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    private var triggers: Triggers {
        let environment = HookEnvironment(
            root: host.paths.root,
            binary: FilePath(Git.binary),
            caller: host.caller.name
        )
        return Triggers(in: [host.paths.plugins], programs: host.programs, environment: environment)
    }

    func found() throws -> [Plugin] { try triggers.found() }

    /// Runs the hooks of a trigger in order; what they say goes to the person, under the plugin's name.
    ///
    /// - Throws: What the first hook that refuses is explained by.
    func fire(_ trigger: Trigger, _ arguments: [String], app: AppName? = nil) async throws {
        let output = host.output
        try await triggers.fire(trigger, arguments, app: app?.text) { plugin, line in
            output.detail("\(plugin): \(line)")
        }
    }

    /// The same for moments that cannot be taken back: a refusal is only said.
    func tell(_ trigger: Trigger, _ arguments: [String], app: AppName? = nil) async {
        do { try await fire(trigger, arguments, app: app) } catch { host.output.failure(Failure(error)) }
    }
}
