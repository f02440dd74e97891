import Core
import Files
import Store

/// Pins and blocks: what people know of a release that the machine does not.
extension Releases {
    /// Keeps the image of a release from retention.
    ///
    /// Takes the app's lock, because retention runs under it: an image that is there now stays.
    /// - Returns: False when it is pinned already.
    /// - Throws: ``Failure`` with code ``FailureCode/unchangeable`` when it has no image to keep.
    func pin(_ number: Int, of app: App) async throws -> Bool {
        let lock = try await Operations(on: host).take(app, waiting: .seconds(60))
        defer { lock.release() }
        let release = try await find(number, of: app)
        if release.isPinned { return false }
        try refuseNeverLive(release, app, to: "pinned")
        try await requireImage(of: release, app, to: "pinned")
        let event = event(app, "releases:pin", release.name)
        try await host.store.write { database in
            try ReleasesTable.setPinned(true, number, of: app.id, database)
            try HostTable.record(event, database)
        }
        return true
    }

    /// Lets retention have the image; it goes with a later deploy, once it is old.
    ///
    /// - Returns: False when it is not pinned.
    func unpin(_ number: Int, of app: App) async throws -> Bool {
        let release = try await find(number, of: app)
        guard release.isPinned else { return false }
        let event = event(app, "releases:unpin", release.name)
        try await host.store.write { database in
            try ReleasesTable.setPinned(false, number, of: app.id, database)
            try HostTable.record(event, database)
        }
        return true
    }

    /// From now on nobody goes back to this release; one that serves goes on serving.
    ///
    /// - Returns: False when it is blocked with these very words.
    func block(_ number: Int, of app: App, because reason: BlockReason) async throws -> Bool {
        let release = try await find(number, of: app)
        let words = "\(reason.text) (\(host.caller.name))"
        if release.blocked == words { return false }
        try await write(words, number, app, event(app, "releases:block", "\(release.name): \(reason.text)"))
        return true
    }

    /// - Returns: False when it is not blocked.
    func unblock(_ number: Int, of app: App) async throws -> Bool {
        let release = try await find(number, of: app)
        guard release.blocked != nil else { return false }
        try await write(nil, number, app, event(app, "releases:unblock", release.name))
        return true
    }

    private func write(_ words: String?, _ number: Int, _ app: App, _ event: Event) async throws {
        try await host.store.write { database in
            try ReleasesTable.setBlocked(words, number, of: app.id, database)
            try HostTable.record(event, database)
        }
    }

    private func event(_ app: App, _ name: String, _ detail: String) -> Event {
        Event(name, detail, of: app, by: host)
    }
}

/// Why a release is blocked, in a person's words.
struct BlockReason: Sendable, Equatable {
    let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    init(_ words: [String]) throws(Failure) {
        let text = cleaned(words.joined(separator: " "), keepTabs: false).trimmed
        guard !text.isEmpty else {
            throw Failure(.usage, "Please say why the release is blocked", fix: "releases:block APP v12 loses orders")
        }
        guard text.count <= 200 else { throw .malformed("the reason has more than 200 characters") }
        self.text = text
    }
}
