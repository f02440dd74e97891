import ArgumentParser
import Core

enum ReleasesCommands {
    static let all: [any HostCommand.Type] = [
        ReleasesList.self, ReleasesInfo.self, ReleasesRollback.self, ReleasesPin.self, ReleasesUnpin.self,
        ReleasesBlock.self, ReleasesUnblock.self,
    ]
}

struct ReleasesList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:list",
        "What was deployed, newest first",
        examples: ["releases shop", "releases:list shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.object(ShownRelease.keys))
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let releases = Releases(on: host)
        let all = try await releases.all(of: found)
        let gone = await releases.withoutImage(all)
        let shown = all.map { release in
            ShownRelease(
                release: release,
                isCurrent: release.number == found.current,
                isImageGone: gone?.contains(release.number)
            )
        }
        if format.wantsJSON { return try host.output.answer(json: shown) }
        host.output.title("Releases of \(app)")
        host.output.answer(lines: table(shown.map { row($0, at: host.time.now()) }))
    }

    private func row(_ shown: ShownRelease, at now: Timestamp) -> [String] {
        let release = shown.release
        // One long sentence must not push the columns of all others off the screen; JSON has it whole.
        let reason = release.reason.count > 60 ? "\(release.reason.prefix(57))..." : release.reason
        let cells = [
            shown.isCurrent ? "*" : " ", release.name, release.status.rawValue, reason, release.caller,
            "\(release.createdAt.age(at: now)) ago",
        ]
        return shown.marks.isEmpty ? cells : cells + [shown.marks.joined(separator: ", ")]
    }
}

struct ReleasesInfo: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "releases:info",
        "One release, or what makes it different from another",
        examples: ["releases:info shop v12", "releases:info shop v12 --diff v10"],
        details: "Values of variables are never shown, only their names."
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .object(ShownRelease.keys.merging(["parts": .any]) { $1 })
    @OptionGroup var format: FormatOptions
    @Option(help: "Show what has changed since this release") var diff: String?
    @Argument(help: "App to look at") var app: AppName
    @Argument(help: "Release; the current one without it") var number: String?

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let wanted = try number.map { try ReleaseNumber($0).number } ?? found.current
        let other = try diff.map { try ReleaseNumber($0).number }
        guard let wanted else { throw Failure.notDeployed(found) }
        let releases = Releases(on: host)
        let release = try await releases.find(wanted, of: found)
        if let other {
            return try show(ReleaseDiff(from: try await releases.find(other, of: found), to: release), host.output)
        }
        let gone = await releases.withoutImage([release])
        let shown = ShownRelease(
            release: release,
            isCurrent: release.number == found.current,
            isImageGone: gone.map { !$0.isEmpty },
            isWhole: true
        )
        if format.wantsJSON { return try host.output.answer(json: shown) }
        host.output.answer("=====> \(app) \(release.name)")
        host.output.answer(lines: facts(shown) + parts(release))
    }

    private func show(_ diff: ReleaseDiff, _ output: Output) throws {
        if format.wantsJSON { return try output.answer(json: diff) }
        output.answer("=====> \(app) v\(diff.to) against v\(diff.from)")
        output.answer(lines: diff.lines)
    }

    private func facts(_ shown: ShownRelease) -> [String] {
        let release = shown.release
        let facts = [
            ("Status", release.status.rawValue), ("Reason", release.reason), ("By", release.caller),
            ("Created at", release.createdAt.text), ("Live at", release.liveAt?.text ?? ""),
            ("Commit", release.revision?.text ?? ""), ("Image", release.image ?? ""),
            ("Digest", release.digest ?? ""), ("Build", release.build ?? ""),
            ("From release", release.basis.map { "v\($0)" } ?? ""),
            ("Marks", shown.marks.joined(separator: ", ")), ("Failure", release.failure ?? ""),
        ]
        return facts.map { label, value in "       \("\(label):".padded(to: 31))\(value)" }
    }

    /// What the release is made of, group by group; what is empty is left away.
    private func parts(_ release: Release) -> [String] {
        ReleasePart.allCases.filter { $0 != .code }.flatMap { part -> [String] in
            let facts = release.facts(part).filter { $0.value.shown != "" }.sorted { $0.key < $1.key }
            if facts.isEmpty { return [] }
            return [part.heading]
                + facts.map { key, fact in
                    fact.shown.map { "         \(key.padded(to: 29))\($0)" } ?? "         \(key)"
                }
        }
    }
}
