import Core
import Scheduling
import Store
import Testing

@testable import Features

/// What a report says of an app does not hang on how many apps are asked for.
@Suite struct `reports of many apps` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func type(_ line: String) async throws {
        let words = try ShellWords.split(line)
        let transcript = TranscriptOutput()
        var host = host
        host.output = transcript.output
        let made = host
        let status = await Dispatch().run(words, output: transcript.output) { _, _ in made }
        #expect(status == 0, "\(line): \(transcript.progress)")
    }

    /// Apps that differ in what each noun knows of them.
    private func makeApps() async throws {
        for name in ["bare", "shop", "tuned", "held", "built"] { try await type("apps:create \(name)") }
        let cron = #"{"cron": [{"command": "x", "schedule": "@daily"}], "formation": {"web": {"quantity": 2}}}"#
        _ = try await host.deployedApp("tasks", appJSON: cron)
        for name in ["serving", "stopped", "dying"] {
            _ = try await host.deployedApp(name, web: name == "dying" ? 3 : 1)
        }
        let lines = [
            "domains:add-global example.com", "domains:add shop shop.example.org a.example.org",
            "domains:disable tuned", "ports:set shop http:80:3000 https:443:3000", "config:set shop PORT=7000",
            "storage:mount shop /srv/data:/data", "docker-options:add shop deploy,run \"--init\"",
            "resource:limit --memory 100m shop", "resource:limit --cpu 1 --process-type web tuned",
            "buildpacks:add tuned heroku/nodejs", "git:set tuned deploy-branch live",
            "git:set --global keep-git-dir true",
            "nginx:set tuned client-max-body-size 9m", "nginx:set --global proxy-read-timeout 5s",
            "nginx:set shop access-log-path off", "checks:disable tuned web", "checks:set tuned wait-to-retire 3",
            "logs:set tuned vector-sink http://?uri=http://user:secret@host", "cron:set --global mailto a@example.org",
            "maintenance:enable shop", "proxy:disable tuned",
            "network:set tuned static-web-listener 10.0.0.1:80", "ps:stop stopped", "registry:set shop image-repo a/b",
            "traefik:set --global dns-provider-TOKEN x", "apps:lock held", "ps:set stopped restore false",
            "certs:generate serving serving.example.com",
        ]
        for line in lines { try await type(line) }
    }

    private func makeBuilds() async throws {
        let app = try await Apps(on: host).find(try AppName("built"))
        let serving = try await Apps(on: host).find(try AppName("serving"))
        try await host.store.write { database in
            for (index, status) in [Build.Status.succeeded, .failed, .running].enumerated() {
                let build = Build(
                    id: "b\(index)",
                    app: app.id,
                    release: index,
                    status: .running,
                    source: "git-push",
                    revision: nil,
                    caller: "ana",
                    startedAt: Timestamp(milliseconds: 1_900_000_000_000 + Int64(index))
                )
                try BuildsTable.insert(build, database)
                if status != .running { try BuildsTable.end("b\(index)", status, image: "x", at: .now, database) }
            }
        }
        // One that a release was built for, and one that nobody works on any more.
        for (app, owner) in [(app.id, Owner.this), (serving.id, .dead)] {
            try await host.begin("deploy", of: app, by: owner, notes: ["release": "2"])
        }
    }

    @Test func `each says the same alone and among all`() async throws {
        try await makeApps()
        try await makeBuilds()
        let dying = try await Apps(on: host).find(try AppName("dying"))
        let handles = try await Ps(on: host).instances(of: dying).compactMap(\.handle)
        fake.scheduler.set(.exited(code: 1, outOfMemory: false), of: handles[0])
        fake.scheduler.set(.paused, of: handles[1])
        let apps = try await Apps(on: host).list()
        var different: Set<String> = []
        for noun in Report.nouns {
            let together = try await Reports.blocks(noun, apps, host)
            for (app, block) in zip(apps, together) {
                let alone = try await Reports.blocks(noun, [app], host)[0]
                #expect(alone.heading == block.heading)
                #expect(alone.text == block.text, "\(block.heading)")
                #expect(alone.json == block.json, "\(block.heading)")
            }
            if Set(together.map(\.text)).count > 1 { different.insert(noun.feature.noun) }
        }
        // Else the comparison would hold for lines that no app has.
        let needed: Set = [
            "apps", "builds", "certs", "checks", "cron", "docker-options", "domains", "git", "maintenance", "network",
            "nginx", "ports", "proxy", "ps", "resource", "storage", "buildpacks", "logs", "registry",
        ]
        #expect(needed.subtracting(different) == [])
        let states = try await Reports.lines(.ps, dying, host).filter { $0.key.hasPrefix("status-") }.map {
            $0.value.prefix { $0 != " " }
        }
        #expect(states == ["exited", "paused", "running"])
    }

    @Test func `the newest build is the first of the list`() async throws {
        try await makeApps()
        try await makeBuilds()
        for app in try await Apps(on: host).list() {
            let first = try await Builds(on: host).records(of: app).first
            let latest = try await host.store.read { try BuildsTable.latest(of: app.id, $0) }
            #expect(first == latest, "\(app.name)")
        }
    }
}
