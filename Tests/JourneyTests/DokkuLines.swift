import Core
import Programs
import Support

/// A line as an administrator has it in a script, and what must come of it.
struct DokkuLine: Sendable {
    /// Without the program's name in front, read by POSIX quoting; `APP` is the app, `DATA` its folder for data.
    let words: String
    var status: Int32 = 0
    /// What standard output has somewhere.
    var says: [String] = []
    /// What standard error has somewhere.
    var warns: [String] = []
    var isSilent = false
    /// What must be so afterwards.
    var effect: (@Sendable (DokkuScene) async throws -> Bool)?

    init(
        _ words: String,
        status: Int32 = 0,
        says: [String] = [],
        warns: [String] = [],
        isSilent: Bool = false,
        effect: (@Sendable (DokkuScene) async throws -> Bool)? = nil
    ) {
        self.words = words
        self.status = status
        self.says = says
        self.warns = warns
        self.isSilent = isSilent
        self.effect = effect
    }
}

/// The app on which the lines are tried, and the ways to look at it.
struct DokkuScene: Sendable {
    let sandbox: Sandbox
    let app: String
    let run: @Sendable ([String], [UInt8]) async throws -> Finished

    func dokku(_ words: [String], input: [UInt8] = []) async throws -> Finished { try await run(words, input) }

    func answer(_ words: String...) async throws -> String { try await dokku(words).answer }

    func count(_ type: String) async throws -> Int {
        try await sandbox.containers(of: app).count { $0.name.hasPrefix("\(app).\(type).") && $0.State == "running" }
    }

    /// Waits until drained instances have left.
    func settles(_ type: String, to number: Int) async throws -> Bool {
        try await eventually("\(app) has \(number) \(type)", within: .seconds(90)) { try await count(type) == number }
        return true
    }
}

/// Everyday lines, as Dokku's pages show them, in the order of a life.
enum DokkuLines {
    static let beforeThePush = [
        DokkuLine("version", says: ["dokku version 0."]),
        DokkuLine("apps:create APP", warns: ["Creating APP..."]),
        DokkuLine("apps:create APP", status: 1, warns: ["Name is already taken"]),
        DokkuLine("apps:create Bad_Name", status: 1, warns: ["is not an app name"]),
        DokkuLine("apps:exists APP"),
        DokkuLine("apps:exists story-nowhere", status: 20, warns: ["App story-nowhere does not exist"]),
        DokkuLine("apps:list", says: ["APP\n"]),
        DokkuLine("ps:report APP --deployed", says: ["false"]),
        DokkuLine("config:set --no-restart APP ENV=prod COMPILE_ASSETS=1") { scene in
            try await scene.answer("config:get", scene.app, "ENV") == "prod"
        },
        DokkuLine("config:get APP MISSING", status: 1, isSilent: true),
        DokkuLine("config:keys APP", says: ["COMPILE_ASSETS\n", "ENV\n"]),
        DokkuLine("config:unset --no-restart APP COMPILE_ASSETS") { scene in
            try await scene.dokku(["config:get", scene.app, "COMPILE_ASSETS"]).status == 1
        },
        DokkuLine("config:export --format shell APP", says: ["ENV="]),
        DokkuLine("config:set APP 1BAD=x", status: 1, warns: ["1BAD"]),
        DokkuLine("domains:add APP APP.dokku.example", warns: ["Added APP.dokku.example to APP"]),
        DokkuLine("domains:report APP --domains-app-vhosts", says: ["APP.dokku.example"]),
        DokkuLine("git:set APP deploy-branch main", warns: ["Setting deploy-branch to main"]),
        DokkuLine("git:report APP --git-computed-deploy-branch", says: ["main\n"]),
        DokkuLine("storage:ensure-directory APP-data", says: ["APP-data\n"]),
        DokkuLine("storage:mount APP DATA:/storage") { scene in
            try await scene.answer("storage:list", scene.app).contains(":/storage")
        },
        DokkuLine("logs APP", status: 1, warns: ["App APP has not been deployed"]),
        DokkuLine("checks:set APP wait-to-retire 1", warns: ["Setting wait-to-retire to 1"]),
    ]

    static let afterThePush = [
        DokkuLine("ps:report APP --deployed", says: ["true"]),
        DokkuLine("ps:report APP --running", says: ["true"]),
        DokkuLine("url APP", says: ["http://"]),
        DokkuLine("urls APP", says: ["http://APP.dokku.example"]),
        DokkuLine("ps:scale APP", says: ["web: 1", "worker: "]),
        DokkuLine("ps:scale APP web=2 worker=1") { try await $0.settles("web", to: 2) },
        DokkuLine("ps:scale APP web=1") { try await $0.settles("web", to: 1) },
        DokkuLine("ps:scale APP nothing=1", status: 1),
        DokkuLine("ps:restart APP") { try await $0.settles("web", to: 1) },
        DokkuLine("ps:inspect APP", says: ["\"State\""]),
        DokkuLine("logs APP --num 5 --ps worker", says: ["app[worker.1]: "]),
        DokkuLine("logs:failed APP"),
        DokkuLine("config:set APP GREETING=hello") { scene in
            try await scene.sandbox.variable("GREETING", of: scene.app) == "hello"
        },
        DokkuLine("config:set APP GREETING=hello", warns: ["unchanged"]),
        DokkuLine("config:unset APP GREETING") { scene in
            try await scene.sandbox.variable("GREETING", of: scene.app) == nil
        },
        DokkuLine("--app APP config:get ENV", says: ["prod\n"]),
        DokkuLine("run APP env", says: ["ENV=prod\n"]),
        DokkuLine("run APP sh -c 'exit 3'", status: 3),
        DokkuLine("run APP ls -d /storage", says: ["/storage\n"]),
        DokkuLine("run:list APP"),
        DokkuLine("enter APP web true"),
        DokkuLine("checks:disable APP worker"),
        DokkuLine("checks:report APP --checks-disabled-list", says: ["worker\n"]),
        DokkuLine("checks:disable APP"),
        DokkuLine("checks:skip APP web"),
        DokkuLine("checks:report APP --checks-disabled-list", says: ["worker\n"]),
        DokkuLine("checks:report APP --checks-skipped-list", says: ["web\n"]),
        DokkuLine("checks:enable APP"),
        DokkuLine("checks:report APP --checks-disabled-list", says: ["none\n"]),
        DokkuLine("checks:run APP web"),
        DokkuLine("docker-options:add APP deploy \"--ulimit nofile=2048:2048\"") { scene in
            try await scene.answer("docker-options:report", scene.app, "--docker-options-deploy").contains(
                "nofile=2048"
            )
        },
        DokkuLine("docker-options:remove APP deploy \"--ulimit nofile=2048:2048\"") { scene in
            try await !scene.answer("docker-options:report", scene.app, "--docker-options-deploy").contains("nofile")
        },
        DokkuLine("docker-options:add APP build,deploy,run \"-v DATA:/more\""),
        DokkuLine("docker-options:remove APP build,deploy,run \"-v DATA:/more --name x\"") { scene in
            try await !scene.answer("docker-options:report", scene.app).contains("/more")
        },
        DokkuLine("resource:limit --memory 128 APP") { scene in
            try await scene.answer("resource:report", scene.app).contains("128")
        },
        DokkuLine("resource:limit-clear APP") { scene in
            try await !scene.answer("resource:report", scene.app).contains("128")
        },
        DokkuLine("nginx:set APP client-max-body-size 50m", warns: ["Setting client-max-body-size to 50m"]),
        DokkuLine("proxy:build-config APP") { scene in
            try await scene.answer("nginx:show-config", scene.app).contains("client_max_body_size 50m")
        },
        DokkuLine("proxy:report APP --proxy-enabled", says: ["true\n"]),
        DokkuLine("ports:report APP"),
        DokkuLine("cron:list APP", says: ["/bin/true"]),
        DokkuLine("network:create story-dokku-net"),
        DokkuLine("network:exists story-dokku-net"),
        DokkuLine("network:destroy --force story-dokku-net") { scene in
            try await scene.dokku(["network:exists", "story-dokku-net"]).status == 1
        },
        DokkuLine("ps:stop APP") { try await $0.settles("web", to: 0) },
        DokkuLine("ps:start APP") { try await $0.settles("web", to: 1) },
        DokkuLine("storage:unmount APP DATA:/storage") { scene in
            try await !scene.answer("storage:list", scene.app).contains("/storage")
        },
        DokkuLine("apps:lock APP"),
        DokkuLine("apps:locked APP"),
        DokkuLine("apps:unlock APP"),
        DokkuLine("apps:locked APP", status: 1, isSilent: true),
        DokkuLine("apps:clone --skip-deploy APP APP-copy") { scene in
            try await scene.answer("config:get", "\(scene.app)-copy", "ENV") == "prod"
        },
        DokkuLine("ps:rebuild APP-copy") { scene in
            try await scene.answer("ps:report", "\(scene.app)-copy", "--deployed") == "true"
        },
        DokkuLine("apps:rename --skip-deploy APP-copy APP-other") { scene in
            let old = try await scene.dokku(["apps:exists", "\(scene.app)-copy"]).status
            let new = try await scene.dokku(["apps:exists", "\(scene.app)-other"]).status
            return (old, new) == (20, 0)
        },
        DokkuLine("apps:destroy APP-other", status: 1, warns: ["--force"]),
        DokkuLine("apps:destroy --force APP-other") { scene in
            try await scene.dokku(["apps:exists", "\(scene.app)-other"]).status == 20
        },
        DokkuLine("report APP", says: ["=====> APP app information", "=====> APP ps information"]),
        DokkuLine("nosuch:command APP", status: 1, warns: ["`nosuch:command` is not a"]),
        DokkuLine("--force apps:destroy APP") { scene in
            let isGone = try await scene.dokku(["apps:exists", scene.app]).status == 20
            let left = try await scene.sandbox.containers(of: scene.app)
            return isGone && left.isEmpty
        },
    ]
}
