import Core
import Engine
import Files
import Scheduling
import Store

/// Removes from the engine what no row needs any more; what is not ours is neither asked about nor touched.
struct Cleaning: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// What may go and what stays; nothing is changed.
    ///
    /// The engine is asked before the rows are read: whoever makes something there has written its row before.
    func plan() async throws -> CleaningPlan {
        let holdings = try await holdings()
        return CleaningPlan(holdings, try await claims())
    }

    /// Takes away images past retention; the caller holds the app's lock.
    @discardableResult
    func tidy(_ app: App) async throws -> Freed {
        let claims = try await claims()
        let kept = claims.references()
        let named = (claims.apps[app.id.text]?.releases ?? []).compactMap(\.image)
        let built = claims.apps[app.id.text]?.built ?? []
        guard built.union(named).contains(where: { kept[$0] == nil }) else { return Freed() }
        return try await removeImages(of: app, isGone: false)
    }

    /// Removes every image that no other app needs, of an app whose instances are gone already.
    func removeImages(of app: App) async throws -> Freed { try await removeImages(of: app, isGone: true) }

    /// Also those that an app that is gone has left to this one, its clone; those of others are theirs.
    private func removeImages(of app: App, isGone: Bool) async throws -> Freed {
        let holdings = try await holdings()
        var claims = try await claims()
        for id in claims.apps.keys where id != app.id.text { claims.apps[id]?.isBusy = true }
        if isGone { claims.apps[app.id.text]?.isArchived = true }
        return try await carryOut(CleaningPlan(holdings, claims).removals.filter { $0.kind == .image })
    }

    /// Removes what belongs to nothing: containers without a row, images and volumes of apps that are gone.
    func removeOrphans() async throws -> Freed {
        let holdings = try await holdings()
        var claims = try await claims()
        for id in claims.apps.keys { claims.apps[id]?.isBusy = true }
        return try await carryOut(CleaningPlan(holdings, claims).removals)
    }

    /// Removes all that may go; an app that is being changed keeps its images until the next time.
    func run() async throws -> Freed {
        let holdings = try await holdings()
        let claims = try await claims()
        let plan = CleaningPlan(holdings, claims)
        let isOfLiveApp: (CleaningPlan.Removal) -> Bool = { removal in
            guard removal.kind == .image, let app = removal.app.flatMap({ claims.apps[$0] }) else { return false }
            return !app.isArchived
        }
        var freed = try await carryOut(plan.removals.filter { !isOfLiveApp($0) })
        for id in Set(plan.removals.filter(isOfLiveApp).compactMap(\.app)).sorted() {
            guard let app = try await Apps(on: host).present(try? AppID(id)) else { continue }
            guard let lock = try Operations(on: host).tryTake(app.id) else {
                freed.left.append("images of \(app.name): it is being changed just now")
                continue
            }
            defer { lock.release() }
            freed += try await tidy(app)
        }
        freed.cache += try await capCache()
        return freed
    }

    /// Cuts the engine's build cache where somebody has said how large it may be.
    ///
    /// - Returns: Bytes that are free now.
    func capCache() async throws -> Int64 {
        let text = try await Properties("disk", on: host).effective(Disk.cacheCap, of: nil)
        guard let megabytes = Int64(text), megabytes > 0 else { return 0 }
        return try await host.engine.capBuildCache(at: megabytes << 20)
    }

    private func carryOut(_ removals: [CleaningPlan.Removal]) async throws -> Freed {
        var freed = Freed()
        for removal in removals {
            do {
                freed.bytes += try await carryOut(removal)
                freed.removed.append(removal)
            } catch EngineError.refused(409, let words, _) {
                freed.left.append("\(removal.name): \(cleaned(words, keepTabs: false))")
            } catch {
                let failure = try Failure(ofOneOfMany: error)
                host.output.warn("\(removal.name) is not removed: \(failure)")
                freed.left.append("\(removal.name): \(failure.why ?? failure.what)")
            }
        }
        return freed
    }

    /// - Returns: Bytes that are free now, as far as the engine says.
    private func carryOut(_ removal: CleaningPlan.Removal) async throws -> Int64 {
        switch removal.kind {
        case .container: try await host.scheduler.remove(removal.target)
        case .volume: try await host.engine.removeVolume(removal.target)
        case .image:
            let layers = try await host.engine.layers(of: removal.target)
            let gone = try await host.engine.removeImage(removal.target).filter { $0 != removal.image }
            // Layers go from the top of an image down to the first that another one has.
            return layers.map { $0.sizes.suffix(gone.count).reduce(0, +) } ?? 0
        }
        return 0
    }

    private func holdings() async throws -> Holdings {
        var result = Holdings()
        result.containers = try await host.engine.containers(all: true).map { .init($0) }
        result.images = try await host.engine.images().map { .init($0) }
        result.volumes = try await host.engine.volumes().map { .init($0) }
        return result
    }

    /// Of every app, whatever is cleaned: one may have an image of another.
    private func claims() async throws -> Claims {
        let instance = host.settings.instance
        return try await host.store.read { database in
            var claims = Claims(instance: instance)
            let shared = try PropertiesTable.value("apps", Retention.count.name, nil, database)
            let releases = Dictionary(grouping: try ReleasesTable.outlines(database), by: \.app)
            let built = try BuildsTable.images(database)
            for each in try AppsTable.everything(database) {
                let own = try PropertiesTable.value("apps", Retention.count.name, each.id, database)
                var entry = Claims.AppEntry(name: each.name.text, isArchived: each.archive != nil)
                entry.current = each.current
                entry.retained = Int(own ?? shared ?? Retention.count.fallback) ?? entry.retained
                entry.releases = releases[each.id] ?? []
                entry.built = built[each.id.text] ?? []
                claims.apps[each.id.text] = entry
            }
            for instance in try PsTable.allInstances(database) {
                claims.apps[instance.app.text]?.instances[instance.id] = instance.release
            }
            claims.operations = Set(try OperationsTable.allRunning(database).map { "\($0.id)" })
            claims.gone = try AppsTable.gone(database)
            return claims
        }
    }
}
