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
        ("PATH", "the usual folders of programs"),
        ("HOME", "the root of all state"),
        ("LANG", "C.UTF-8"),
        ("SLIPWAY_ROOT", "the root of all state"),
        ("SLIPWAY_BIN", "the slipway program, for asking back"),
        ("SLIPWAY_CALLER", "who asked: the name of an ssh key, or a user of the host"),
        ("SLIPWAY_TRIGGER", "the name of the trigger"),
        ("SLIPWAY_PLUGIN", "the name of the plugin"),
        ("SLIPWAY_PLUGIN_ROOT", "the folder of the plugin, which is also the working directory"),
        ("SLIPWAY_APP", "the app it is about; absent where there is none"),
        ("SLIPWAY_OWNER", "the process that started it; with that process dead, it is ended with all it has started"),
    ]

    func variables(_ plugin: Plugin, _ trigger: Trigger, app: String?) -> [String: String] {
        var variables = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": root.string, "LANG": "C.UTF-8", "SLIPWAY_ROOT": root.string, "SLIPWAY_BIN": binary.string,
            "SLIPWAY_CALLER": caller, "SLIPWAY_TRIGGER": trigger.rawValue, "SLIPWAY_PLUGIN": plugin.name,
            "SLIPWAY_PLUGIN_ROOT": plugin.folder.string,
        ]
        if let app { variables["SLIPWAY_APP"] = app }
        return variables
    }
}
