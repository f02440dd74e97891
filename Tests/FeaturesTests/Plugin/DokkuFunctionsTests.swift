import Core
import Files
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

/// The functions that plugins source, by bash, with a program in slipway's place that writes down what it is asked.
@Suite(.timeLimit(.minutes(2))) struct `functions that plugins source` {
    let folder: FilePath
    private let owner: TemporaryFolder
    private let share: FilePath

    init() throws {
        owner = try TemporaryFolder()
        folder = owner.path
        share = try #require(Shipped.current?.dokku)
        let stub = """
            #!/bin/bash
            input=
            case "$1 $2" in
            "plugin:property "*write | "plugin:property list-add" | "config:import "*) input=$(cat) ;;
            esac
            printf '%s' "$*" >> "$LOG"
            [ -z "$input" ] || printf ' < %s' "$input" >> "$LOG"
            echo >> "$LOG"
            case "$*" in
            "plugin:answer app-exists shop" | "plugin:answer app-is-deployed shop") ;;
            "plugin:answer app-exists"*) exit 1 ;;
            "plugin:answer app-list") printf 'blog\\nshop\\n' ;;
            "plugin:answer app-image shop"*) echo sha256:seed ;;
            "plugin:answer app-containers shop") printf 'c1\\nc2\\n' ;;
            "plugin:answer certs-exists shop") echo true ;;
            "plugin:answer proxy-type shop") echo nginx ;;
            "plugin:property get auth shop there") echo kept ;;
            "plugin:property get"*) exit 1 ;;
            "plugin:property list auth shop ips") printf '10.0.0.1\\n10.0.0.2\\n' ;;
            "certs:report shop --ssl-hostnames") echo "a.example b.example" ;;
            "plugin:answer ports-get shop") printf 'http:80:5000\\nhttps:443:5000\\n' ;;
            "nginx:validate-config") echo fine ;;
            "config:get shop KEY") echo value ;;
            "config:get "*) echo oops >&2; exit 1 ;;
            esac

            """
        let run: FilePermissions = [.ownerReadWriteExecute]
        try writeFile(folder.appending("slipway"), Array(stub.utf8), mode: run)
    }

    private func bash(_ script: String, _ extra: [String: String] = [:]) async throws -> (Outcome, asked: [String]) {
        let available = share.appending("core-plugins/available").string
        var variables = [
            "PATH": "\(share.appending("bin")):/usr/bin:/bin", "LOG": folder.appending("log").string,
            "SLIPWAY_BIN": folder.appending("slipway").string, "PLUGIN_CORE_AVAILABLE_PATH": available,
            "PLUGIN_AVAILABLE_PATH": available, "PLUGIN_ENABLED_PATH": folder.appending("enabled").string,
            "DOKKU_ROOT": folder.appending("home").string, "DOKKU_LIB_ROOT": folder.string, "LANG": "C.UTF-8",
        ]
        variables.merge(extra) { $1 }
        try writeFile(folder.appending("log"), [])
        let program = Program("/bin/bash", ["-c", script], environment: .exactly(variables), directory: folder)
        let outcome = try await Programs.live.run(program)
        let log = String(decoding: try readFile(folder.appending("log")) ?? [], as: UTF8.self)
        return (outcome, log.split(separator: "\n").map(String.init))
    }

    private func source(_ names: String...) -> String {
        names.map { "source \"$PLUGIN_AVAILABLE_PATH/\($0)\"\n" }.joined()
    }

    @Test func `every file can be sourced, alone and by those who are strict`() async throws {
        let plugins = try listFolder(share.appending("core-plugins/available"))
        #expect(plugins.contains("common"))
        for plugin in plugins {
            for file in try listFolder(share.appending("core-plugins/available/\(plugin)")) where file != "plugin.toml"
            {
                let (outcome, _) = try await bash("set -eo pipefail; \(source("\(plugin)/\(file)")) echo fine")
                #expect(outcome.text == "fine\n", "\(plugin)/\(file): \(outcome.errorText)")
            }
        }
    }

    @Test func `what is said has Dokku's signs, and goes where it goes there`() async throws {
        let script =
            source("common/functions") + "dokku_log_info1 one; dokku_log_info2 two; dokku_log_verbose three;"
            + "dokku_log_warn four; DOKKU_QUIET_OUTPUT=1; dokku_log_info1_quiet never; dokku_log_verbose_quiet never;"
            + "(dokku_log_fail five); echo $?"
        let (outcome, _) = try await bash("set +e;" + script.replacing("(dokku", with: "set +e; (dokku"))
        #expect(outcome.text == "-----> one\n=====> two\n       three\n1\n")
        #expect(outcome.errorText == " !     four\n !     five\n")
    }

    @Test func `an app is there or not, and an odd word is never asked for`() async throws {
        let common = source("common/functions")
        #expect(
            try await bash(common + "verify_app_name shop; echo $(dokku_apps) $(get_app_container_ids shop)").0.text
                == "blog shop c1 c2\n"
        )
        #expect(
            try await bash(common + "is_deployed shop && get_app_image_name shop v3").asked == [
                "plugin:answer app-is-deployed shop", "plugin:answer app-image shop v3",
            ]
        )
        let gone = try await bash(common + "verify_app_name other; echo never").0
        #expect(gone.ending == .exited(1) && gone.errorText == " !     App other does not exist\n" && gone.text.isEmpty)
        for word in ["", "../etc", "A", "a b", "$(id)"] {
            let (outcome, asked) = try await bash(common + "verify_app_name \"$WORD\"", ["WORD": word])
            #expect(!outcome.ending.isSuccess && asked.isEmpty, "\(word)")
        }
    }

    @Test func `a value of a property travels on standard input`() async throws {
        let functions = source("common/property-functions")
        let (_, asked) = try await bash(
            functions
                + "fn-plugin-property-write auth shop token 's3 cret'; fn-plugin-property-list-add auth shop ips 10.0.0.3;"
                + "fn-plugin-property-delete auth shop token; fn-plugin-property-clone auth shop other;"
                + "fn-plugin-property-destroy auth shop"
        )
        #expect(
            asked == [
                "plugin:property write auth shop token < s3 cret", "plugin:property list-add auth shop ips < 10.0.0.3",
                "plugin:property delete auth shop token", "plugin:property clone auth shop other",
                "plugin:property destroy auth shop",
            ]
        )
        let (outcome, _) = try await bash(
            functions
                + "fn-plugin-property-get auth shop there; fn-plugin-property-get-default auth shop gone none; echo;"
                + "fn-plugin-property-list-get-by-index auth shop ips 1;"
                + "fn-plugin-property-list-get-by-value auth shop ips 10.0.0.1;"
                + "fn-plugin-property-list-get-by-value auth shop ips 10.0.0.9 || echo absent;"
                + "fn-plugin-property-list-length auth shop ips"
        )
        #expect(outcome.text == "kept\nnone\n10.0.0.2\n10.0.0.1\nabsent\n2\n")
    }

    @Test func `variables are set through a file that nobody else reads`() async throws {
        let functions = source("config/functions")
        let (_, asked) = try await bash(
            functions + "config_set --no-restart shop 'URL=redis://:a\"b@x:1/$0' B=2; config_unset shop B"
        )
        #expect(
            asked == [
                "config:import --no-restart shop - < URL=\"redis://:a\\\"b@x:1/\\$0\"", "B=\"2\"",
                "config:unset shop B",
            ]
        )
        let parsed = try EnvFile.parse("URL=\"redis://:a\\\"b@x:1/\\$0\"\nM=\"a\\\\b\\nc\"\n")
        #expect(parsed[try ConfigKey("URL")] == "redis://:a\"b@x:1/$0")
        #expect(parsed[try ConfigKey("M")] == "a\\b\nc")
        let line = try await bash(functions + "fn-config-line M $'a\\\\b\\nc' ''").0.text
        #expect(line == "M=\"a\\\\b\\nc\"\n")
        let (got, _) = try await bash(functions + "config_get shop KEY; config_get shop NONE || echo absent")
        #expect(got.text == "value\nabsent\n" && got.errorText.isEmpty)
        let (map, _) = try await bash(functions + "config_get shop DOKKU_PROXY_PORT_MAP")
        #expect(map.text == "http:80:5000 https:443:5000\n")
    }

    @Test func `options, certificates and nginx are asked for in our words`() async throws {
        let functions = source(
            "docker-options/functions",
            "certs/functions",
            "nginx-vhosts/functions",
            "proxy/functions"
        )
        let (outcome, asked) = try await bash(
            functions + "APP=shop; phases=(build deploy run); add_passed_docker_option phases[@] '--link a:b';"
                + "remove_passed_docker_option phases[@] '--link a:b'; is_ssl_enabled shop && get_ssl_hostnames shop;"
                + "[[ $(get_app_proxy_type shop) == nginx ]]; validate_nginx shop && restart_nginx shop; nginx_build_config shop"
        )
        #expect(outcome.text == "a.example\nb.example\n", "\(outcome.errorText)")
        #expect(outcome.errorText.isEmpty)
        #expect(
            asked == [
                "docker-options:add shop build,deploy,run --link a:b",
                "docker-options:remove shop build,deploy,run --link a:b", "plugin:answer certs-exists shop",
                "certs:report shop --ssl-hostnames", "plugin:answer proxy-type shop", "nginx:validate-config",
                "nginx:reload", "plugin:answer proxy-build-config shop",
            ]
        )
    }

    @Test func `flags in front are read, and output is shown only when it matters`() async throws {
        let script =
            source("common/functions")
            + "parse_args --app shop --force ps:restart; echo $DOKKU_APP_NAME $DOKKU_APPS_FORCE_DELETE;"
            + "suppress_output echo hidden; suppress_output bash -c 'echo shown; exit 3' || echo $?;"
            + "is_val_in_list b a,b,c && is_number 12 && ! is_number 1x && fn-in-array x y x && echo all"
        #expect(try await bash(script).0.text == "shop 1\nshown\n3\nall\n")
    }

    @Test func `plugn asks us, or runs the plugins' own, in their order, until one fails`() async throws {
        try writeFile(folder.appending("answers"), Array("app-list\n".utf8))
        try writeFile(folder.appending("triggers"), Array("post-deploy\n".utf8))
        let run: FilePermissions = [.ownerReadWriteExecute]
        for (name, status) in [("a", 0), ("b", 4), ("c", 0)] {
            let path = folder.appending("enabled/\(name)/service-list")
            try writeFile(path, Array("#!/bin/sh\necho \(name) \"$@\"\nexit \(status)\n".utf8), mode: run)
        }
        let (known, asked) = try await bash("plugn trigger app-list; plugn trigger post-deploy shop 1")
        #expect(known.text == "blog\nshop\n")
        #expect(asked == ["plugin:answer app-list", "plugin:trigger post-deploy shop 1"])
        let (own, _) = try await bash(
            "plugn trigger service-list x || echo $?; plugn trigger nobodys; plugn trigger ../x"
        )
        #expect(own.text == "a x\nb x\n4\n" && own.ending == .exited(1))
    }

    @Test func `chown knows who dokku is here`() async throws {
        try writeFile(folder.appending("file"), [])
        let (outcome, _) = try await bash("chown dokku:dokku file && chown -R dokku: file && stat -c %u file; id -u")
        let lines = outcome.text.split(separator: "\n")
        #expect(lines.count == 2 && lines.first == lines.last, "\(outcome.errorText)")
    }
}
