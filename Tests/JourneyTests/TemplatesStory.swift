import FoundationEssentials
import Support
import SystemPackage
import Testing

@Suite(
    "Apps from a template: all of it in one command, or nothing",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(10))
)
struct TemplatesStory {
    let sandbox: Sandbox
    private let app = TemplateWays.app

    init() throws { sandbox = try .current() }

    private func prepared(_ work: (Remains) async throws -> Void) async throws {
        try await TemplateWays.clear(sandbox)
        try await TemplateWays.prepare(sandbox)
        let before = try await remains()
        let result: Result<Void, any Error>
        do { result = .success(try await work(before)) } catch { result = .failure(error) }
        try await TemplateWays.clear(sandbox)
        try result.get()
        try await Invariants.check(sandbox, after: "templates")
        try await expectNothing(but: before)
    }

    private func expectNothing(but before: Remains) async throws {
        #expect(try await sandbox.slipway("apps:exists", app).status == 20)
        #expect(try await remains() == before)
    }

    /// What an app and its services leave, whoever was on this sandbox before: archives, data, things of the engine.
    private struct Remains: Equatable {
        var archives: String
        var services: [String]
        var folders: [String]
        var networks: [String]
        var volumes: [String]
    }

    private func remains() async throws -> Remains {
        struct Thing: Decodable {
            var Name: String
            var Labels: [String: String]?
        }
        struct Volumes: Decodable { var Volumes: [Thing]? }
        let ours = ["filters": #"{"label":["slipway.instance=\#(sandbox.instance)"]}"#]
        let networks = try await sandbox.engine("GET", "/networks", query: ours)
        let volumes = try await sandbox.engine("GET", "/volumes", query: ours)
        let folder = sandbox.state.appending("services").string
        return Remains(
            archives: try await sandbox.slipway("apps:archives", "--format", "json").answer,
            services: try await sandbox.slipway("services:list", "tiny").answer.split(separator: "\n").map(String.init),
            folders: ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted(),
            networks: try JSONDecoder().decode([Thing].self, from: Data(networks))
                .filter { $0.Labels?["slipway.service"] != nil }.map(\.Name).sorted(),
            volumes: (try JSONDecoder().decode(Volumes.self, from: Data(volumes)).Volumes ?? []).map(\.Name).sorted()
        )
    }

    @Test func `one command makes app, services, links, volume and name, and the app answers`() async throws {
        try await prepared { _ in
            let list = try await sandbox.ssh("templates:list").succeeded("templates:list")
            #expect(list.answer.contains("story") && list.answer.contains("wordpress"))
            let made = try await sandbox.ssh(
                "apps:create",
                app,
                "--template",
                "story",
                "--domain",
                "\(app).example",
                "--set",
                "OWN=mine"
            ).succeeded("apps:create --template")
            #expect("\(made)".contains("\(app) answers at http://\(app).example"), "\(made)")
            let page = try await sandbox.get(host: "\(app).example")
            #expect(page.status == 200 && page.body.count == 37, "the volume can be written: \(page)")
            let config = try await sandbox.slipway("config:export", app).succeeded("config:export").answer
            for key in ["DB=", "KEY=", "OWN=", "TINY_URL="] { #expect(config.contains(key), "\(config)") }
            #expect(config.contains("@tiny-\(app)-db:7000"))
            let secret = try await sandbox.slipway("config:get", app, "KEY").answer
            #expect(secret.count == 32 && !"\(made)".contains(secret))
            let events = try await sandbox.slipway("events").answer
            #expect(events.contains("made \(app) from the template story") && !events.contains(secret))
            #expect(try await sandbox.slipway("services:linked", "tiny", "\(app)-db", app).status == 0)
            #expect(try await sandbox.slipway("apps:locked", app).status == 1)
            let again = try await sandbox.ssh("apps:create", app, "--template", "story")
            #expect(again.status == 3 && again.err.contains("P006"), "\(again)")
        }
    }

    /// Stands for WordPress, which is not here: it serves on port 80 once it was let into its database and its volume.
    private static let wordpress = #"""
        set -eu
        mariadb --protocol=tcp -h "${WORDPRESS_DB_HOST%:*}" -P "${WORDPRESS_DB_HOST#*:}" -u "$WORDPRESS_DB_USER" \
            -p"$WORDPRESS_DB_PASSWORD" "$WORDPRESS_DB_NAME" -e "CREATE TABLE IF NOT EXISTS wp_posts (n int)"
        for name in AUTH SECURE_AUTH LOGGED_IN NONCE; do
            for end in KEY SALT; do eval "test \${#WORDPRESS_${name}_$end} -eq 64"; done
        done
        grep -q ' /var/www/html ' /proc/mounts
        touch /var/www/html/index.php
        exec perl -MIO::Socket::INET -e '
            $all = IO::Socket::INET->new(LocalPort => 80, Listen => 9, ReuseAddr => 1) or die;
            while ($one = $all->accept) {
                while (($line = <$one>) =~ /\S/) {}
                print $one "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nyes";
                close $one;
            }'
        """#

    @Test func `wordpress is let into a database and a volume of its own`() async throws {
        try await ServicesStory().prepare()
        let tag = "/images/slipway-test/mariadb:10/tag?repo=mariadb&tag=11"
        try await sandbox.engine("POST", tag)
        let image = ("wordpress:6", "slipway-test/debian:bookworm")
        try await TemplateWays.makeImage(image.0, from: image.1, running: Self.wordpress, sandbox)
        let name = "\(app)-db"
        let result: Result<Void, any Error>
        do {
            try await prepared { _ in
                let made = try await sandbox.ssh("apps:create", app, "--template", "wordpress").succeeded("wordpress")
                #expect("\(made)".contains("/wp-admin/install.php") && "\(made)".contains("backup-schedule \(name)"))
                #expect(try await sandbox.get(app).body == "yes")
                let size = try await sandbox.slipway("nginx:report", app, "--nginx-client-max-body-size").answer
                #expect(size == "64m")
                let tables = "mariadb -u root -p$MARIADB_ROOT_PASSWORD $MARIADB_DATABASE -e 'SHOW TABLES'"
                let inside = try await sandbox.slipway("services:enter", "mariadb", name, "sh", "-c", tables)
                #expect(inside.out.contains("wp_posts"), "\(inside)")
                try await TemplateWays.clear(sandbox)
                _ = try await sandbox.slipway("services:destroy", "mariadb", name, "--force").succeeded("destroy")
            }
            result = .success(())
        } catch { result = .failure(error) }
        _ = try? await TemplateWays.clear(sandbox)
        _ = try? await sandbox.slipway("services:destroy", "mariadb", name, "--force")
        try result.get()
    }

    @Test func `what fails in the deploy leaves nothing, and the name is free`() async throws {
        try await prepared { before in
            let end = try await sandbox.ssh("apps:create", app, "--template", "bad")
            #expect(end.status == 1 && end.err.contains("no settings"), "\(end)")
            #expect(end.err.contains("nothing of \(app) is left"), "\(end)")
            try await expectNothing(but: before)
            try await Invariants.check(sandbox, after: "a template that failed")
            _ = try await sandbox.ssh("apps:create", app, "--template", "story").succeeded("the same name again")
            #expect(try await sandbox.get(app).status == 200)
        }
    }

    @Test func `whose maker is killed takes no push, and goes when somebody looks`() async throws {
        try await prepared { before in
            let fault = try PlantedFault(.kill, at: "template.settings.after", in: sandbox)
            defer { fault.remove() }
            let end = try await sandbox.ssh("apps:create", app, "--template", "story")
            #expect(end.status != 0 && fault.hasStruck)
            let repo = try await TestRepo(TestApps.hello("mine"))
            let push = try await repo.push(to: sandbox, app)
            #expect(push.status != 0 && push.err.contains("the template story is making it"), "\(push)")
            _ = try await sandbox.slipway("tick").succeeded("tick")
            try await expectNothing(but: before)
        }
    }
}
