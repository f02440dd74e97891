import Core
import Files
import GRDB
import Proxying
import Store
import SystemPackage

extension Feature {
    /// What the proxy is told of each app.
    static let nginx = Feature(
        "nginx",
        "How nginx serves an app",
        commands: NginxCommands.all,
        properties: NginxCommands.properties,
        operations: [Nginx.siteChange],
        shapeSite: { site, app, host in
            site.options = try await Properties("nginx", on: host).all(NginxCommands.properties, of: app)
            site.includes = host.proxy.snippets(of: app.id.text)
            if let folder = site.includes { try makeFolder(folder) }
        },
        reports: { apps, host in try await Nginx(on: host).reports(apps) }
    )
}

/// The steps of a change that only nginx and the database have to agree on: names, ports, certificates, options.
enum SiteStep: String, StepName {
    case publish, record

    var orphan: OrphanRule {
        .undone(because: "until the record is written the old values are the truth, and nginx is told them again")
    }
}

/// Tells nginx what the database says.
struct Nginx: Sendable {
    static let siteChange = OperationKind("site", steps: SiteStep.self) { operation, _, host in
        if operation.isDone(SiteStep.record) { return .finished }
        guard let app = try await Apps(on: host).present(operation.app) else { return .undone }
        try await Nginx(on: host).insist(app)
        return .undone
    }

    let host: Host

    init(on host: Host) { self.host = host }

    /// What nginx is to be told of an app when `release` is served by `instances`.
    func site(of app: App, serving release: Release, by instances: [Instance]) async throws -> Site {
        let addresses = Dictionary(grouping: instances, by: \.type).mapValues { $0.map(\.address) }
        return try await site(of: app, serving: release, at: addresses)
    }

    /// The same for instances that are known by their addresses alone.
    func site(of app: App, serving release: Release, at addresses: [ProcessType: [String]]) async throws -> Site {
        let web = addresses[.web] ?? []
        var site = Site(
            id: app.id.text,
            title: app.name.text,
            names: [],
            certificate: nil,
            mappings: Ports.mappings(release.settings, release.facts, to: web),
            options: [:],
            state: web.isEmpty ? .unavailable : .serving,
            includes: nil
        )
        site.template = try await template(release, addresses, of: app)
        for feature in Features.all { try await feature.shapeSite?(&site, app, host) }
        try await shapeByHooks(&site, app)
        return site
    }

    /// What nginx is to be told by what the database says; nil for an app that was never live or is not behind it.
    func presentSite(of app: App) async throws -> Site? {
        guard try await AppProxy(on: host).isBehindNginx(app) else { return nil }
        return try await possibleSite(of: app)
    }

    /// The same for an app that is not behind the proxy now.
    func possibleSite(of app: App) async throws -> Site? {
        let fresh = try await Apps(on: host).find(app.id)
        guard let number = fresh.current else { return try await Networks(on: host).elsewhere(fresh) }
        let release = try await Releases(on: host).find(number, of: app)
        let live = try await Ps(on: host).live(of: app)
        return try await site(of: fresh, serving: release, by: fresh.isStopped ? [] : live)
    }

    /// Tells nginx of newcomers that are not live yet, unless their app is not behind it.
    func publish(_ site: Site, of app: App) async throws {
        guard try await AppProxy(on: host).isBehindNginx(app) else { return }
        try await tell([site])
    }

    /// Tells nginx what the database says of an app; one that was never live is withdrawn.
    func publish(_ app: App) async throws { try await publish(try await present([app])) }

    /// Tells nginx of every app, with one test and one reload.
    func publishAll() async throws {
        try await publish(try await present(try await Apps(on: host).list()).filter { $0.site != nil })
    }

    /// Tells nginx of an app again where another process has told it older things since; it is asked nothing otherwise.
    func confirm(_ app: App) async throws {
        guard let site = try await presentSite(of: app), try !host.proxy.isServing(site) else { return }
        try await putBack(site, of: app)
    }

    /// Tells nginx what the database says, whatever hooks say to that.
    ///
    /// An operation must come to its end, also where a hook refuses for ever. The text is then the one that hooks have
    /// left before.
    func insist(_ app: App) async throws { try await putBack(try await presentSite(of: app), of: app) }

    /// The same with another site than that of the rows.
    func putBack(_ site: Site?, of app: App) async throws {
        guard let site else { return try await host.proxy.withdraw([app.id.text]) }
        do { try await tell([site]) } catch  where Failure(error).code == .pluginFailed {
            try await host.proxy.publish([site])
        }
    }

    /// Tells nginx of what was read, and then of what was changed meanwhile.
    ///
    /// Whoever changes an app holds its lock and tells nginx too, before its rows or behind them. This may hold none: it
    /// is about many apps. So it may come last with what it read first, and looks again; the other confirms behind its
    /// rows.
    private func publish(_ read: [(app: App, site: Site?)]) async throws {
        var changed = read
        for _ in 0..<5 where !changed.isEmpty {
            try await tell(changed.compactMap(\.site))
            let gone = changed.filter { $0.site == nil }.map(\.app.id.text)
            if !gone.isEmpty { try await host.proxy.withdraw(gone) }
            let now = try await present(changed.map(\.app))
            changed = zip(changed, now).filter { $0.site?.unamended != $1.site?.unamended }.map(\.1)
        }
    }

    /// What nginx is to be told of apps now; no site for one that is gone.
    private func present(_ apps: [App]) async throws -> [(app: App, site: Site?)] {
        var all: [(app: App, site: Site?)] = []
        for app in apps {
            do { all.append((app, try await presentSite(of: app))) } catch let failure as Failure
                where failure.code == .noSuchApp
            { all.append((app, nil)) }
        }
        return all
    }

    /// Takes away what is ours and broken, of one app or of all.
    func clean(_ app: App?) async throws -> [String] {
        let gone = try await host.proxy.clean(app?.id.text).map(\.string)
        guard !gone.isEmpty else { return [] }
        try await note("nginx:validate-config", "removed \(gone.joined(separator: " "))", app)
        return gone
    }

    /// Starts or ends nginx.
    ///
    /// - Returns: False when it is so already.
    func setRunning(_ isRunning: Bool) async throws -> Bool {
        guard isRunning ? try await host.proxy.start() : try await host.proxy.stop() else { return false }
        try await note(isRunning ? "nginx:start" : "nginx:stop", "", nil)
        return true
    }

    private func note(_ name: String, _ detail: String, _ app: App?) async throws {
        let event = Event(name, detail, of: app, by: host)
        try await host.store.write { try HostTable.record(event, $0) }
    }

    /// Changes what nginx and the database have to agree on: nginx first, which may refuse; then the rows.
    ///
    /// Both closures run under the app's lock where it is deployed, so what they read is what they change.
    /// - Parameters:
    ///   - app: Whose lock is taken.
    ///   - summary: A few words for those who wait.
    ///   - shape: Makes the site what it will be.
    ///   - record: Writes the rows; when it throws, nginx is told the old values again.
    /// - Returns: What `record` returns.
    /// - Throws: What nginx refuses, or what one of the closures throws.
    @discardableResult
    func change<Value: Sendable>(
        _ app: App,
        _ summary: String,
        shape: @escaping @Sendable (inout Site) async throws -> Void,
        record: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        guard app.current != nil else {
            let value = try await host.store.write(record)
            // Its first deploy may have gone live meanwhile, with what the rows said before.
            if let fresh = try? await Apps(on: host).find(app.id), fresh.current != nil { await confirmOrWarn(fresh) }
            return value
        }
        let host = host
        return try await Operations(on: host).run(Self.siteChange, on: app, summary, allowLocked: true) { held in
            let nginx = Nginx(on: host)
            try await held.step(SiteStep.publish) {
                guard var site = try await nginx.presentSite(of: app) else { return }
                try await shape(&site)
                try await nginx.tell([site])
            }
            let value = try await held.step(SiteStep.record) { try await held.write(record) }
            await nginx.confirmOrWarn(app)
            return value
        }
    }

    /// For whoever has written the rows: they hold, whether nginx has heard of them or not.
    private func confirmOrWarn(_ app: App) async {
        do { try await confirm(app) } catch {
            host.output.warn("nginx may serve \(app.name) by older values: \(Failure(error).what)")
        }
    }
}
