import ArgumentParser
import Core
import Glibc
import Plugins
import Programs
import Repositories
import SystemPackage

enum GitCommands: Noun {
    static var feature: Feature { .git }
    static let all: [any HostCommand.Type] = [
        GitReceivePack.self, GitUploadPack.self, GitUploadArchive.self, GitHook.self, GitInitialize.self,
        GitSync.self, GitFromImage.self, GitLoadImage.self, GitFromArchive.self, GitAllowHost.self, GitAuth.self,
        GitAuthStatus.self, GitGenerateDeployKey.self, GitPublicKey.self, GitStatus.self, GitUnlock.self,
        SetProperty<GitCommands>.self, ReportCommand<GitCommands>.self,
    ]
}

/// What git itself calls over ssh for a push.
struct GitReceivePack: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git-receive-pack",
        "Receive a push; called by git",
        examples: ["git-receive-pack shop", "git-receive-pack '/shop.git'"],
        isShown: false
    )
    static let permission = Permission.change
    @Argument var address: String

    func run(on host: Host) async throws {
        let name = try GitAddress(address).name
        let app = try await find(name, host)
        let git = Git(on: host)
        try await git.prepare(app)
        let token = host.newID()
        let program = Program(
            "/usr/bin/git",
            ["receive-pack", host.repositories.path(of: app.id).string],
            environment: .inherited(adding: [
                "SLIPWAY_APP_ID": app.id.text, "SLIPWAY_TOKEN": token, "SLIPWAY_CALLER": host.caller.name,
                "SLIPWAY_ROOT": host.paths.root.string,
            ])
        )
        let ending = try await Client(on: host).serve(program, token: token)
        try await git.removeAbandoned(app.id)
        if !ending.isSuccess { throw try await GitService.words(for: ending, app, git) }
    }

    private func find(_ name: AppName, _ host: Host) async throws -> App {
        let apps = Apps(on: host)
        if let app = try await apps.addressed(name) { return app }
        if try await Properties("apps", on: host).effective(Apps.autocreation, of: nil) == "true" {
            throw Failure(
                .noSuchApp,
                "App \(name) does not exist",
                why: "apps are not made by a push on this host",
                fix: host.settings.command("apps:create \(name)")
            )
        }
        let app = try await apps.create(name)
        host.output.step("Creating \(name)")
        return app
    }
}

/// What git itself calls over ssh for a clone or a fetch.
struct GitUploadPack: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git-upload-pack",
        "Serve a clone; called by git",
        examples: ["git-upload-pack shop", "git-upload-pack '/shop'"],
        isShown: false
    )
    static let permission = Permission.view
    @Argument var address: String

    func run(on host: Host) async throws { try await GitService.serve("upload-pack", address, host) }
}

/// What git itself calls over ssh for `git archive --remote`.
struct GitUploadArchive: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git-upload-archive",
        "Serve an archive of a branch; called by git",
        examples: ["git-upload-archive shop", "git-upload-archive '/shop'"],
        isShown: false
    )
    static let permission = Permission.view
    @Argument var address: String

    func run(on host: Host) async throws { try await GitService.serve("upload-archive", address, host) }
}

/// What git's programs that people's git calls have in common.
private enum GitService {
    /// What a failure is told as: git's own words stand, unless the app was destroyed under it.
    static func words(for ending: Ending, _ app: App, _ git: Git) async throws -> any Error {
        if try await git.isGone(app.id) { return Failure.noSuchApp(app.name.text) }
        // The files of an app go before its rows do.
        if !git.host.repositories.exists(app.id) {
            return Failure(
                .busy,
                "\(app.name) is being destroyed",
                why: "its repository went while git was at it",
                fix: "slipway apps:list shows what is there by now"
            )
        }
        return ExitCode(ending.status)
    }

    static func serve(_ program: String, _ address: String, _ host: Host) async throws {
        let name = try GitAddress(address).name
        guard let app = try await Apps(on: host).addressed(name) else { throw Failure.noSuchApp(name.text) }
        let git = Git(on: host)
        try await git.prepare(app)
        let path = host.repositories.path(of: app.id).string
        let isPull = program == "upload-pack"
        if isPull { try await Hooks(on: host).fire(.gitPrePull, [app.name.text], app: app.name) }
        let ending = try await host.programs.passThrough(Program("/usr/bin/git", [program, path])) { _ in }
        if isPull { await Hooks(on: host).tell(.gitPostPull, [app.name.text], app: app.name) }
        // An app that was destroyed meanwhile has been given its repository back by us.
        try await git.removeAbandoned(app.id)
        if !ending.isSuccess { throw try await GitService.words(for: ending, app, git) }
    }
}

/// The app of a git address: `shop`, `/shop`, `shop.git`.
struct GitAddress {
    let name: AppName

    init(_ text: String) throws {
        var rest = text[...]
        while rest.first == "/" || rest.first == "~" { rest = rest.dropFirst() }
        if rest.hasSuffix(".git") { rest = rest.dropLast(4) }
        name = try AppName(String(rest))
    }
}

/// What the repositories' hooks call.
struct GitHook: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:hook",
        "Take part in a push; called by the hooks of a repository",
        examples: ["git:hook pre-receive", "git:hook proc-receive"],
        isShown: false
    )
    static let permission = Permission.change
    @Argument var name: Name

    enum Name: String, ExpressibleByArgument, CaseIterable {
        case preReceive = "pre-receive"
        case procReceive = "proc-receive"
    }

    func run(on host: Host) async throws {
        let push = try PushContext.current()
        let app = try await Apps(on: host).find(push.app)
        switch name {
        case .preReceive: try await Git(on: host).refuse(try PushContext.commandsFromInput(), app)
        case .procReceive: try await procReceive(app, push, host)
        }
    }

    private func procReceive(_ app: App, _ push: PushContext, _ host: Host) async throws {
        let request = try ProcReceive.open()
        var results: [(ref: String, refusal: String?)] = []
        for command in request.commands {
            do {
                _ = try await Git(on: host).receive(command, app, token: push.token)
                results.append((command.ref, nil))
            } catch {
                let failure = Failure(error)
                host.output.failure(failure, opening: "error: ")
                results.append((command.ref, failure.description))
            }
        }
        ProcReceive.close(results)
    }
}

struct GitInitialize: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:initialize",
        "Make the repository of an app",
        examples: ["git:initialize shop", "git:initialize api"]
    )
    static let permission = Permission.change
    @Argument(help: "App whose repository to make") var app: AppName

    func run(on host: Host) async throws {
        try await Git(on: host).prepare(try await Apps(on: host).find(app))
        host.output.step("Initialized the repository of \(app)")
        host.output.detail("git remote add slipway \(host.settings.remote(app))")
    }
}
