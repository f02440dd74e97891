import Core
import Files
import Plugins
import Repositories
import Store
import SystemPackage

extension Feature {
    /// Repositories and pushes.
    static let git = Feature(
        "git",
        "Repositories and pushes",
        commands: GitCommands.all,
        migrations: GitTable.migrations,
        properties: Git.properties,
        collect: { settings, app, host in
            let value = try await Properties("git", on: host).effective(Git.revisionVariable, of: app)
            settings.options["git.\(Git.revisionVariable.name)"] = value
        },
        restore: { settings, app, database in
            try PropertiesTable.restore([Git.revisionVariable], of: "git", app.id, to: settings.options, database)
        },
        report: { app, source in
            let values = source.sheet.effective("git", Git.properties, of: app)
            var lines = Git.properties.map { property in
                let value = values[property.name] ?? ""
                let isOpen = value.isEmpty && property.name == Git.deployBranch.name
                return ReportLine("computed-\(property.name)", isOpen ? Git.firstBranch : value)
            }
            if app == nil { lines.removeAll { $0.key == "computed-\(Git.revisionVariable.name)" } }
            if let app {
                let image = source.sheet.value("git", Git.sourceImage, app.id)
                lines.append(ReportLine(Git.sourceImage, image ?? ""))
            }
            if let app, let release = try source.current(of: app) {
                lines.append(ReportLine("sha", release.revision?.text ?? ""))
                lines.append(
                    ReportLine("last-updated-at", "\((release.liveAt ?? release.createdAt).milliseconds / 1000)")
                )
            }
            return lines
        }
    )
}

/// What can be done with repositories.
struct Git: Sendable {
    static let deployBranch = Property(
        "deploy-branch",
        default: "",
        "The branch whose pushes are deployed; the first push sets it",
        validate: Allowed.branch
    )
    static let keepGitDir = Property(
        "keep-git-dir",
        default: "false",
        "Whether a build gets the history too, as the folder .git",
        validate: Allowed.boolean
    )
    static let revisionVariable = Property(
        "rev-env-var",
        default: "GIT_REV",
        scope: .app,
        keepsEmpty: true,
        "The variable that holds the commit; \"\" is none",
        validate: { if !$0.isEmpty { _ = try ConfigKey($0) } }
    )
    static let archiveFiles = Property(
        "archive-max-files",
        default: "10000",
        scope: .global,
        "How many entries an archive may have",
        validate: Allowed.number(1...10_000_000)
    )
    static let archiveSize = Property(
        "archive-max-size",
        default: "1073741824",
        scope: .global,
        "How many bytes an archive may hold",
        validate: Allowed.number(1...1_099_511_627_776)
    )
    static let properties = [deployBranch, keepGitDir, revisionVariable, archiveFiles, archiveSize]

    /// Noted by us alone: the image that the app was last deployed from.
    static let sourceImage = "source-image"

    /// Noted by us alone: where a deploy has moved a branch to last, as ``BranchTip`` has it.
    static let movedBranch = "moved-branch"

    let host: Host

    init(on host: Host) { self.host = host }

    /// The repository and its hooks, made or brought up to date; cheap when all is as it should be.
    func prepare(_ app: App) async throws {
        let hooks = GitHooks.texts(binary: Self.binary, root: host.paths.root.string)
        try await host.repositories.prepare(app.id, hookCommand: hooks)
    }

    /// Gives a new app what was pushed to another; one that nobody has pushed to has nothing to give.
    func copy(from app: App, to copy: App) async throws {
        guard host.repositories.exists(app.id) else { return }
        try await host.repositories.copy(app.id, to: copy.id)
        try await prepare(copy)
    }

    /// Removes the repository of an app that is gone: a push that arrives while its app is destroyed makes it anew.
    ///
    /// An app that somebody works on is left for the next time.
    func removeAbandoned(_ id: AppID) async throws {
        guard try await isGone(id), let lock = try Operations(on: host).tryTake(id) else { return }
        defer { lock.release() }
        // Nobody brings it back while the lock is held.
        if try await isGone(id) { try host.repositories.remove(id) }
    }

    func isGone(_ id: AppID) async throws -> Bool {
        try await Apps(on: host).present(id) == nil
    }

    /// The same for every repository there is.
    func removeAbandoned() async throws {
        for name in try listFolder(host.paths.repositories) where name.hasSuffix(".git") {
            if let id = try? AppID(String(name.dropLast(4))) { try await removeAbandoned(id) }
        }
    }

    /// Refuses what no deploy is needed to refuse; runs while the objects are still set apart.
    ///
    /// - Throws: ``Failure`` that git shows to the person.
    func refuse(_ commands: [ProcReceiveRequest.Command], _ app: App) async throws {
        if let reason = app.lock {
            throw Failure.locked(app, reason)
        }
        guard commands.count == 1, let command = commands.first else {
            throw Failure(
                .refusedPush,
                "push one branch at a time",
                why: "this push names \(commands.count)",
                fix: "git push slipway BRANCH"
            )
        }
        guard command.ref.hasPrefix("refs/heads/") else {
            throw Failure(
                .refusedPush,
                "only branches can be pushed",
                why: "\(quoted(command.ref)) is none",
                fix: "git push slipway main"
            )
        }
        let branch = String(command.ref.dropFirst("refs/heads/".count))
        guard !command.new.isZero else {
            throw Failure(
                .refusedPush,
                "\(quoted(branch)) cannot be deleted",
                why: "it is what \(app.name) is deployed from",
                fix: "slipway apps:destroy \(app.name) removes the app"
            )
        }
        // A plugin that takes other branches reads the commit, which is in the repository only once this is over.
        if try await !Hooks(on: host).has(.receiveBranch) { try await refuseOther(branch, app) }
        try Allowed.branch(branch)
    }

    /// - Throws: ``Failure`` for a branch that the app is not deployed from.
    private func refuseOther(_ branch: String, _ app: App) async throws {
        let wanted = try await Properties("git", on: host).effective(Self.deployBranch, of: app)
        guard !wanted.isEmpty, wanted != branch else { return }
        throw Failure(
            .refusedPush,
            "\(app.name) is deployed from \(quoted(wanted)), not from \(quoted(branch))",
            why: "its deploy branch is \(quoted(wanted))",
            fix: "git push slipway \(branch):\(wanted), or: slipway git:set \(app.name) deploy-branch \(branch)"
        )
    }

    /// What came in between must be part of what is pushed, else it would be lost without anybody having seen it.
    ///
    /// A deploy that was completed for a dead process moves the branch too; a push that builds on it is welcome.
    private func refuseMoved(_ command: ProcReceiveRequest.Command, _ present: Revision?, _ app: App) throws {
        guard let present, present != command.old, present != command.new else { return }
        if try host.repositories.isAncestor(present, of: command.new, in: app.id) { return }
        throw Failure(
            .branchMoved,
            "the app moved to \(present.short) while you waited",
            why: "your push is based on \(command.old.isZero ? "nothing" : command.old.short)",
            fix: "fetch and push again"
        )
    }

    /// Deploys one pushed branch; returns once it is live.
    func receive(_ command: ProcReceiveRequest.Command, _ app: App, token: String) async throws -> Release {
        let branch = String(command.ref.dropFirst("refs/heads/".count))
        do { try await refuseOther(branch, app) } catch {
            // One that a plugin takes is not moved here all the same, and git is told so.
            try await Hooks(on: host).fire(
                .receiveBranch,
                [app.name.text, command.new.text, command.ref],
                app: app.name
            )
            throw error
        }
        let commit = try host.repositories.commit(command.new, in: app.id)
        let queue = PushQueue(on: host)
        let lock = try await queue.take(app, token: token, summary: "push of \(command.new.short)")
        defer { lock.release() }
        // Whoever had the lock may have destroyed it.
        guard try await Apps(on: host).present(app.id) != nil else { throw Failure.noSuchApp(app.name.text) }
        try await Operations(on: host).settleOrphans(of: app)
        let standing = try host.repositories.resolve(command.ref, in: app.id)
        try refuseMoved(command, standing, app)
        let properties = Properties("git", on: host)
        if try await properties.effective(Self.deployBranch, of: app).isEmpty {
            _ = try await properties.set(Self.deployBranch, to: branch, of: app)
        }
        // An app that was destroyed and brought back knows its branch, its new repository does not.
        if standing == nil { try host.repositories.setHead(branch, in: app.id) }
        let order = DeployOrder(
            origin: .commit(command.new, subject: cleaned(commit.subject, keepTabs: false)),
            branch: branch,
            source: "git-push",
            reason: "deploy \(command.new.short)"
        )
        let release = try await Deploys(on: host).run(order, on: app, holding: lock, token: token)
        try await forgetSynced(app, sourceImage: nil)
        return release
    }
}

extension Git {
    /// Where this very program lies, for the hooks and for `authorized_keys`.
    static var binary: String {
        linkTarget("/proc/self/exe")?.string ?? "slipway"
    }
}
