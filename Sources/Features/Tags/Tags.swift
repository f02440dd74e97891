import Core
import Files
import Store

extension Feature {
    /// Names for images of releases.
    static let tags = Feature(
        "tags",
        "Names for the images of releases",
        commands: TagsCommands.all,
        migrations: TagsTable.migrations
    )
}

/// What can be done with tags.
///
/// A tag names a release: deploying it is going back to that release.
struct Tags: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func all(of app: App) async throws -> [Tag] { try await host.store.read { try TagsTable.all(of: app.id, $0) } }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func find(_ name: String, of app: App) async throws -> Tag {
        guard let tag = try await all(of: app).first(where: { $0.name == name }) else {
            throw Failure(
                .notFound,
                "\(app.name) has no tag \(quoted(name))",
                fix: "slipway tags \(app.name) lists those it has"
            )
        }
        return tag
    }

    /// Names a release, the current one without a number, and keeps its image.
    ///
    /// Takes the app's lock, because retention runs under it: an image that is there now stays.
    /// - Returns: The release, and whether the tag is new.
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when another release has this tag.
    func create(_ name: TagName, _ number: Int?, of app: App, shelf: ImageShelf? = nil) async throws -> (Int, Bool) {
        var releases = Releases(on: host)
        if let shelf { releases.shelf = shelf }
        let lock = try await Operations(on: host).take(app, waiting: .seconds(60))
        defer { lock.release() }
        let fresh = try await Apps(on: host).find(app.id)
        guard let number = number ?? fresh.current else { throw Failure.notDeployed(app) }
        let release = try await releases.find(number, of: app)
        if let present = try await all(of: app).first(where: { $0.name == name.text }) {
            if present.release == number { return (number, false) }
            throw Failure(
                .taken,
                "the tag \(name.text) of \(app.name) is v\(present.release) already",
                fix: "slipway tags:destroy \(app.name) \(name.text)"
            )
        }
        try releases.refuseNeverLive(release, app, to: "tagged")
        try await releases.requireImage(of: release, app, to: "tagged")
        let tag = Tag(name: name.text, release: number, createdAt: host.time.now(), pins: !release.isPinned)
        let event = event(app, "tags:create", "\(name.text) is \(release.name)")
        try await host.store.write { database in
            try TagsTable.insert(tag, of: app.id, database)
            try ReleasesTable.setPinned(true, number, of: app.id, database)
            try HostTable.record(event, database)
        }
        return (number, true)
    }

    /// Takes a tag away; the image may go once it is old, unless something else keeps it.
    func destroy(_ name: String, of app: App) async throws -> Tag {
        let tag = try await find(name, of: app)
        let event = event(app, "tags:destroy", "\(name) was v\(tag.release)")
        try await host.store.write { database in
            try TagsTable.delete(name, of: app.id, database)
            let others = try TagsTable.all(of: app.id, database).filter { $0.release == tag.release }
            if tag.pins, others.isEmpty { try ReleasesTable.setPinned(false, tag.release, of: app.id, database) }
            if tag.pins { try TagsTable.inherit(tag.release, of: app.id, database) }
            try HostTable.record(event, database)
        }
        return tag
    }

    private func event(_ app: App, _ name: String, _ detail: String) -> Event {
        Event(name, detail, of: app, by: host)
    }
}
