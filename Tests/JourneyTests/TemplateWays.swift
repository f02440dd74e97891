import FoundationEssentials
import Support
import SystemPackage

/// Apps from a template of a plugin, for the stories that break their making.
enum TemplateWays {
    static let app = "story-template"

    /// Every way to the kind of operation that makes them; none for the others.
    static func all(to kind: String) -> [Way] {
        guard kind == "template" else { return [] }
        return [
            Way(
                name: "apps:create --template",
                prepare: { stage, _ in
                    try await clear(stage.sandbox)
                    try await prepare(stage.sandbox)
                },
                act: { stage, _ in try await stage.sandbox.slipway("apps:create", app, "--template", "story") },
                again: ServiceWays.resume
            )
        ]
    }

    /// The plugin with its kind of service and its templates, and the images that they name.
    static func prepare(_ sandbox: Sandbox) async throws {
        try await ServiceWays.prepare(sandbox)
        let files = [
            "plugin.toml": card, "templates/story.toml": template(image: "site"),
            "templates/bad.toml": template(image: "bad"),
        ]
        for (name, text) in files {
            let path = sandbox.state.appending("plugins/tiny/\(name)")
            try FileManager.default.createDirectory(
                atPath: path.removingLastComponent().string,
                withIntermediateDirectories: true
            )
            try text.write(toFile: path.string, atomically: true, encoding: .utf8)
        }
        let serve = "cd /data && cat /proc/sys/kernel/random/uuid >index.html; exec httpd -f -p $PORT -h /data"
        try await makeImage("slipway/base:site", from: "slipway/base:busybox", running: serve, sandbox)
        let exit = "echo no settings; exit 7"
        try await makeImage("slipway/base:bad", from: "slipway/base:busybox", running: exit, sandbox)
    }

    /// An image as somebody else would have built it.
    static func makeImage(_ name: String, from base: String, running script: String, _ sandbox: Sandbox) async throws {
        struct Made: Decodable { let Id: String }
        let words = String(decoding: try JSONEncoder().encode(["sh", "-c", script]), as: UTF8.self)
        let body = #"{"Image":"\#(base)","Cmd":\#(words)}"#
        let answer = try await sandbox.engine("POST", "/containers/create", json: body)
        let made = try JSONDecoder().decode(Made.self, from: Data(answer))
        let parts = name.split(separator: ":")
        try await sandbox.engine("POST", "/commit?container=\(made.Id)&repo=\(parts[0])&tag=\(parts[1])")
        try await sandbox.engine("DELETE", "/containers/\(made.Id)?force=1")
    }

    /// Takes away what a template has made.
    static func clear(_ sandbox: Sandbox) async throws {
        if try await sandbox.slipway("apps:exists", app).status == 0 {
            _ = try await sandbox.slipway("apps:destroy", app, "--force", "--purge").succeeded("apps:destroy")
        }
        for name in ["db", "cache"]
        where try await sandbox.slipway("services:exists", "tiny", "\(app)-\(name)").status == 0 {
            _ = try await sandbox.slipway("services:destroy", "tiny", "\(app)-\(name)", "--force").succeeded("destroy")
        }
    }

    private static let card = "[plugin]\ndescription = \"stories\"\nversion = \"1.0.0\"\n"

    private static func template(image: String) -> String {
        """
        [template]
        description = "A page with two servers"
        image = "slipway/base:\(image)"
        notes = ["{{app}} answers at {{url}}"]

        [services.db]
        kind = "tiny"
        memory = "32m"

        [services.cache]
        kind = "tiny"

        [storage]
        "/data" = "data"

        [config]
        DB = "{{db.user}}:{{db.password}}@{{db.host}}:{{db.port}}"
        KEY = "{{random}}"

        [properties.checks]
        wait-to-retire = "0"

        """
    }
}
