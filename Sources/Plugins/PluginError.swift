package import Core
package import Programs

/// A plugin that refused, or that is not let run.
package enum PluginError: Error, Equatable, Explained {
    /// Somebody else could put his own words into it.
    case unsafe(path: String, why: String)
    case malformed(path: String, line: Int, why: String)
    /// It ended with another status than 0; `words` are the last lines it said.
    case refused(plugin: String, trigger: Trigger, ending: Ending, words: [String])
    case tookTooLong(plugin: String, trigger: Trigger, limit: Duration)
    /// Its answer is longer than any answer can be.
    case saidTooMuch(plugin: String, trigger: Trigger, limit: Int)
    /// Its hook was removed while the trigger fired.
    case isGone(plugin: String, trigger: Trigger)

    package var failure: Failure {
        switch self {
        case .unsafe(let path, let why):
            Failure(
                .pluginFailed,
                "\(path) is not safe to run",
                why: why,
                fix: "chown root \(ShellWords.quote(path)) && chmod go-w \(ShellWords.quote(path))"
            )
        case .malformed(let path, let line, let why):
            Failure(
                .pluginFailed,
                "\(path) cannot be read",
                why: "line \(line): \(why)",
                fix: "plugins/example/plugin.toml shows one"
            )
        case .refused(let plugin, let trigger, _, let words) where trigger == .userAuth:
            Failure(.notAllowed, "you may not do this", why: words.last ?? "the plugin \(plugin) says no")
        case .refused(let plugin, let trigger, let ending, let words):
            Failure(
                .pluginFailed,
                "the plugin \(plugin) refused at \(trigger.name)",
                why: "its hook ended with \(ending.status)",
                fix: "slipway plugin:disable \(plugin) runs without it",
                excerpt: words.isEmpty ? nil : .init(title: "it said:", lines: words)
            )
        case .tookTooLong(let plugin, let trigger, let limit):
            Failure(
                .pluginFailed,
                "the plugin \(plugin) did not come to an end at \(trigger.name)",
                why: "it was ended after \(limit.words)",
                fix: "slipway plugin:disable \(plugin) runs without it"
            )
        case .saidTooMuch(let plugin, let trigger, let limit):
            Failure(
                .pluginFailed,
                "the plugin \(plugin) answers too much at \(trigger.name)",
                why: "it wrote more than \(byteWords(Int64(limit))) to standard output",
                fix: "slipway plugin:disable \(plugin) runs without it"
            )
        case .isGone(let plugin, let trigger):
            Failure(
                .pluginFailed,
                "the plugin \(plugin) was removed while \(trigger.name) was to run",
                fix: "run the command again"
            )
        }
    }
}
