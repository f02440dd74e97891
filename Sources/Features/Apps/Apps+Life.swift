import Plugins
import Proxying
import Scheduling
import Repositories
import Engine
import Core
import Files
import Store

/// The steps of the end of an app.
enum DestroyStep: String, StepName {
    case proxy, instances, images, files, rows

    var orphan: OrphanRule {
        .finished(because: "it was confirmed, and half an app helps nobody")
    }
}

/// The steps of another name.
enum RenameStep: String, StepName {
    case row, site

    var orphan: OrphanRule { .finished(because: "the row has the new name; nginx is told what the row says") }
}

extension Apps {
    static let destroying = OperationKind("destroy", steps: DestroyStep.self) { operation, held, host in
        guard let id = operation.app, let app = try? await Apps(on: host).find(id) else { return .finished }
        try await Apps(on: host).takeApart(app, held)
        return .finished
    }

    static let renaming = OperationKind("rename", steps: RenameStep.self) { operation, _, host in
        guard let id = operation.app, let app = try? await Apps(on: host).find(id) else { return .finished }
        try await Nginx(on: host).publish(app)
        return operation.isDone(RenameStep.row) ? .finished : .undone
    }

    /// Destroys an app: name and domains are free once this returns.
    func destroy(_ app: App) async throws {
        let host = host
        let release = app.current.map { "v\($0)" } ?? ""
        try await Hooks(on: host).fire(.preDelete, [app.name.text, release], app: app.name)
        try await Operations(on: host).run(
            Self.destroying,
            on: app,
            "apps:destroy",
            waiting: .seconds(60),
            allowLocked: true
        ) { held in try await Apps(on: host).takeApart(app, held) }
        await Hooks(on: host).tell(.postDelete, [app.name.text, release], app: app.name)
    }

    /// Every part may be gone already; what is gone is fine.
    fileprivate func takeApart(_ app: App, _ held: Held) async throws {
        let host = host
        try await held.step(DestroyStep.proxy) { try await host.proxy.withdraw([app.id.text]) }
        try await held.step(DestroyStep.instances) {
            try await Ps(on: host).remove(try await Ps(on: host).instances(of: app))
            for stray in try await host.scheduler.list(labels: ["slipway.app": app.id.text]) {
                try await host.scheduler.remove(stray.handle)
            }
        }
        try await held.step(DestroyStep.images) {
            for release in try await Releases(on: host).all(of: app) where release.image != nil {
                try await host.engine.removeImage(Images.tag(app, release.number, host), force: false)
            }
        }
        try await held.step(DestroyStep.files) {
            try host.repositories.remove(app.id)
            try removeTree(host.paths.logs(of: app.id))
            try removeTree(host.paths.certificates(of: app.id))
        }
        let event = Event(
            at: host.time.now(),
            app: app,
            caller: host.caller.name,
            name: "apps:destroy",
            detail: "destroyed \(app.name)"
        )
        try await held.step(DestroyStep.rows) {
            try await held.write { database in
                try AppsTable.delete(app.id, database)
                try HostTable.record(event, database)
            }
        }
    }

    /// One row, and the site again; names inside containers change with the next release.
    func rename(_ app: App, to name: AppName) async throws {
        let (host, now) = (host, host.time.now())
        try await Operations(on: host).run(Self.renaming, on: app, "apps:rename to \(name)") { held in
            try await held.step(RenameStep.row) {
                try await held.write { database in
                    guard try AppsTable.find(name, database) == nil else {
                        throw Failure(.taken, "Name is already taken", why: "there is an app \(name)")
                    }
                    try AppsTable.rename(app, to: name, database)
                    let event = Event(
                        at: now,
                        app: app,
                        caller: host.caller.name,
                        name: "apps:rename",
                        detail: "\(app.name) to \(name)"
                    )
                    try HostTable.record(event, database)
                }
            }
            try await held.step(RenameStep.site) { try await Nginx(on: host).publish(app) }
        }
        await Hooks(on: host).tell(.postAppRename, [app.name.text, name.text], app: name)
    }

    /// An app with the settings of another; its names, certificates and past are its own.
    func clone(_ app: App, as name: AppName) async throws -> App {
        let settings = try await Releases(on: host).draft(of: app)
        let copy = App(id: try AppID(String(host.newID().suffix(10))), name: name, createdAt: host.time.now())
        let event = Event(
            at: copy.createdAt,
            app: copy,
            caller: host.caller.name,
            name: "apps:clone",
            detail: "\(app.name) to \(name)"
        )
        try await host.store.write { database in
            guard try AppsTable.find(name, database) == nil else {
                throw Failure(.taken, "Name is already taken", why: "there is an app \(name)")
            }
            try AppsTable.insert(copy, database)
            try PropertiesTable.copy(from: app.id, to: copy.id, database)
            for (type, quantity) in try PsTable.formation(of: app.id, database) {
                try PsTable.scale(copy.id, type, to: quantity, database)
            }
            for feature in Features.all { try feature.restore?(settings, copy, database) }
            try HostTable.record(event, database)
        }
        return copy
    }
}
