import ArgumentParser
import Core

struct GitAllowHost: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:allow-host",
        "Believe the ssh keys that a host shows now",
        examples: ["git:allow-host github.com", "git:allow-host git.example.com:2222"]
    )
    static let permission = Permission.administer
    @Argument(help: "HOST or HOST:PORT") var host: String

    func run(on host: Host) async throws {
        let server = try GitHost(self.host)
        let count = try await GitAccess(on: host).allow(server)
        guard count > 0 else { return host.output.heading("keys of \(server) are unchanged") }
        host.output.step("\(server) is known now by \(count) key\(count == 1 ? "" : "s")")
    }
}

struct GitAuth: SecretiveCommand {
    static let configuration = CommandConfiguration.verb(
        "git:auth",
        "Who we are to a host of repositories; without a name, nobody",
        examples: ["git:auth github.com ana < token", "git:auth github.com"],
        details: """
            HOST [USER [PASSWORD]]. Without a password it comes on standard input, which is the better way: words of a
            command can be read by every user of the machine it is typed on.
            """
    )
    static let permission = Permission.administer
    @Argument(help: "Host") var host: String
    @Argument(help: "User") var user: String?
    @Argument(help: "Password or token") var password: String?

    static func shown(_ words: [String]) -> [String] { words.prefix(2) + words.dropFirst(2).map { _ in "******" } }

    func run(on host: Host) async throws {
        let server = try GitHost(self.host)
        let access = GitAccess(on: host)
        guard let user else {
            let wasThere = try await access.remove(server)
            return host.output.heading(wasThere ? "Removed the login of \(server.name)" : "no login: unchanged")
        }
        let login = try GitLogin(server, username: user, password: try Self.secret(password))
        let isNew = try await access.save(login, for: server)
        host.output.heading(isNew ? "Setting the login of \(server.name) to \(user)" : "the login is unchanged")
    }

    static func secret(_ given: String?) throws -> String {
        if let given { return given }
        try Input.refuseTerminal("A password")
        return String(decoding: try Input.read(limit: 64 << 10), as: UTF8.self).trimmed
    }
}

struct GitAuthStatus: SecretiveCommand {
    static let configuration = CommandConfiguration.verb(
        "git:auth-status",
        "Whether there is a login for a host, and this one: exit 0 or 1",
        examples: ["git:auth-status github.com", "git:auth-status github.com ana < token"]
    )
    static let permission = Permission.administer
    @Argument(help: "Host") var host: String
    @Argument(help: "User") var user: String?
    @Argument(help: "Password or token") var password: String?

    static func shown(_ words: [String]) -> [String] { GitAuth.shown(words) }

    func run(on host: Host) async throws {
        let server = try GitHost(self.host)
        guard let login = try await GitAccess(on: host).login(server) else {
            throw Failure(
                .notFound,
                "there is no login for \(server.name)",
                fix: "slipway git:auth \(server.name) USER"
            )
        }
        if let user {
            let wanted = try GitLogin(server, username: user, password: try GitAuth.secret(password))
            guard wanted == login else { throw Failure(.notFound, "the login for \(server.name) is another") }
        }
        host.output.step("There is a login for \(server.name)")
    }
}

struct GitGenerateDeployKey: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:generate-deploy-key",
        "Make the ssh key with which this host fetches from others",
        examples: ["git:generate-deploy-key", "git:generate-deploy-key && slipway git:public-key"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        let access = GitAccess(on: host)
        let isNew = try await access.makeKey()
        host.output.heading(isNew ? "Made a key of this host" : "the key is there already: unchanged")
        if let key = try access.publicKey() { host.output.answer(key) }
    }
}

struct GitPublicKey: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:public-key",
        "The public half of this host's key, for others to let it in",
        examples: ["git:public-key", "git:public-key > deploy-key.pub"]
    )
    static let permission = Permission.view

    func run(on host: Host) async throws {
        guard let key = try GitAccess(on: host).publicKey() else {
            throw Failure(.notFound, "There is no deploy key", fix: "slipway git:generate-deploy-key")
        }
        host.output.answer(key)
    }
}

struct GitSync: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:sync",
        "Fetch a branch, tag or commit of another repository, and deploy it",
        examples: [
            "git:sync --build shop https://github.com/ana/shop.git main",
            "git:sync --build-if-changes shop git@github.com:ana/shop.git v1.4",
        ],
        details: """
            Without --build it is only fetched, and ps:rebuild deploys it. A branch becomes the deploy branch, unless
            --skip-deploy-branch. Logins: git:auth and git:public-key; unknown hosts: git:allow-host.
            """
    )
    static let permission = Permission.change
    @Flag(help: "Deploy it, even what runs already") var build = false
    @Flag(help: "Deploy it when it is another commit than the one that runs") var buildIfChanges = false
    @Flag(help: "Leave the deploy branch as it is") var skipDeployBranch = false
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Address of the repository") var repository: String
    @Argument(help: "Branch, tag or commit") var reference: String?

    func run(on host: Host) async throws {
        guard !build || !buildIfChanges else {
            throw Failure(.usage, "--build and --build-if-changes exclude each other")
        }
        var wish = try SyncWish(repository, reference, host.paths)
        wish.building = build ? .always : buildIfChanges ? .ifChanged : .never
        wish.keepsDeployBranch = skipDeployBranch
        let found = try await Apps(on: host).find(app)
        host.output.step("Fetching \(reference ?? "what is deployed") from \(wish.url)")
        let synced = try await Git(on: host).sync(wish, on: found)
        host.output.detail("\(synced.revision.short) for branch \(synced.branch)")
        if synced.release != nil { return }
        host.output.detail(
            wish.building == .ifChanged
                ? "unchanged: \(app) runs it already" : "to deploy it: slipway ps:rebuild \(app)"
        )
    }
}

struct GitStatus: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:status",
        "How the repository of an app stands, beside what runs",
        examples: ["git:status shop", "git:status shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .object([
        "deploy_branch": .text, "tip": .text, "subject": .text, "release": .text, "deployed": .text, "synced": .text,
        "branches": .list(.text),
    ])
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let standing = try await Git(on: host).standing(of: try await Apps(on: host).find(app))
        if format.wantsJSON { return try host.output.answer(json: standing) }
        host.output.answer("On branch \(standing.deployBranch)")
        if standing.tip.isEmpty {
            host.output.answer("No commits yet")
        } else {
            host.output.answer("\(standing.tip.prefix(7)) \(standing.subject)")
        }
        if !standing.release.isEmpty {
            host.output.answer("\(standing.release) runs \(standing.deployed.prefix(7))")
        }
        if !standing.synced.isEmpty { host.output.answer("\(standing.synced.prefix(7)) is fetched, not deployed") }
    }
}

struct GitUnlock: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:unlock",
        "Remove lock files that a git which was killed has left in a repository",
        examples: ["git:unlock shop", "git:unlock --force shop"]
    )
    static let permission = Permission.change
    @Flag(help: "Accepted for Dokku's sake") var force = false
    @Argument(help: "App whose repository to unlock") var app: AppName

    func run(on host: Host) async throws {
        let removed = try await Git(on: host).unlock(try await Apps(on: host).find(app))
        if removed.isEmpty { return host.output.heading("no lock file is left in the repository: unchanged") }
        for name in removed { host.output.step("Removed \(name)") }
    }
}
