import ArgumentParser
import Core

enum AppsCommands: Noun {
    static var feature: Feature { .apps }
    static var prefix: String { "app-" }
    static var title: String { "app" }
    static let all: [any HostCommand.Type] = [
        AppsCreate.self, AppsDestroy.self, AppsList.self, AppsExists.self, AppsRename.self, AppsClone.self,
        AppsArchives.self, AppsRestore.self, AppsLock.self, AppsUnlock.self, AppsLocked.self,
        SetProperty<AppsCommands>.self, ReportCommand<AppsCommands>.self,
    ]
}

struct AppsCreate: HostCommand, SecretiveCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:create",
        "Make an app, empty or from a template",
        examples: [
            "apps:create shop", "apps:create blog --template wordpress",
            "apps:create blog --template wordpress --domain blog.example.com",
        ],
        details: """
            With --template the app comes with its services, volumes, variables and domain, and is deployed; when any
            of it fails, nothing is left. That is for administrators, as services are.
            """
    )
    static let permission = Permission.change
    @OptionGroup var options: TemplateOptions
    @Argument(help: "Name of the new app") var app: AppName

    static func permission(for words: [String]) -> Permission {
        TemplateOptions.isGiven(in: words) || words.contains { $0 == "--global" || $0 == "--all" }
            ? .administer : .change
    }

    static func shown(_ words: [String]) -> [String] { TemplateOptions.masked(words) }

    func run(on host: Host) async throws {
        if let wish = try options.wish(app) {
            let template = try await Templates(on: host).find(wish.template)
            let made = try await TemplateMaking(on: host).make(wish)
            host.output.step("\(app) is made from the template \(wish.template)")
            return await TemplateOptions.say(template, made, host)
        }
        try await Apps(on: host).create(app)
        host.output.step("Creating \(app)...")
        host.output.detail("git remote add slipway \(host.settings.remote(app))")
        host.output.detail("git push slipway main")
    }
}

struct AppsList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:list",
        "The apps of this host",
        examples: ["apps:list", "apps:list --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.text)
    @OptionGroup var format: FormatOptions

    func run(on host: Host) async throws {
        let names = try await Apps(on: host).visibleNames()
        if format.wantsJSON { return try host.output.answer(json: names) }
        guard !names.isEmpty else {
            throw Failure(.notFound, "You haven't deployed any applications yet", fix: "slipway apps:create NAME")
        }
        host.output.title("My Apps")
        host.output.answer(lines: names)
    }
}

struct AppsExists: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:exists",
        "Whether an app is there: exit 0 or 20",
        examples: ["apps:exists shop", "apps:exists api && echo yes"]
    )
    static let permission = Permission.view
    @Argument(help: "App to look for") var app: AppName

    func run(on host: Host) async throws { _ = try await Apps(on: host).find(app) }
}

struct AppsRename: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:rename",
        "Give an app another name; the old git address goes on answering",
        examples: ["apps:rename shop store", "apps:rename --skip-deploy shop store"]
    )
    static let permission = Permission.change
    @Flag(help: "Accepted for Dokku's sake; a rename deploys nothing") var skipDeploy = false
    @Argument(help: "App to rename") var old: AppName
    @Argument(help: "Its new name") var new: AppName

    func run(on host: Host) async throws {
        try await Apps(on: host).rename(try await Apps(on: host).find(old), to: new)
        host.output.step("Renamed \(old) to \(new)")
    }
}

struct AppsClone: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:clone",
        "Make an app with the settings of another, and deploy what that one runs",
        examples: ["apps:clone shop shop-staging", "apps:clone --skip-deploy shop shop-staging"]
    )
    static let permission = Permission.change
    @Flag(help: "Only copy the settings") var skipDeploy = false
    @Flag(help: "Succeed when the new app is there already") var ignoreExisting = false
    @Argument(help: "App to copy") var old: AppName
    @Argument(help: "Name of the new app") var new: AppName

    func run(on host: Host) async throws {
        let apps = Apps(on: host)
        let source = try await apps.find(old)
        if ignoreExisting, try await apps.lookUp(new) != nil { return host.output.step("\(new) is there already") }
        let copy = try await apps.clone(source, as: new)
        host.output.step("Cloned \(old) to \(new)")
        try await Services(on: host).linkCopy(of: source, copy)
        guard !skipDeploy, let release = try await Releases(on: host).current(of: source) else {
            return await apps.tellClone(source, copy)
        }
        try await Deploys(on: host).run(
            DeployOrder(origin: .release(release), source: "apps:clone", reason: "clone of \(old) \(release.name)"),
            on: copy
        )
        await apps.tellClone(source, copy)
    }
}

struct AppsLock: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:lock",
        "Refuse deploys of an app",
        examples: ["apps:lock shop", "apps:lock shop --reason \"freeze\""]
    )
    static let permission = Permission.change
    @Option(help: "What people are told") var reason: String?
    @Argument(help: "App to lock") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let words = cleaned(reason ?? "locked by \(host.caller.name)", keepTabs: false)
        try await Apps(on: host).setLock(words, on: found)
        host.output.step("Deploy lock created")
    }
}

struct AppsUnlock: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:unlock",
        "Accept deploys of an app again",
        examples: ["apps:unlock shop", "apps:unlock api"]
    )
    static let permission = Permission.change
    @Argument(help: "App to unlock") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard found.lock != nil else { throw Failure(.notFound, "\(app) is not locked") }
        try await Apps(on: host).setLock(nil, on: found)
        host.output.step("Deploy lock removed; a deploy that runs is not stopped by this")
    }
}

struct AppsLocked: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:locked",
        "Whether deploys are refused: exit 0 or 1",
        examples: ["apps:locked shop", "apps:locked api"]
    )
    static let permission = Permission.view
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        guard let reason = try await Apps(on: host).find(app).lock else { throw ExitCode(1) }
        host.output.step("Deploy lock exists: \(reason)")
    }
}
