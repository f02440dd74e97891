import ArgumentParser
import Core

enum ReleasesCommands {
    static let all: [any HostCommand.Type] = [ReleasesList.self, ReleasesInfo.self, ReleasesRollback.self]
}

/// A release as JSON shows it; secret values stay inside.
struct ShownRelease: Encodable, Sendable {
    var version: Int
    var status: String
    var current: Bool
    var revision: String?
    var image: String?
    var reason: String
    var by: String
    var basis: Int?
    var createdAt: String
    var failure: String?

    init(_ release: Release, current: Int?) {
        version = release.number
        status = release.status.rawValue
        self.current = release.number == current
        revision = release.revision?.text
        image = release.image
        reason = release.reason
        by = release.caller
        basis = release.basis
        createdAt = release.createdAt.text
        failure = release.failure
    }
}

struct ReleasesList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:list",
        "What was deployed, newest first",
        examples: ["releases shop", "releases:list shop --format json"]
    )
    static let permission = Permission.view
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let all = try await Releases(on: host).all(of: found)
        if format.wantsJSON {
            return try host.output.answer(json: all.map { ShownRelease($0, current: found.current) })
        }
        host.output.title("Releases of \(app)")
        let now = host.time.now()
        let rows = all.map { release in
            [
                release.number == found.current ? "*" : " ", release.name, release.status.rawValue, release.reason,
                release.caller, "\(release.createdAt.age(at: now)) ago",
            ]
        }
        host.output.answer(lines: table(rows))
    }
}

struct ReleasesInfo: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:info",
        "One release: image, settings, who and why; values of variables are not shown",
        examples: ["releases:info shop", "releases:info shop v12"]
    )
    static let permission = Permission.view
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName
    @Argument(help: "Release; the current one without it") var number: String?

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let wanted = try number.map { try ReleaseNumber($0).number } ?? found.current
        guard let wanted else { throw Failure.notDeployed(found) }
        let release = try await Releases(on: host).find(wanted, of: found)
        if format.wantsJSON { return try host.output.answer(json: ShownRelease(release, current: found.current)) }
        host.output.answer("=====> \(app) \(release.name)")
        for (label, value) in facts(release) { host.output.answer("       \("\(label):".padded(to: 31))\(value)") }
    }

    private func facts(_ release: Release) -> [(String, String)] {
        [
            ("Status", release.status.rawValue), ("Reason", release.reason), ("By", release.caller),
            ("Created at", release.createdAt.text), ("Live at", release.liveAt?.text ?? ""),
            ("Commit", release.revision?.text ?? ""), ("Image", release.image ?? ""), ("Build", release.build ?? ""),
            ("From release", release.basis.map { "v\($0)" } ?? ""),
            ("Processes", release.facts.procfile.types.map(\.text).joined(separator: " ")),
            ("Config keys", release.settings.config.keys.sorted().map(\.text).joined(separator: " ")),
            ("Ports", release.settings.ports.map(\.text).joined(separator: " ")), ("Failure", release.failure ?? ""),
        ]
    }
}

struct ReleasesRollback: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:rollback",
        "Go back to an earlier release, its settings included, without a build",
        examples: ["releases:rollback shop", "releases:rollback shop v41"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Release; the last good one before the current without it") var number: String?

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let target = try await Releases(on: host).target(try number.map { try ReleaseNumber($0) }, of: found)
        let release = try await Deploys(on: host).run(
            DeployOrder(
                origin: .release(target),
                settings: target.settings,
                source: "rollback",
                reason: "rollback to \(target.name)",
                basis: target.number
            ),
            on: found
        )
        host.output.step(
            "\(app) is back at \(target.name), as \(release.name); its settings are those of \(target.name)"
        )
        if let before = found.current {
            host.output.detail("undo: \(host.settings.command("releases:rollback \(app) v\(before)"))")
        }
    }
}
