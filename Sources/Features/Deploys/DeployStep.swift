import Core

/// The steps of everything that changes what an app runs, in order.
enum DeployStep: String, StepName {
    case build, release, start, ready
    case switchOver = "switch"
    case live, refs, names

    var orphan: OrphanRule {
        switch self {
        case .build: .undone(because: "the engine ends a build when its client is gone; the old release serves")
        case .release: .undone(because: "a release that never started is marked failed; its command is not repeated")
        case .start, .ready:
            .undone(because: "nobody was sent to any newcomer yet; all are removed, and what ended for them runs again")
        case .switchOver:
            .undone(because: "nginx may have either; it is told the old instances again, which run")
        case .live: .finished(because: "nginx serves the newcomers, so the rows and the rest follow")
        case .refs: .finished(because: "the release is live; the branch is moved to it")
        case .names: .finished(because: "the release is live; only names of containers are left")
        }
    }
}

/// What a deploy is asked to do.
struct DeployOrder: Sendable {
    /// Where the image comes from.
    enum Origin: Sendable {
        /// Built from a commit of the app's repository.
        case commit(Revision, subject: String)
        /// The image and facts of a release that exists.
        case release(Release)
        /// The same release once more: fresh instances, no new number.
        case same(Release)
    }

    var origin: Origin
    /// The settings of the new release, which become the draft once it is live; nil takes the draft as it is.
    var settings: Settings?
    /// The branch that moves to the commit, once live.
    var branch: String?
    /// Numbers of processes asked for with this change; they become the formation once live.
    var scale: [ProcessType: Int] = [:]
    /// Only instances of these types are started anew; nil is all.
    var only: Set<ProcessType>?
    /// Only this instance is started anew, by its name; nil is all.
    var instance: String?
    /// Instances that are there and wanted stay; only missing ones are started.
    var keepsRunning = false
    /// `git-push`, `git:sync`, `config-redeploy`, ...: what plugins and lists of builds are told.
    var source: String
    var reason: String
    var basis: Int?
    /// `name@sha256:...` of the image that the source is made from, where it came from a registry.
    var digest: String?

    /// Whether it is a rollback: what an older release was is made again, plugins' options included.
    var repeatsOld: Bool { source == "rollback" }
}
