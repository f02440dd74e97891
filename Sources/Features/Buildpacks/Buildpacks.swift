import Core
import Repositories
import Store

extension Feature {
    /// Which buildpacks an app is built with.
    static let buildpacks = Feature(
        "buildpacks",
        "Which buildpacks an app is built with",
        commands: BuildpacksCommands.all,
        migrations: BuildpacksTable.migrations,
        properties: [Buildpacks.stack],
        collect: { settings, app, host in
            let list = try await Buildpacks(on: host).list(of: app)
            settings.options[Buildpacks.option] = list.joined(separator: "\n")
        },
        restore: { settings, app, database in
            guard let text = settings.options[Buildpacks.option] else { return }
            let list = text.split(separator: "\n").map(String.init)
            try BuildpacksTable.replace(app.id, with: list, database)
        },
        report: { app, source in
            guard let app else { return [] }
            let list = try BuildpacksTable.all(of: app.id, source.database)
            return [ReportLine("list", list.joined(separator: ","))]
        }
    )
}

/// What can be done with the list; it is part of the draft and is looked at by the next build.
struct Buildpacks: Sendable {
    static let option = "buildpacks.list"
    static let stack = Property(
        "stack",
        default: "",
        "The image that buildpacks build in; empty is the builder's own"
    ) { if !$0.isEmpty { _ = try ImageName($0) } }

    /// Where in the list, from 1.
    enum Place: Sendable, Equatable {
        case last
        case index(Int)
    }

    let host: Host

    init(on host: Host) { self.host = host }

    func list(of app: App) async throws -> [String] {
        try await host.store.read { try BuildpacksTable.all(of: app.id, $0) }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when it is in the list already.
    func add(_ buildpack: Buildpack, at place: Place, of app: App) async throws {
        try await change(app, "add \(buildpack.url)") { list in
            guard !list.contains(buildpack.url) else {
                throw Failure(
                    .taken,
                    "\(buildpack.url) is in the list already",
                    fix: "slipway buildpacks:list \(app.name)"
                )
            }
            guard case .index(let number) = place else { return list.append(buildpack.url) }
            list.insert(buildpack.url, at: min(try Self.offset(number), list.count))
        }
    }

    /// Puts it in the place of another, or at the end where there is none.
    ///
    /// - Returns: False when it stands there already.
    func set(_ buildpack: Buildpack, at number: Int, of app: App) async throws -> Bool {
        try await change(app, "set \(buildpack.url)") { list in
            let offset = try Self.offset(number)
            if list.indices.contains(offset) { list[offset] = buildpack.url } else { list.append(buildpack.url) }
        }
    }

    /// - Returns: False when this is the list already.
    func replace(_ all: [Buildpack], of app: App) async throws -> Bool {
        try await change(app, "set \(all.map(\.url).joined(separator: " "))") { $0 = all.map(\.url) }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func remove(_ buildpack: Buildpack?, at number: Int?, of app: App) async throws {
        try await change(app, "remove \(buildpack?.url ?? "\(number ?? 0)")") { list in
            let found =
                try number.map { try Self.offset($0) } ?? list.firstIndex(of: buildpack?.url ?? "") ?? list.count
            guard list.indices.contains(found) else {
                throw Failure(
                    .notFound,
                    "\(app.name) has no such buildpack",
                    why: list.isEmpty ? "its list is empty" : "its list has \(list.count)",
                    fix: "slipway buildpacks:list \(app.name)"
                )
            }
            list.remove(at: found)
        }
    }

    func clear(_ app: App) async throws -> Bool { try await change(app, "clear") { $0 = [] } }

    /// What would build the tip of a branch.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when there is no such branch.
    func detect(_ app: App, branch: String?) async throws -> BuilderChoice {
        let set = try await Properties("git", on: host).effective(Git.deployBranch, of: app)
        let name = branch ?? (set.isEmpty ? "main" : set)
        try Allowed.branch(name)
        guard host.repositories.exists(app.id),
            let tip = try host.repositories.resolve("refs/heads/\(name)", in: app.id)
        else {
            throw Failure(
                .notFound,
                "\(app.name) has no branch \(quoted(name))",
                fix: "git push slipway \(name), or name another with --branch"
            )
        }
        let builder = Builder(on: host)
        let folder = try await builder.folder(of: app)
        let snapshot = try await host.repositories.snapshot(of: tip, folder: folder, in: app.id)
        let settings = try await Releases(on: host).draft(of: app)
        return try await builder.choice(for: snapshot, app, settings.environment)
    }

    @discardableResult
    private func change(_ app: App, _ words: String, _ edit: @escaping @Sendable (inout [String]) throws -> Void)
        async throws -> Bool
    {
        let event = Event("buildpacks", words, of: app, by: host)
        return try await host.store.write { database in
            let before = try BuildpacksTable.all(of: app.id, database)
            var after = before
            try edit(&after)
            guard after != before else { return false }
            guard Set(after).count == after.count else { throw Failure(.taken, "a buildpack stands there twice") }
            try BuildpacksTable.replace(app.id, with: after, database)
            try HostTable.record(event, database)
            return true
        }
    }

    private static func offset(_ number: Int) throws -> Int {
        guard (1...1000).contains(number) else { throw Failure(.usage, "--index takes a number from 1") }
        return number - 1
    }
}
