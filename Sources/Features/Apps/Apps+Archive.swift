import Core
import Engine
import Files
import Plugins
import Proxying
import Repositories
import Scheduling
import Store

/// The steps of the end of an app.
enum DestroyStep: String, StepName {
    case proxy, instances, images, files, volumes, rows

    var orphan: OrphanRule {
        .finished(because: "it was confirmed, and half an app helps nobody")
    }
}

/// The steps of the way back.
enum RestoreStep: String, StepName {
    case rows

    var orphan: OrphanRule {
        .undone(because: "name, domains and settings come back in one transaction, or the archive is as it was")
    }
}

extension Apps {
    /// What a journaled end of an app has noted: its data goes too.
    private static let purge = "purge"

    static let destroying = OperationKind("destroy", steps: DestroyStep.self) { operation, held, host in
        guard let id = operation.app, let app = try await Apps(on: host).known(id) else { return .finished }
        // Without the note nothing of it was begun.
        guard let note = operation.notes[purge] else { return .undone }
        let isPurging = note == "yes"
        if app.archive != nil, !isPurging { return .finished }
        _ = try await Apps(on: host).takeApart(app, isPurging: isPurging, held)
        return .finished
    }

    static let restoring = OperationKind("restore-app", steps: RestoreStep.self) { operation, _, _ in
        operation.isDone(RestoreStep.rows) ? .finished : .undone
    }

    /// Kinds of operation that an archived app may have.
    static let endings = [destroying.name, restoring.name]

    /// Destroys an app: name and domains are free once this returns.
    ///
    /// Settings, domains, certificate, release records and volumes become an archive; with `isPurging` nothing stays.
    func destroy(_ app: App, isPurging: Bool = false) async throws -> Farewell {
        let release = app.current.map { "v\($0)" } ?? ""
        try await Hooks(on: host).fire(.preDelete, [app.name.text, release], app: app.name)
        let farewell = try await end(app, isPurging: isPurging)
        await Hooks(on: host).tell(.postDelete, [app.name.text, release], app: app.name)
        return farewell
    }

    /// Removes an archive with its volumes, or an app that nobody is to miss: no plugin is asked whether it may go.
    func purge(_ app: App) async throws -> Farewell { try await end(app, isPurging: true) }

    private func end(_ app: App, isPurging: Bool) async throws -> Farewell {
        let host = host
        return try await Operations(on: host).run(
            Self.destroying,
            on: app,
            "apps:destroy\(isPurging ? " --purge" : "")",
            allowLocked: true
        ) { held in
            // Whoever waited for the lock may find it destroyed, or brought back.
            guard let fresh = try await Apps(on: host).known(app.id), fresh.archive == app.archive else {
                throw Failure.noSuchApp(app.name.text)
            }
            try await held.note([Self.purge: isPurging ? "yes" : "no"])
            return try await Apps(on: host).takeApart(app, isPurging: isPurging, held)
        }
    }

    /// Every part may be gone already; what is gone is fine.
    private func takeApart(_ app: App, isPurging: Bool, _ held: Held) async throws -> Farewell {
        let host = host
        var farewell = Farewell()
        try await held.step(DestroyStep.proxy) { try await host.proxy.withdraw([app.id.text]) }
        try await held.step(DestroyStep.instances) { try await removeInstances(of: app) }
        // Under the app's lock, and once nothing of it can ask its services any more.
        try await Services(on: host).unlinkAll(of: app)
        let freed = try await held.step(DestroyStep.images) { try await Cleaning(on: host).removeImages(of: app) }
        (farewell.imageBytes, farewell.left) = (freed.bytes, freed.left)
        farewell.images = Set(freed.removed.compactMap(\.image)).count
        farewell.fileBytes = try await held.step(DestroyStep.files) { try removeFiles(of: app) }
        let (volumes, left) = try await held.step(DestroyStep.volumes) { try await self.volumes(app, isPurging) }
        farewell.volumes = volumes
        farewell.left += left
        try DokkuTree(on: host).withdraw(app, isPurging: isPurging)
        let archive = try await writeEnding(of: app, isPurging, held)
        guard let archive else { return farewell }
        farewell.until = archive.until
        farewell.domains = archive.domains.count
        farewell.releases = try await Releases(on: host).all(of: app).count
        farewell.hasCertificate = try await Certs(on: host).find(app) != nil
        return farewell
    }

    /// Containers that people have made from an image of the app by hand inherit its label; they are not ours.
    private func removeInstances(of app: App) async throws {
        try await Ps(on: host).remove(try await Ps(on: host).instances(of: app))
        for stray in try await host.scheduler.list(labels: [Engine.appLabel: app.id.text])
        where CleaningPlan.isMadeHere(stray.labels) {
            try await host.scheduler.remove(stray.handle)
        }
        try await Networks(on: host).removePrivate(of: app)
    }

    private func removeFiles(of app: App) throws -> Int64 {
        var measure = FolderMeasure()
        let folders = [
            host.repositories.path(of: app.id), host.paths.logs(of: app.id), host.paths.certificates(of: app.id),
            host.paths.nginx(of: app.id), host.paths.maintenance(of: app.id),
        ]
        let bytes = folders.reduce(Int64(0)) { $0 + measure.measure($1).bytes }
        for folder in folders { try removeTree(folder) }
        return bytes
    }

    /// - Returns: The volumes of the app, and those that something else still uses.
    private func volumes(_ app: App, _ isPurging: Bool) async throws -> (names: [String], left: [String]) {
        let names = try await host.engine.volumes(labels: [Engine.appLabel: app.id.text]).map(\.name).sorted()
        guard isPurging else { return (names, []) }
        var left: [String] = []
        for name in names {
            do {
                try await host.engine.removeVolume(name)
            } catch EngineError.refused(409, _, _) {
                left.append("volume \(name): a container that is not ours uses it")
            }
        }
        return (names, left)
    }
}

// MARK: The archive

extension Apps {
    /// - Returns: What is kept; nil when nothing is.
    private func writeEnding(of app: App, _ isPurging: Bool, _ held: Held) async throws -> Archive? {
        let now = host.time.now()
        let kept = Archive(name: app.name, since: now, until: now + Archive.keeping, domains: [])
        let words = isPurging ? "with all data" : "kept until \(kept.until.text)"
        let event = Event(
            at: now,
            app: app,
            caller: host.caller.name,
            name: "apps:destroy",
            detail: "destroyed \(app.name), \(words)"
        )
        return try await held.record(DestroyStep.rows) { database in
            try HostTable.record(event, database)
            if isPurging {
                try AppsTable.delete(app.id, database)
                try AppsTable.bury(app.id, at: now, database)
                return nil
            }
            var archive = kept
            archive.domains = try DomainsTable.own(app.id, database)
            try DomainsTable.replace(app.id, with: [], database)
            try ReleasesTable.retire(app.id, database)
            try AppsTable.archive(app.id, archive, database)
            return archive
        }
    }

    /// Archived apps, the one destroyed last first.
    func archives() async throws -> [App] { try await host.store.read { try AppsTable.archives($0) } }

    /// The archives of apps that whoever asks may see.
    func visibleArchives() async throws -> [App] {
        let all = try await archives()
        let names = try await visible(of: all.map(\.name.text))
        return all.filter { names.contains($0.name.text) }
    }

    /// The archive of the app that had this name last, for whoever may see it.
    func archived(_ name: AppName) async throws -> App? { try await visibleArchives().first { $0.name == name } }

    /// Brings an archived app back; it waits for a push or an image.
    ///
    /// - Returns: Domains that are another app's by now and were left out.
    /// - Throws: ``Failure`` with code ``FailureCode/taken``.
    func restore(_ archived: App, as name: AppName) async throws -> [DomainName] {
        let host = host
        let event = Event(
            "apps:restore",
            name == archived.name ? "restored \(name)" : "restored \(archived.name) as \(name)",
            of: archived,
            by: host
        )
        return try await Operations(on: host).run(
            Self.restoring,
            on: archived,
            "apps:restore",
            allowLocked: true
        ) { held in
            try await held.record(RestoreStep.rows) { database in
                guard try AppsTable.find(name, database) == nil else {
                    throw Failure.taken(name, fix: "slipway apps:restore \(archived.name) --as NEWNAME")
                }
                guard let archive = try AppsTable.find(archived.id, database)?.archive else {
                    throw Failure(.notFound, "the archive of \(archived.name) is gone")
                }
                let free = try archive.domains.filter { try DomainsTable.owner(of: $0, database) == nil }
                try DomainsTable.replace(archived.id, with: free, database)
                if free.isEmpty, !archive.domains.isEmpty {
                    // All of its own are another's by now: it follows the global domains, as a new app does.
                    let mode = try DomainsTable.mode(archived.id, database)
                    try DomainsTable.setMode(archived.id, isEnabled: mode.isEnabled, isOwn: false, database)
                }
                try AppsTable.restore(archived.id, as: name, database)
                try HostTable.record(event, database)
                return archive.domains.filter { !free.contains($0) }
            }
        }
    }

    /// Removes archives past their day, with their volumes; one that cannot go now keeps no other waiting.
    ///
    /// - Returns: Names of those that are gone, and what went wrong with others.
    func purgeDue() async throws -> (gone: [AppName], failures: [(AppName, Failure)]) {
        let now = host.time.now()
        var gone: [AppName] = []
        var failures: [(AppName, Failure)] = []
        for app in try await archives() where app.archive?.isOver(at: now) ?? false {
            do {
                _ = try await purge(app)
                gone.append(app.name)
            } catch { failures.append((app.name, Failure(error))) }
        }
        return (gone, failures)
    }
}
