import Core
package import SystemPackage

/// What a hook is told besides its arguments; this and nothing else is in its environment.
package struct HookEnvironment: Sendable {
    /// The root of all state.
    package var root: FilePath
    /// This program, for hooks that ask back.
    package var binary: FilePath
    /// Who asked for what is going on.
    package var caller: String

    package init(root: FilePath, binary: FilePath, caller: String) {
        self.root = root
        self.binary = binary
        self.caller = caller
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
        ("NAME", "as Dokku has it: the same as SLIPWAY_CALLER"),
        ("DOCKER_BIN", "as Dokku has it: docker"),
        ("DOKKU_API_VERSION", "as Dokku has it: 1, so that plugins look below PLUGIN_ENABLED_PATH"),
        ("DOKKU_NOT_IMPLEMENTED_EXIT", "as Dokku has it: 10, with which `commands` leaves a word to others"),
        ("DOKKU_VALID_EXIT", "as Dokku has it: 0"),
        ("DOKKU_SYSTEM_USER", "as Dokku has it: dokku; the program `chown` of hooks knows whom that means here"),
        ("DOKKU_SYSTEM_GROUP", "as Dokku has it: dokku"),
    ]

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
        variables["NAME"] = caller
        variables["DOCKER_BIN"] = "docker"
        variables["DOKKU_API_VERSION"] = "1"
        variables["DOKKU_NOT_IMPLEMENTED_EXIT"] = "10"
        variables["DOKKU_VALID_EXIT"] = "0"
        variables["DOKKU_SYSTEM_USER"] = "dokku"
        variables["DOKKU_SYSTEM_GROUP"] = "dokku"
        return variables
    }

    /// Whether a plugin may say what the variable holds.
    private static func isFree(_ name: String) -> Bool {
        let known = Set(meanings.map(\.0))
        return !known.contains(name) && !name.hasPrefix("SLIPWAY_") && !name.hasPrefix("LD_")
            && name.utf8.first?.isDigit == false
            && name.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    }
}
