import Core
import Files
package import SystemPackage

/// What a hook is told besides its arguments; this and nothing else is in its environment.
///
/// A command of a plugin is told what its caller's own environment holds too.
package struct HookEnvironment: Sendable {
    /// The root of all state.
    package var root: FilePath
    /// This program, for hooks that ask back.
    package var binary: FilePath
    /// The socket of the engine that runs the apps; nil leaves it to the client.
    package var engine: FilePath?
    /// Who asked for what is going on.
    package var caller: String
    /// Whether they came by ssh.
    package var isRemote: Bool
    /// The variables of the process that somebody's command runs in; asked for a command only.
    package var surroundings: @Sendable () -> [String: String]

    package init(
        root: FilePath,
        binary: FilePath,
        engine: FilePath? = nil,
        caller: String,
        isRemote: Bool = false,
        surroundings: @escaping @Sendable () -> [String: String] = { [:] }
    ) {
        self.root = root
        self.binary = binary
        self.engine = engine
        self.caller = caller
        self.isRemote = isRemote
        self.surroundings = surroundings
    }

    /// Name and meaning of each variable, as the documentation lists them.
    package static let meanings = [
        ("PATH", "the folder of Dokku's programs for plugins (`dokku`, `plugn`), and the usual ones"),
        ("HOME", "the root of all state"),
        ("LANG", "C.UTF-8"),
        ("SLIPWAY_ROOT", "the root of all state"),
        ("SLIPWAY_BIN", "the slipway program, for asking back"),
        ("SLIPWAY_CALLER", "who asked: the name of an ssh key, or a user of the host"),
        ("SLIPWAY_TRIGGER", "the name of the trigger; absent for a command"),
        ("SLIPWAY_PLUGIN", "the name of the plugin"),
        ("SLIPWAY_PLUGIN_ROOT", "the folder of the plugin, which is also the working directory"),
        ("SLIPWAY_APP", "the app it is about; absent where there is none"),
        ("SLIPWAY_OWNER", "the process that started it; with that process dead, it is ended with all it has started"),
        ("DOKKU_ROOT", "as Dokku has it: a folder per app with nginx.conf.d and tls"),
        ("DOKKU_LIB_ROOT", "as Dokku has it: data of plugins and services"),
        ("PLUGIN_PATH", "as Dokku has it: available and enabled below it"),
        ("PLUGIN_AVAILABLE_PATH", "as Dokku has it: every plugin, with the functions to source"),
        ("PLUGIN_ENABLED_PATH", "as Dokku has it: the plugins that take part"),
        ("PLUGIN_CORE_PATH", "as Dokku has it"),
        ("PLUGIN_CORE_AVAILABLE_PATH", "as Dokku has it: common/functions and its like"),
        ("SSH_USER", "as Dokku has it: the account of the host, slipway"),
        ("SSH_NAME", "as Dokku has it: the same as SLIPWAY_CALLER"),
        ("NAME", "as Dokku has it: the name of an ssh key; absent for whoever is on the host itself"),
        ("DOCKER_BIN", "as Dokku has it: docker"),
        ("DOCKER_HOST", "the engine of this host, for docker"),
        ("DOKKU_API_VERSION", "as Dokku has it: 1, so that plugins look below PLUGIN_ENABLED_PATH"),
        ("DOKKU_NOT_IMPLEMENTED_EXIT", "as Dokku has it: 10, with which `commands` leaves a word to others"),
        ("DOKKU_VALID_EXIT", "as Dokku has it: 0"),
        ("DOKKU_SYSTEM_USER", "as Dokku has it: dokku; the program `chown` of hooks knows whom that means here"),
        ("DOKKU_SYSTEM_GROUP", "as Dokku has it: dokku"),
        ("DOKKU_DISTRO", "as Dokku has it: debian or ubuntu, as /etc/os-release says"),
        ("TERM", "dumb; for a command that of whoever typed it"),
    ]

    /// Of a remote caller's environment a command is told no more than how to write on their terminal.
    private static let terminal: Set = ["TERM", "SSH_TTY", "LINES", "COLUMNS"]

    /// What a command of a plugin is told.
    func variables(forCommandOf plugin: Plugin) -> [String: String] {
        let surroundings = surroundings()
        let given = surroundings.filter { isRemote ? Self.terminal.contains($0.key) : Self.isFree($0.key) }
        var variables = given.merging(variables(plugin, "", app: nil)) { $1 }
        if let terminal = surroundings["TERM"], !terminal.isEmpty { variables["TERM"] = terminal }
        return variables
    }

    func variables(_ plugin: Plugin, _ trigger: String, app: String?) -> [String: String] {
        var variables = common.merging(plugin.config.filter { Self.isFree($0.key) }) { ours, _ in ours }
        if !trigger.isEmpty { variables["SLIPWAY_TRIGGER"] = trigger }
        variables["SLIPWAY_PLUGIN"] = plugin.name
        variables["SLIPWAY_PLUGIN_ROOT"] = plugin.folder.string
        if let app { variables["SLIPWAY_APP"] = app }
        return variables
    }

    /// What holds for every plugin, trigger and app.
    package var common: [String: String] {
        let lib = root.appending("dokku")
        var variables: [String: String] = [:]
        variables["PATH"] = "\(lib.appending("bin")):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        variables["HOME"] = root.string
        variables["LANG"] = "C.UTF-8"
        variables["SLIPWAY_ROOT"] = root.string
        variables["SLIPWAY_BIN"] = binary.string
        variables["SLIPWAY_CALLER"] = caller
        variables["DOKKU_ROOT"] = lib.appending("home").string
        variables["DOKKU_LIB_ROOT"] = lib.string
        variables["PLUGIN_PATH"] = lib.appending("plugins").string
        variables["PLUGIN_AVAILABLE_PATH"] = lib.appending("plugins/available").string
        variables["PLUGIN_ENABLED_PATH"] = lib.appending("plugins/enabled").string
        variables["PLUGIN_CORE_PATH"] = lib.appending("core-plugins").string
        variables["PLUGIN_CORE_AVAILABLE_PATH"] = lib.appending("core-plugins/available").string
        variables["SSH_USER"] = "slipway"
        variables["SSH_NAME"] = caller
        if isRemote { variables["NAME"] = caller }
        variables["DOCKER_BIN"] = "docker"
        if let engine { variables["DOCKER_HOST"] = "unix://\(engine)" }
        variables["DOKKU_API_VERSION"] = "1"
        variables["DOKKU_NOT_IMPLEMENTED_EXIT"] = "10"
        variables["DOKKU_VALID_EXIT"] = "0"
        variables["DOKKU_SYSTEM_USER"] = "dokku"
        variables["DOKKU_SYSTEM_GROUP"] = "dokku"
        variables["DOKKU_DISTRO"] = Self.distribution
        variables["TERM"] = "dumb"
        return variables
    }

    private static let distribution: String = {
        let text = String(decoding: (try? readFile("/etc/os-release", limit: 1 << 16)) ?? [], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("ID=") }
        return line.map { $0.dropFirst("ID=".count).filter { $0 != "\"" } } ?? "debian"
    }()

    /// Whether a plugin may say what the variable holds.
    private static func isFree(_ name: String) -> Bool {
        let known = Set(meanings.map(\.0))
        return !known.contains(name) && !name.hasPrefix("SLIPWAY_") && !name.hasPrefix("LD_")
            && name.utf8.first?.isDigit == false
            && name.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    }
}
