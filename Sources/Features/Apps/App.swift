package import Core

/// A row of the product: everything else hangs on its id.
package struct App: Sendable, Equatable {
    package let id: AppID
    /// An archived one has the name it had; that name may be another app's by now.
    package var name: AppName
    package var createdAt: Timestamp
    /// The release that serves, by number.
    package var current: Int?
    /// Nobody may deploy while this is set: who locked it, and the reason given.
    package var lock: String?
    /// Stopped on purpose: nothing starts it but `ps:start` or a deploy.
    package var isStopped: Bool
    /// It was destroyed, and may be brought back.
    package var archive: Archive?

    package init(
        id: AppID,
        name: AppName,
        createdAt: Timestamp,
        current: Int? = nil,
        lock: String? = nil,
        isStopped: Bool = false,
        archive: Archive? = nil
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.current = current
        self.lock = lock
        self.isStopped = isStopped
        self.archive = archive
    }
}

extension Failure {
    /// An app that takes no changes by a person's word.
    static func locked(_ app: App, _ reason: String) -> Failure {
        Failure(.locked, "\(app.name) is locked", why: reason, fix: "slipway apps:unlock \(app.name)")
    }

    static func taken(_ name: AppName, fix: String? = nil) -> Failure {
        Failure(.taken, "Name is already taken", why: "there is an app \(name)", fix: fix)
    }
}
