import Core
import Engine
import Files
import Plugins
import Proxying
import Repositories
import Scheduling
import Store

/// The steps of another name.
enum RenameStep: String, StepName {
    case row, site

    var orphan: OrphanRule { .finished(because: "the row has the new name; nginx is told what the row says") }
}

extension Apps {
    static let renaming = OperationKind("rename", steps: RenameStep.self) { operation, held, host in
        guard let app = try await Apps(on: host).present(operation.app) else { return .finished }
        try await Nginx(on: host).insist(app)
        await Settling(host: host, held: held).offerNames(app)
        return operation.isDone(RenameStep.row) ? .finished : .undone
    }

    /// One row, the site again, and the names of containers, which another app may want; names inside of them change
    /// with the next release.
    func rename(_ app: App, to name: AppName) async throws {
        let (host, now) = (host, host.time.now())
        try await Operations(on: host).run(Self.renaming, on: app, "apps:rename to \(name)") { held in
            let taken = try await held.step(RenameStep.row) {
                try await held.write { database in
                    guard try AppsTable.find(name, database) == nil else { throw Failure.taken(name) }
                    let taken = try Domains.rename(app, to: name, database)
                    try AppsTable.rename(app, to: name, database)
                    let event = Event(
                        at: now,
                        app: app,
                        caller: host.caller.name,
                        name: "apps:rename",
                        detail: "\(app.name) to \(name)"
                    )
                    try HostTable.record(event, database)
                    return taken
                }
            }
            for domain in taken { host.output.warn("\(domain) is another app's: \(name) goes without it") }
            await DokkuTree(on: host).rename(app, to: name)
            await Hooks(on: host).tell(.postAppRenameSetup, [app.name.text, name.text], app: name)
            await Hooks(on: host).tellEnd(of: app)
            // Hooks of nginx are told the name that holds now.
            let renamed = try await Apps(on: host).find(app.id)
            try await held.step(RenameStep.site) { try await Nginx(on: host).publish(renamed) }
            await Settling(host: host, held: held).offerNames(renamed)
        }
        await Hooks(on: host).tell(.postAppRename, [app.name.text, name.text], app: name)
    }

    /// An app with the settings and the history of another; its names, certificates and releases are its own.
    ///
    /// The repository is there before the app is: one that is cut off leaves a repository of nobody, which the next
    /// tick removes.
    func clone(_ app: App, as name: AppName) async throws -> App {
        let settings = try await Releases(on: host).draft(of: app)
        let copy = App(id: try host.newAppID(), name: name, createdAt: host.time.now())
        let event = Event(
            at: copy.createdAt,
            app: copy,
            caller: host.caller.name,
            name: "apps:clone",
            detail: "\(app.name) to \(name)"
        )
        if try await lookUp(name) != nil { throw Failure.taken(name) }
        // Whoever removes repositories of nobody leaves alone what is locked.
        let lock = try Operations(on: host).tryTake(copy.id)
        defer { lock?.release() }
        try await Git(on: host).copy(from: app, to: copy)
        do { try await insert(copy, settings, of: app, event) } catch {
            try? host.repositories.remove(copy.id)
            throw error
        }
        lock?.release()
        await DokkuTree(on: host).copy(app, to: copy)
        do {
            try await Hooks(on: host).fire(.postAppCloneSetup, [app.name.text, name.text], app: name)
        } catch {
            // Nothing but rows and a repository yet.
            try await host.store.write { try AppsTable.delete(copy.id, $0) }
            // What is left of the folders is swept by the next repair.
            try? host.repositories.remove(copy.id)
            try? DokkuTree(on: host).withdraw(copy, isPurging: true)
            throw error
        }
        return copy
    }

    private func insert(_ copy: App, _ settings: Settings, of app: App, _ event: Event) async throws {
        try await host.store.write { database in
            guard try AppsTable.find(copy.name, database) == nil else { throw Failure.taken(copy.name) }
            try AppsTable.insert(copy, database)
            try PropertiesTable.copy(from: app.id, to: copy.id, database)
            // Of its repository nothing is known: a push to the other may have come while it was copied.
            try PropertiesTable.set("git", Git.movedBranch, copy.id, to: nil, database)
            try PropertiesTable.set("releases", Releases.retired, copy.id, to: nil, database)
            try PluginTable.copyProperties(from: app.id, to: copy.id, database)
            for (type, quantity) in try PsTable.formation(of: app.id, database) {
                try PsTable.scale(copy.id, type, to: quantity, database)
            }
            for feature in Features.all { try feature.restore?(settings, copy, database) }
            try HostTable.record(event, database)
        }
    }

    /// Plugins learn that all of a clone is there.
    func tellClone(_ app: App, _ copy: App) async {
        await Hooks(on: host).tell(.postAppClone, [app.name.text, copy.name.text], app: copy.name)
    }
}
