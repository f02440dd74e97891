import Core
import Engine
import Proxying
import Scheduling
import Store

/// Who is in which network, and what of it can be so.
extension Networks {
    /// Refuses networks that are not there, and one network in two roles.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` or ``FailureCode/taken``.
    func check(_ role: Property, _ value: String, of app: App?) async throws {
        guard Self.roles.contains(where: { $0.name == role.name }) else { return }
        let wanted = try NetworkName.list(value)
        guard Set(wanted).count == wanted.count else { throw Failure.malformed("\(quoted(value)) names one twice") }
        let properties = Properties("network", on: host)
        for other in Self.roles where other.name != role.name {
            let theirs = try NetworkName.list(try await properties.effective(other, of: app))
            if let both = wanted.first(where: theirs.contains) {
                throw Failure(
                    .taken,
                    "Invalid \(role.name) value, network \(both) is \(other.name) already",
                    why: "a process is in a network once",
                    fix: "slipway network:set \(app.map { "\($0.name)" } ?? "--global") \(other.name)"
                )
            }
        }
        for name in wanted where try await host.engine.network(name.text) == nil { throw Self.missing(name) }
    }

    /// Brings the processes of an app into the networks of their release again, and tells nginx of them.
    ///
    /// - Returns: How many processes were looked at.
    func rebuild(_ app: App) async throws -> Int {
        try await makeMissing()
        let ps = Ps(on: host)
        var count = 0
        for instance in try await ps.instances(of: app) where instance.state == .live {
            guard let handle = instance.handle, try await host.scheduler.inspect(handle) != nil else { continue }
            let release = try await Releases(on: host).find(instance.release, of: app)
            try await host.scheduler.join(handle, try await ps.workload(instance, app, release).networks)
            try await joinLate(instance, of: app, release)
            count += 1
        }
        try await publish(app, "network:rebuild")
        return count
    }

    /// Networks of `network:create` that the engine has lost.
    private func makeMissing() async throws {
        let rows = try await host.store.read { try NetworkTable.all($0) }
        guard !rows.isEmpty else { return }
        let present = Set(try await host.engine.everyNetwork().map(\.name))
        for name in rows where !present.contains(name) { try await make(try NetworkName(name)) }
    }

    /// Tells nginx what the rows say, under the app's lock where it has ever been live.
    func publish(_ app: App, _ summary: String) async throws {
        guard app.current != nil else { return try await Nginx(on: host).publish(app) }
        try await Nginx(on: host).change(app, summary, shape: { _ in }, record: { _ in })
    }

    /// The network on which an app met what it was linked with; others in it are let go.
    func removePrivate(of app: App) async throws {
        let name = Self.privateNetwork(of: app, host.settings)
        guard let found = try await host.engine.network(name), found.labels[Engine.appLabel] == app.id.text else {
            return
        }
        for container in found.containers.keys {
            try await host.engine.disconnect(network: name, container: container, force: true)
        }
        try await host.engine.removeNetwork(name)
    }
}

extension Networks {
    /// What nginx is told of an app that was never live here, but stands for something else; nil without that.
    func elsewhere(_ app: App) async throws -> Site? {
        let listener = try await Properties("network", on: host).effective(Self.staticListener, of: app)
        guard !listener.isEmpty else { return nil }
        let standIn = Release(
            app: app.id,
            number: 0,
            status: .pending,
            facts: SourceFacts(),
            settings: try await Releases(on: host).draft(of: app),
            reason: "",
            caller: "",
            createdAt: app.createdAt
        )
        return try await Nginx(on: host).site(of: app, serving: standIn, by: [])
    }
}
