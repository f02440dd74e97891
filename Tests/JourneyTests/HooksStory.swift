import Features
import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@Suite(
    "Every trigger fires, with the arguments that its row names",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(10))
)
struct HooksStory {
    /// Triggers that this story does not bring about, with what it would take.
    static let elsewhere = [
        "retire-container-failed": "an engine that refuses to end a container: DrainsTests has one"
    ]

    let sandbox: Sandbox
    let folder: TemporaryFolder
    private let app = "story-hooks"

    init() throws {
        sandbox = try .current()
        folder = try TemporaryFolder()
    }

    @Test func `over a life of an app each is called, and nothing that the table does not name`() async throws {
        let table = try await triggers()
        let names = table.map(\.name)
        let recorder = try HookRecorder(
            "recorder",
            in: .sh,
            names,
            answers: [
                "user-auth-app": "shift 2; printf '%s\\n' \"$@\"",
                "builder-detect": "[ \"$1\" != \(app)-own ] || echo own",
                "builder-build": "[ \"$1\" != own ] || echo slipway/base:busybox",
                "docker-args-process-deploy": "cat; echo ' --label story.hook=yes'",
                "cron-entries": "echo '* * * * *;true;'",
                "receive-branch": "echo \"took $3: $(git -C \"$DOKKU_ROOT/$1\" log -1 --format=%s \"$2\")\"",
            ],
            folder: folder.path
        )
        let twin = try HookRecorder("recorder-swift", in: .swift, names, folder: folder.path)
        try await sandbox.withPlugin(recorder.folder) {
            try await sandbox.withPlugin(twin.folder) {
                try await live()
                try await sandbox.withServe { try await crash(recorder) }
                try await tellOfTheHost(recorder)
                try await logIn()
                try await backUp()
                for name in ["recorder", "recorder-swift"] {
                    _ = try await sandbox.slipway("plugin:update", name).succeeded("plugin:update")
                }
                _ = try await sandbox.slipway("plugin:install-dependencies").succeeded("plugin:install-dependencies")
            }
        }
        for one in [recorder, twin] {
            let calls = try one.calls()
            let missing = Set(names).subtracting(calls.map(\.trigger)).subtracting(Self.elsewhere.keys)
            #expect(missing.isEmpty, "\(one.folder): \(missing.sorted())")
            for call in calls {
                let row = try #require(table.first { $0.name == call.trigger }, "\(call)")
                #expect(row.fits(call.arguments), "\(row.name) \(row.arguments): \(call.arguments)")
            }
        }
        try told(recorder)
    }

    /// What a life of an app tells, word for word.
    private func told(_ recorder: HookRecorder) throws {
        func arguments(_ trigger: String) throws -> [[String]] { try recorder.calls(of: trigger).map(\.arguments) }
        #expect(try arguments("post-create").contains([app]))
        #expect(try arguments("post-config-update").contains([app, "set", "GREETING"]))
        #expect(try arguments("post-scale-update").contains([app, "web=2"]))
        #expect(try arguments("release-created").first?.prefix(2) == [app, "v1"])
        #expect(try arguments("pre-deploy").contains([app, "v1"]))
        #expect(try arguments("post-deploy").first?.count == 4)
        #expect(try arguments("post-rollback").contains { $0.first == app && $0.last == "v1" })
        #expect(try arguments("deploy-failed").contains { $0.first == app && $0.last?.hasPrefix("P1") == true })
        #expect(try arguments("post-app-rename").contains([app, "\(app)-new"]))
        #expect(try arguments("post-app-clone").contains(["\(app)-new", "\(app)-copy"]))
        #expect(try arguments("pre-delete").map(\.first).contains("\(app)-new"))
        #expect(try arguments("user-auth").contains { $0.dropFirst(2).starts(with: ["config:set", app]) })
        #expect(try arguments("post-backup").map { $0.prefix(2) } == [["tiny", "story-hooks"]])
        #expect(try arguments("backup-failed").map { $0.prefix(2) } == [["tiny", "story-hooks"]])
        #expect(try arguments("post-registry-login").map(\.last) == ["ana"])
        #expect(try arguments("uninstall") == [["recorder-swift"], ["recorder"]])
        #expect(try arguments("instance-exited").contains { $0.prefix(2) == ["\(app)-copy", "web.1"] })
        // A value of a variable is in nobody's arguments.
        #expect(try recorder.calls().allSatisfy { !$0.arguments.contains { $0.contains("secret-value") } })
    }

    /// Push, configuration, scale, names, certificate, other branches, failure, rollback, stop and start, rename, clone.
    private func live() async throws {
        let repo = try await TestRepo(TestApps.hello("one"))
        for name in [app, "\(app)-new", "\(app)-copy", "\(app)-own"] { _ = try? await sandbox.destroy(name) }
        try await sandbox.done("apps:create", app)
        _ = try await repo.push(to: sandbox, app).succeeded("the first push")
        let labels = try await sandbox.containers(of: app).first?.Labels
        #expect(labels?["story.hook"] == "yes")
        try await sandbox.done("config:set", app, "GREETING=secret-value")
        try await sandbox.done("ps:scale", app, "web=2")
        try await sandbox.done("ps:scale", app, "web=1")
        try await sandbox.done("domains:add", app, "hooks.example.com")
        try await sandbox.done("domains:disable", app)
        try await sandbox.done("domains:enable", app)
        try await sandbox.done("ports:set", app, "http:80:5000")
        let certificate = try await Certificate(for: ["hooks.example.com"], commonName: "hooks.example.com", days: 3)
        _ = try await sandbox.ssh(["certs:add", app], input: certificate.archive).succeeded("certs:add")
        _ = try await sandbox.slipway("tick", "--tidy").succeeded("tick --tidy")
        try await sandbox.done("certs:remove", app)
        try await repo.commit(["www/review.html": "new\n"], message: "Ask for a review")
        let other = try await repo.push(to: sandbox, app, branch: "review")
        #expect(other.err.contains("took refs/heads/review: Ask for a review"), "\(other)")
        let clone = folder.path.appending("clone").string
        _ = try await repo.git("clone", "-q", "\(sandbox.remote)/\(app)", clone)
        try await sandbox.done("run", app, "true")
        try await sandbox.done("report", app)
        try await sandbox.done("urls", app)
        try await repo.commit(TestApps.exitsAtOnce, message: "Break it")
        #expect(try await repo.push(to: sandbox, app).status != 0)
        try await sandbox.done("releases:rollback", app, "v1")
        try await sandbox.done("ps:stop", app)
        try await sandbox.done("ps:start", app)
        try await sandbox.done("ps:restore")
        try await sandbox.done("apps:rename", app, "\(app)-new")
        try await sandbox.done("apps:clone", "\(app)-new", "\(app)-copy")
        try await sandbox.done("apps:destroy", "\(app)-new", "--force")
        let own = try await TestRepo(["README": "nothing to build"])
        try await sandbox.done("apps:create", "\(app)-own")
        let pushed = try await own.push(to: sandbox, "\(app)-own")
        #expect(!pushed.err.contains("is not there"), "\(pushed)")
        try await sandbox.destroy("\(app)-own")
    }

    /// An instance that ends by itself, and one that wants too much memory.
    private func crash(_ recorder: HookRecorder) async throws {
        let copy = "\(app)-copy"
        try await sandbox.done("run", copy, "true")
        let repo = try await TestRepo(
            TestApps.hello("two").merging([
                "www/cgi-bin/crash": "#!/bin/sh\nkill -TERM 1\n",
                "www/cgi-bin/eat": "#!/bin/sh\necho; echo; tail /dev/zero\n",
            ]) { $1 }
        )
        try await sandbox.done("resource:limit", "--memory", "32", copy)
        // The copy has the history of the app it was made of, and this one begins anew.
        _ = try await repo.push(to: sandbox, copy, reference: "+HEAD:refs/heads/main").succeeded("the push of two")
        // On a busy machine the daemon comes to it after it has compiled a twin for each trigger that it fires itself.
        _ = try? await sandbox.get(copy, "/cgi-bin/crash")
        try await eventually("a death is told", within: .seconds(120)) {
            try !recorder.calls(of: "instance-exited").isEmpty
        }
        try await eventually("it is there again", within: .seconds(60)) { try await sandbox.get(copy).status == 200 }
        _ = try? await sandbox.get(copy, "/cgi-bin/eat")
        try await eventually("want of memory is told", within: .seconds(120)) {
            try !recorder.calls(of: "instance-oom").isEmpty
        }
    }

    /// Keys, the disk, a repair, and the end.
    private func tellOfTheHost(_ recorder: HookRecorder) async throws {
        let key = folder.path.appending("key").string
        let keygen = Program("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
        _ = try await Finished.run(keygen).succeeded("ssh-keygen")
        _ = try await sandbox.slipway("ssh-keys:add", "guest", "\(key).pub").succeeded("ssh-keys:add")
        _ = try await sandbox.slipway("ssh-keys:remove", "guest").succeeded("ssh-keys:remove")
        _ = try await sandbox.slipway("disk:set", "--global", "warn-at", "1").succeeded("disk:set")
        // Other stories on this sandbox may have ticked before.
        try sandbox.pretendTheMachineStarted()
        _ = try await sandbox.slipway("tick")
        _ = try await sandbox.slipway("disk:set", "--global", "warn-at").succeeded("disk:set")
        let containers = try await sandbox.containers(of: "\(app)-copy")
        let id = try #require(containers.first?.Id)
        _ = try await sandbox.engine("DELETE", "/containers/\(id)?force=true")
        _ = try await sandbox.slipway("repair").succeeded("repair")
        try await eventually("old instances have left", within: .seconds(90)) {
            try !recorder.calls(of: "post-drain").isEmpty
        }
        try await sandbox.destroy("\(app)-copy")
    }

    private func logIn() async throws {
        let registry = try await StoryServer.registry(user: "ana", password: "sesame")
        let words = ["registry:login", "--password-stdin", "--global", registry.address, "ana"]
        let end = try await sandbox.ssh(words, input: Array("sesame".utf8))
        _ = try? await sandbox.ssh("registry:logout", "--global", registry.address)
        try await registry.stop()
        _ = try end.succeeded("registry:login")
    }

    /// A dump that can be restored, and one that cannot be made.
    private func backUp() async throws {
        try await ServiceWays.prepare(sandbox)
        _ = try? await sandbox.slipway("services:destroy", "tiny", app, "--force")
        _ = try await sandbox.slipway("services:create", "tiny", app).succeeded("services:create")
        _ = try await sandbox.slipway("services:backup", "tiny", app).succeeded("services:backup")
        _ = try await sandbox.slipway("services:enter", "tiny", app, "--", "rm", "-r", "/data/items").succeeded("rm")
        #expect(try await sandbox.slipway("services:backup", "tiny", app).status == 1)
        _ = try await sandbox.slipway("services:destroy", "tiny", app, "--force").succeeded("services:destroy")
    }

    private struct Row: Decodable {
        var name: String
        var arguments: [String]

        /// Whether arguments are as many as it names; dots are any number, brackets one or none.
        func fits(_ given: [String]) -> Bool {
            let fixed = arguments.filter { !$0.hasSuffix("...") && !$0.hasPrefix("[") }.count
            let isOpen = arguments.contains { $0.hasSuffix("...") }
            let most = isOpen ? Int.max : arguments.count
            return (fixed...max(fixed, most)).contains(given.count)
        }
    }

    private func triggers() async throws -> [Row] {
        let answer = try await sandbox.slipway("plugin:triggers", "--format", "json").succeeded("plugin:triggers")
        return try JSONDecoder().decode([Row].self, from: Data(answer.bytes))
    }
}
