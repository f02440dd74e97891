import Support
import Synchronization

/// An app on which one operation after the other is tried, most of which come to a bad end.
final class Stage: Sendable {
    let sandbox: Sandbox
    let repo: TestRepo
    private let names: [String]
    private let count = Mutex(0)

    /// The app may be renamed to `<name>-again` and back.
    init(_ sandbox: Sandbox, _ name: String) async throws {
        self.sandbox = sandbox
        names = [name, "\(name)-again"]
        repo = try await TestRepo(TestApps.hello("0"))
    }

    /// A number that was not used before.
    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }

    /// The app's name now; nil when there is none.
    func present() async throws -> String? {
        for name in names where try await sandbox.slipway("apps:exists", name).status == 0 { return name }
        return nil
    }

    /// The name that it has not.
    func other(than name: String) -> String { names[0] == name ? names[1] : names[0] }

    /// The app, deployed and running; made anew where it is gone.
    func app() async throws -> String {
        let name = try await present() ?? names[0]
        if try await isDeployed(name) {
            if try await !isRunning(name) { try await run("ps:start", name) }
            return name
        }
        _ = try await repo.push(to: sandbox, name).succeeded("the first push")
        // Nobody waits for connections that nobody has.
        try await run("checks:set", name, "wait-to-retire", "0")
        return name
    }

    private func isDeployed(_ app: String) async throws -> Bool {
        try await sandbox.slipway("ps:report", app, "--deployed").answer == "true"
    }

    func isRunning(_ app: String) async throws -> Bool {
        try await sandbox.slipway("ps:report", app, "--running").answer == "true"
    }

    /// A push of another page, by somebody who has fetched what was deployed meanwhile.
    func push(_ app: String) async throws -> Finished {
        try await repo.commit(TestApps.page("\(next())"), message: "Say more")
        let fetched = try await repo.push(to: sandbox, app)
        guard fetched.err.contains("P205") || fetched.err.contains("fetch first") else { return fetched }
        try await catchUp(app)
        return try await repo.push(to: sandbox, app)
    }

    /// What a person does whose push was cut off: fetch, and go on from there.
    func catchUp(_ app: String) async throws {
        try await repo.git("fetch", "-q", "\(sandbox.remote)/\(app)", "main")
        try await repo.git("merge", "-q", "--no-edit", "-s", "ours", "FETCH_HEAD")
    }

    /// A command on this machine that must succeed.
    @discardableResult
    func run(_ words: String...) async throws -> Finished {
        try await sandbox.slipway(words).succeeded(words.joined(separator: " "))
    }

    /// What anybody might do next, with the app's lock.
    func nextCommand() async throws {
        // Who changes an app that was never deployed needs no lock, and settles nothing.
        if let name = try await present(), try await isDeployed(name) {
            let next = try await sandbox.slipway(
                "domains:add",
                name,
                "next-\(Int.random(in: 1...1_000_000_000)).example"
            )
            // The end of a destruction may be what this command has to finish.
            guard next.status == 20, try await present() == nil else {
                _ = try next.succeeded("the next command")
                return
            }
        }
        try await run("operations:resume")
    }

    func destroy() async throws {
        for name in names where try await sandbox.slipway("apps:exists", name).status == 0 {
            try await run("apps:destroy", name, "--force", "--purge")
        }
        try await TemplateWays.clear(sandbox)
        try await ServiceWays.clear(self)
    }
}
