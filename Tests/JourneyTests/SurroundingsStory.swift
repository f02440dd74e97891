import FoundationEssentials
import Support
import Testing

@Suite(
    "Networks, ports, templates and pages around an app",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(10))
)
struct SurroundingsStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    private struct Inspected: Decodable {
        struct Settings: Decodable {
            struct Network: Decodable { let Aliases: [String]? }
            let Networks: [String: Network]
        }
        let NetworkSettings: Settings
    }

    @Test func `networks are joined before and after the start, and nginx goes on by the app's own address`()
        async throws
    {
        let app = "story-networks"
        let networks = ["story-early", "story-late"]
        for name in networks { _ = try? await sandbox.ssh("network:destroy", "--force", name) }
        try await sandbox.withApp(app) { _ in
            for name in networks { try await sandbox.done("network:create", name) }
            try await sandbox.done("network:set", app, "attach-post-create", networks[0])
            try await sandbox.done("network:set", app, "attach-post-deploy", networks[1])
            try await sandbox.done("ps:restart", app)
            try await sandbox.settle(app, to: 1)
            let container = try #require(try await sandbox.containers(of: app).first)
            let body = try await sandbox.engine("GET", "/containers/\(container.Id)/json")
            let joined = try JSONDecoder().decode(Inspected.self, from: Data(body)).NetworkSettings.Networks
            #expect(Set(networks).isSubset(of: joined.keys), "\(joined.keys)")
            #expect(joined["story-early"]?.Aliases?.contains("\(app).web") == true, "\(joined)")
            #expect(try await sandbox.get(app).body == "hello one\n")
            #expect(try await sandbox.ssh("network:destroy", "--force", networks[0]).status != 0, "it is in use")
            let repair = try await sandbox.slipway("repair", "--dry-run")
            #expect(repair.out.contains("nothing to repair"), "\(repair)")
        }
        _ = try await sandbox.slipway("apps:destroy", app, "--force", "--purge")
        for name in networks { try await sandbox.done("network:destroy", "--force", name) }
    }

    @Test func `a port of the host goes with the processes that have it`() async throws {
        let app = "story-host-port"
        let port = Int.random(in: 33000..<60000)
        try await sandbox.withApp(app) { repo in
            try await sandbox.done("docker-options:add", app, "deploy", "-p", "127.0.0.1:\(port):5000")
            let restart = try await sandbox.done("ps:restart", app)
            #expect(restart.err.contains("first: it publishes port \(port)"), "\(restart)")
            #expect(try await WebAddress(host: "any", port: port).get().body == "hello one\n")
            try await repo.commit(TestApps.page("two"), message: "Say two")
            _ = try await repo.push(to: sandbox, app).succeeded("a push with a port of the host")
            #expect(try await WebAddress(host: "any", port: port).get().body == "hello two\n")
            #expect(try await sandbox.ssh("ps:scale", app, "web=2").status != 0, "two cannot have one port")
        }
    }

    @Test func `an app's own template serves, a broken one fails the push, and a rollback brings the old back`()
        async throws
    {
        let app = "story-template"
        let template = """
            upstream {{ .APP }} { {{ range $l := .DOKKU_APP_WEB_LISTENERS | split " " }} server {{ $l }}; {{ end }} }
            server {
                listen {{ .NGINX_BIND_ADDRESS_IP4 | default "127.0.0.1" }}:{{ .PROXY_PORT }};
                server_name {{ .NOSSL_SERVER_NAME }};
                add_header X-Template one always;
                location / { proxy_pass http://{{ .APP }}; }
            }

            """
        var files = TestApps.hello("one")
        files["nginx.conf.sigil"] = template
        try await sandbox.withApp(app, files) { repo in
            let first = try await sandbox.get(app)
            #expect(first.body == "hello one\n" && first[header: "X-Template"] == "one", "\(first)")
            try await repo.commit(["nginx.conf.sigil": template + "nonsense;\n"], message: "Break it")
            let refused = try await repo.push(to: sandbox, app)
            #expect(refused.status != 0 && refused.err.contains("nginx.conf.sigil"), "\(refused)")
            #expect(try await sandbox.get(app)[header: "X-Template"] == "one")
            let better = template.replacing("X-Template one", with: "X-Template two")
            try await repo.commit(["nginx.conf.sigil": better], message: "Say two")
            _ = try await repo.push(to: sandbox, app).succeeded("a push of a template that is right")
            #expect(try await sandbox.get(app)[header: "X-Template"] == "two")
            try await sandbox.done("releases:rollback", app)
            #expect(try await sandbox.get(app)[header: "X-Template"] == "one")
        }
    }

    @Test func `a page stands for an app that is being worked on, over pushes too`() async throws {
        let app = "story-maintenance"
        try await sandbox.withApp(app) { repo in
            let page = Array("<h1>Back at noon</h1>\n".utf8)
            _ = try await sandbox.ssh(["maintenance:custom-page", app], input: page).succeeded("a page")
            try await sandbox.done("maintenance:enable", app)
            for round in ["at first", "after a push"] {
                let answer = try await sandbox.get(app)
                #expect(answer.status == 503 && answer.body.contains("Back at noon"), "\(round): \(answer)")
                #expect(answer[header: "Retry-After"] != nil, "\(round)")
                try await repo.commit(TestApps.page("two"), message: "Say two")
                if round == "at first" { _ = try await repo.push(to: sandbox, app).succeeded("a push meanwhile") }
            }
            try await sandbox.done("maintenance:disable", app)
            #expect(try await sandbox.get(app).body == "hello two\n")
        }
    }

    @Test func `ps:restore brings back what was removed by hand, without a build`() async throws {
        let app = "story-restore"
        try await sandbox.withApp(app) { _ in
            let builds = try await sandbox.done("builds:list", app, "--format", "json").answer
            for container in try await sandbox.containers(of: app) {
                try await sandbox.engine("DELETE", "/containers/\(container.Id)", query: ["force": "1"])
            }
            _ = try await sandbox.slipway("ps:restore", app).succeeded("ps:restore")
            #expect(try await sandbox.get(app).body == "hello one\n")
            #expect(try await sandbox.done("builds:list", app, "--format", "json").answer == builds)
        }
    }
}
