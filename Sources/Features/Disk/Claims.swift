/// What the rows say about what lies at the engine.
struct Claims: Sendable, Equatable {
    struct AppEntry: Sendable, Equatable {
        var name: String
        var isArchived = false
        /// The release that serves.
        var current: Int?
        /// How many good releases keep their image.
        var retained = 5
        /// The newest first.
        var releases: [ReleaseOutline] = []
        /// Whether somebody else may be changing the app: none of its images goes then.
        var isBusy = false
        /// Ids of images that builds have made on the way to a release's own.
        var built: Set<String> = []
        /// Releases of instances, by the instance's row.
        var instances: [String: Int] = [:]
    }

    /// Of this instance, as it stands in our label.
    var instance: String
    /// By their ids, archived ones too.
    var apps: [String: AppEntry] = [:]
    /// Ids of the operations that have not come to an end.
    var operations: Set<String> = []
    /// Ids of apps that were destroyed with all their data.
    var gone: Set<String> = []
}

extension Claims {
    /// Why images must stay, by their ids.
    ///
    /// References are counted by id, since a rollback or a changed setting makes a release of an image that is there,
    /// and a clone has one of another app's.
    func references() -> [String: String] {
        var reasons: [String: String] = [:]
        for app in apps.values where !app.isArchived {
            let releases = app.releases
            func keep(_ entries: [ReleaseOutline], _ reason: (ReleaseOutline) -> String) {
                for entry in entries { if let image = entry.image { reasons[image] = reason(entry) } }
            }
            keep(releases.good(keeping: app.retained)) {
                "v\($0.number) of \(app.name) is one of its last \(app.retained)"
            }
            keep(releases.filter(\.isPinned)) { "v\($0.number) of \(app.name) is pinned" }
            let running = Set(app.instances.values)
            keep(releases.filter { running.contains($0.number) }) { "v\($0.number) of \(app.name) has instances" }
            keep(releases.filter { $0.status == .pending }) {
                "v\($0.number) of \(app.name) is being deployed or waits to be started"
            }
            keep(releases.filter { $0.number == app.current }) { "v\($0.number) of \(app.name) serves" }
        }
        return reasons
    }

    /// Whether a row names this image.
    func knows(_ image: String) -> Bool {
        apps.values.contains { app in
            app.built.contains(image) || app.releases.contains { $0.image == image }
        }
    }

    /// The app and the release a name of ours stands for: `slipway-<instance>/<app id>:v<N>`.
    func owner(ofTag tag: String) -> (app: String, release: Int?)? {
        let prefix = "slipway-\(instance)/"
        guard tag.hasPrefix(prefix) else { return nil }
        let parts = tag.dropFirst(prefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return (String(parts[0]), parts[1].hasPrefix("v") ? Int(parts[1].dropFirst()) : nil)
    }
}
