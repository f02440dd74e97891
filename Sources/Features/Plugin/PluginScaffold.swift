import SystemPackage

/// What `plugin:create` writes: a plugin that works as it is, with tests that pass.
struct PluginScaffold: Sendable, Equatable {
    struct File: Sendable, Equatable {
        /// Below the plugin's folder.
        var path: String
        var mode: FilePermissions
        var text: String
    }

    /// The files, each with its path, its mode and its text.
    ///
    /// - Parameters:
    ///   - name: The plugin's name; one that `Plugin.isName` takes.
    ///   - isSwift: Whether its hooks are in Swift; else they are in sh.
    /// - Returns: All there are; the folders above them are to be made.
    static func files(named name: String, isSwift: Bool) -> [File] {
        let rest = isSwift ? swift(name) : shell(name)
        return [text("plugin.toml", facts(name)), text("README.md", page(name, isSwift))] + rest
            + [program("tests/run", tests(name))]
    }

    private static func text(_ path: String, _ text: String) -> File {
        File(path: path, mode: [.ownerReadWrite, .groupRead, .otherRead], text: text)
    }

    private static func program(_ path: String, _ text: String) -> File {
        File(path: path, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute], text: text)
    }

    private static func facts(_ name: String) -> String {
        """
        # The name of a plugin is the name of its folder.
        [plugin]
        description = "what \(name) does, in one line"
        version = "0.1.0"
        # The oldest slipway it works with.
        slipway = "\(Version.number)"

        # Every hook and command of the plugin gets these as variables.
        [plugin.config]
        GREETING = "hello"

        """
    }

    private static func page(_ name: String, _ isSwift: Bool) -> String {
        let ending = isSwift ? ".swift" : ""
        return """
            # \(name)

            - `hooks/post-deploy\(ending)` runs after every deploy. `slipway plugin:triggers` lists the other moments.
            - `subcommands/greet\(ending)` is the command `slipway \(name):greet`.
            - `tests/run` are its tests. They are told two folders of programs, `HOOKS` and `COMMANDS`.

            To try it: `slipway plugin:validate "$PWD"`, which runs its tests, then `slipway plugin:install "$PWD" \(name)`.

            """
    }

    private static func swift(_ name: String) -> [File] {
        [
            text(
                "hooks/post-deploy.swift",
                """
                import SlipwayHooks

                hook.on(.postDeploy) { event in
                    hook.say("\\(greeting), \\(event.app): \\(event.release) is live")
                }

                """
            ),
            text(
                "shared/Greeting.swift",
                """
                import SlipwayHooks

                // What lies in shared/ is part of every hook and every command.

                var greeting: String { hook.setting("GREETING") ?? "hello" }

                """
            ),
            text(
                "subcommands/greet.swift",
                """
                import SlipwayHooks

                // slipway \(name):greet APP
                command.run { words in
                    let app = try words.app()
                    try words.end()
                    hook.say("\\(greeting), \\(app)")
                }

                """
            ),
        ]
    }

    private static func shell(_ name: String) -> [File] {
        [
            program(
                "hooks/post-deploy",
                """
                #!/bin/sh
                # post-deploy APP PORT ADDRESS RELEASE
                set -eu
                echo "$GREETING, $1: $4 is live"

                """
            ),
            program(
                "subcommands/greet",
                """
                #!/bin/sh
                # slipway \(name):greet APP; the first word is the command's own name.
                set -eu
                app=${2:?which app?}
                "$SLIPWAY_BIN" apps:exists "$app" >/dev/null 2>&1 || { echo "there is no app $app" >&2 && exit 1; }
                echo "$GREETING, $app"

                """
            ),
        ]
    }

    private static func tests(_ name: String) -> String {
        """
        #!/bin/sh
        # Tests of this plugin. HOOKS and COMMANDS are folders in which every hook and every command is a program.
        set -eu
        root=$(mktemp -d)
        trap 'rm -rf "$root"' EXIT
        export SLIPWAY_ROOT="$root" SLIPWAY_PLUGIN=\(name) SLIPWAY_CALLER=tests SLIPWAY_BIN="$root/slipway" GREETING=hi

        # What slipway would answer.
        cat >"$SLIPWAY_BIN" <<'EOF'
        #!/bin/sh
        [ "$*" = "apps:exists shop" ]
        EOF
        chmod +x "$SLIPWAY_BIN"

        fire() { trigger=$1 && shift && SLIPWAY_TRIGGER=$trigger "$HOOKS/$trigger" "$@" 2>&1; }
        run() { verb=$1 && shift && "$COMMANDS/$verb" "\(name):$verb" "$@" 2>&1; }
        is() { [ "$1" = "$2" ] || { echo "expected: $2" >&2; echo "but was:  $1" >&2; exit 1; }; }

        is "$(fire post-deploy shop 5000 172.17.0.9 v3)" "hi, shop: v3 is live"
        is "$(run greet shop)" "hi, shop"
        is "$(run greet gone || true)" "there is no app gone"
        echo "\(name): all is well"

        """
    }
}
