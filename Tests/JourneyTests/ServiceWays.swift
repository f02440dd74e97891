import FoundationEssentials
import Support
import SystemPackage

/// Services of a kind so small that one is made in a moment, for the stories that break changes of them.
enum ServiceWays {
    private static let name = "story-tiny"
    private static let copy = "story-tiny-copy"

    /// Every way to a kind of operation of services; none for the others.
    static func all(to kind: String) -> [Way] {
        switch kind {
        case "service-create": [create, clone]
        case "service-change":
            [way("services:restart") { stage, _ in try await stage.sandbox.slipway("services:restart", "tiny", name) }]
        case "service-destroy":
            [
                way("services:destroy") { stage, _ in
                    try await stage.sandbox.slipway("services:destroy", "tiny", name, "--force")
                }
            ]
        case "service-link":
            [
                way("services:link", linking: false) {
                    try await $0.sandbox.slipway("services:link", "tiny", name, $1, "--no-restart")
                }
            ]
        case "service-unlink":
            [
                way("services:unlink", linking: true) {
                    try await $0.sandbox.slipway("services:unlink", "tiny", name, $1, "--no-restart")
                }
            ]
        case "service-import":
            [
                way("services:import") { stage, _ in
                    try await stage.sandbox.slipway(["services:import", "tiny", name], input: emptyDump)
                }
            ]
        case "service-backup":
            [way("services:backup") { stage, _ in try await stage.sandbox.slipway("services:backup", "tiny", name) }]
        case "service-upgrade":
            [
                way("services:upgrade", needing: "busybox") { stage, _ in
                    try await stage.sandbox.slipway("services:upgrade", "tiny", name, "-I", "two")
                }
            ]
        default: []
        }
    }

    private static var create: Way {
        Way(
            name: "services:create",
            steps: ["row", "container", "ready", "done"],
            prepare: { stage, _ in
                try await prepare(stage.sandbox)
                try await clear(stage)
            },
            act: { stage, _ in try await stage.sandbox.slipway("services:create", "tiny", name) },
            again: resume
        )
    }

    private static var clone: Way {
        way("services:clone") { stage, _ in try await stage.sandbox.slipway("services:clone", "tiny", name, copy) }
    }

    /// One on a service that is there, whatever became of the one before.
    private static func way(
        _ words: String,
        linking: Bool? = nil,
        needing version: String? = nil,
        _ act: @escaping @Sendable (Stage, String) async throws -> Finished
    ) -> Way {
        Way(
            name: words,
            prepare: { stage, app in
                try await prepare(stage.sandbox)
                if try await stage.sandbox.slipway("services:exists", "tiny", copy).status == 0 {
                    try await stage.run("services:destroy", "tiny", copy, "--force")
                }
                if let version {
                    let present = try await stage.sandbox.slipway("services:info", "tiny", name, "--version")
                    if !present.answer.hasSuffix(":\(version)") { try await clear(stage) }
                }
                if try await stage.sandbox.slipway("services:exists", "tiny", name).status != 0 {
                    try await stage.run("services:create", "tiny", name)
                }
                let isLinked = try await stage.sandbox.slipway("services:linked", "tiny", name, app).status == 0
                if isLinked, linking != true { try await stage.run("services:unlink", "tiny", name, app, "-n") }
                if !isLinked, linking == true { try await stage.run("services:link", "tiny", name, app, "-n") }
            },
            act: act,
            again: resume
        )
    }

    /// What tar makes of an empty folder.
    private static let emptyDump = [UInt8](repeating: 0, count: 10_240)

    static let resume: @Sendable (Stage) async throws -> Void = { _ = try await $0.run("operations:resume") }

    /// The kind, and the two versions of its image.
    static func prepare(_ sandbox: Sandbox) async throws {
        let file = sandbox.state.appending("plugins/tiny/service.toml")
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string,
            withIntermediateDirectories: true
        )
        try declaration.write(toFile: file.string, atomically: true, encoding: .utf8)
        try await sandbox.engine("POST", "/images/slipway/base:busybox/tag?repo=slipway/base&tag=two")
    }

    /// Takes every service of the kind away.
    static func clear(_ stage: Stage) async throws {
        guard FileManager.default.fileExists(atPath: stage.sandbox.state.appending("plugins/tiny").string) else {
            return
        }
        for name in try await stage.run("services:list", "tiny").answer.split(separator: "\n").map(String.init) {
            for app in try await stage.run("services:links", "tiny", name).answer.split(separator: "\n") {
                try await stage.run("services:unlink", "tiny", name, String(app), "-n")
            }
            try await stage.run("services:destroy", "tiny", name, "--force")
        }
    }

    private static let declaration = """
        [service]
        title = "Tiny"
        image = "slipway/base"
        version = "busybox"
        port = 7000
        scheme = "tiny"
        variable = "TINY_URL"
        url = "{{scheme}}://{{user}}:{{user-password}}@{{host}}:{{port}}"
        upgrade = "dump"

        [server]
        data = ["/data"]
        command = ["sh", "-c", "mkdir -p /data/users /data/items; trap 'exit 0' TERM; nc -ll -p 7000 -e /bin/cat & wait"]

        [ready]
        run = ["test", "-d", "/data/items"]

        [create-user]
        run = ["sh", "-c", 'cat >"/data/users/$NAME"']
        environment.NAME = "{{user}}"
        input = "{{user-password}}"

        [remove-user]
        run = ["sh", "-c", 'rm -f "/data/users/$NAME"']
        environment.NAME = "{{user}}"

        [dump]
        run = ["tar", "-C", "/data/items", "-cf", "-", "."]

        [restore]
        run = ["tar", "-C", "/data/items", "-xf", "-"]

        [count]
        run = ["sh", "-c", "ls /data/items | wc -l"]

        """
}
