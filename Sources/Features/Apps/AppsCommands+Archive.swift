import ArgumentParser
import Core

struct AppsDestroy: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:destroy",
        "Destroy an app; settings, records and volumes are kept for 7 days",
        examples: ["apps:destroy shop", "apps:destroy --force --purge shop"],
        details: """
            Its name and domains are free at once; images, repository and logs are gone at once. apps:restore brings the
            rest back. --purge keeps nothing, and also removes an archive that is there.
            """
    )
    static let permission = Permission.change
    @Flag(help: "Do not ask") var force = false
    @Flag(help: "Keep nothing: volumes and all go at once") var purge = false
    @Option(help: "The name of the app, in place of the question") var confirm: String?
    @Argument(help: "App to destroy") var app: AppName

    func run(on host: Host) async throws {
        let apps = Apps(on: host)
        if try await apps.lookUp(app) == nil { return try await endArchive(apps, host) }
        let found = try await apps.find(app)
        try Confirmation.demand(app.text, isForced: force, given: confirm, of: "app", host.output)
        host.output.step("Destroying \(app)\(purge ? " (including all data)" : "")")
        let farewell = try await apps.destroy(found, isPurging: purge)
        for line in farewell.lines { host.output.detail(line) }
        guard farewell.until != nil else { return }
        host.output.detail("back: \(host.settings.command("apps:restore \(app)"))")
        host.output.detail("gone now: \(host.settings.command("apps:destroy --purge --force \(app)"))")
    }

    private func endArchive(_ apps: Apps, _ host: Host) async throws {
        guard let archived = try await apps.archived(app) else { throw Failure.noSuchApp(app.text) }
        guard purge, let until = archived.archive?.until else {
            throw Failure(
                .noSuchApp,
                "App \(app) does not exist",
                why: "it was destroyed; what is left of it is kept until \(archived.archive?.until.text ?? "")",
                fix: "slipway apps:destroy --purge \(app) removes that too"
            )
        }
        try Confirmation.demand(app.text, isForced: force, given: confirm, of: "archive", host.output)
        host.output.step("Removing the archive of \(app), which was kept until \(until.text)")
        for line in try await apps.purge(archived).lines { host.output.detail(line) }
    }
}

struct AppsRestore: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:restore",
        "Bring back an app that was destroyed; it waits for a push or an image",
        examples: ["apps:restore shop", "apps:restore shop --as old-shop"]
    )
    static let permission = Permission.change
    @Option(name: .customLong("as"), help: "Another name, where the old one is taken") var newName: AppName?
    @Argument(help: "App to bring back") var app: AppName

    func run(on host: Host) async throws {
        let apps = Apps(on: host)
        guard let archived = try await apps.archived(app) else {
            throw Failure(
                .notFound,
                "there is no archive of \(app)",
                why: try await apps.lookUp(app) != nil ? "\(app) is an app that is there" : nil,
                fix: "slipway apps:archives shows those that are"
            )
        }
        let name = newName ?? app
        let leftOut = try await apps.restore(archived, as: name)
        await DokkuTree(on: host).renew(try await apps.find(name))
        host.output.step("Restored \(app)\(name == app ? "" : " as \(name)") with its settings, domains and volumes")
        for domain in leftOut { host.output.warn("\(domain) is another app's by now and was left out") }
        host.output.detail("nothing runs yet: its images and its repository are gone")
        host.output.detail("git remote add slipway \(host.settings.remote(name))")
        host.output.detail("git push slipway main")
    }
}

struct AppsArchives: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "apps:archives",
        "Apps that were destroyed and may be brought back",
        examples: ["apps:archives", "apps:archives --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(
        .object(["app": .text, "id": .text, "destroyedAt": .text, "until": .text, "domains": .list(.text)])
    )
    @OptionGroup var format: FormatOptions

    private struct Shown: Encodable {
        var app: AppName
        var id: String
        var destroyedAt: String
        var until: String
        var domains: [String]
    }

    func run(on host: Host) async throws {
        let archives = try await Apps(on: host).visibleArchives()
        if format.wantsJSON {
            return try host.output.answer(
                json: archives.compactMap { app in
                    app.archive.map { archive in
                        Shown(
                            app: app.name,
                            id: app.id.text,
                            destroyedAt: archive.since.text,
                            until: archive.until.text,
                            domains: archive.domains.map(\.text)
                        )
                    }
                }
            )
        }
        if archives.isEmpty { return host.output.warn("no app was destroyed within the last 7 days") }
        host.output.title("Archived apps")
        let now = host.time.now()
        let rows = archives.compactMap { app in
            app.archive.map { archive in
                [
                    app.name.text, "destroyed \(archive.since.age(at: now)) ago", "kept until \(archive.until.text)",
                    archive.domains.map(\.text).joined(separator: " "),
                ]
            }
        }
        host.output.answer(lines: table(rows))
    }
}
