import Core
import Engine
import Plugins
import Probes
import Store
import SystemPackage

/// How full the disks are that builds and state lie on, and what follows from it.
struct Watermarks: Sendable {
    struct Place: Sendable, Equatable {
        var path: String
        var space: FreeSpace
    }

    /// Between two warnings of the same thing.
    private static let pause = Duration.seconds(24 * 3600)

    let host: Host

    init(on host: Host) { self.host = host }

    /// Our root, and where the engine keeps everything; a place that cannot be seen from here is left out.
    func places() async -> [Place] {
        let engine = try? await host.engine.info().root
        return [host.paths.root.string, engine ?? ""].filter { !$0.isEmpty }.compactMap { path in
            host.probes.space(path).map { Place(path: path, space: $0) }
        }
    }

    private func fullest() async -> Place? { await places().max { $0.space.usedPercent < $1.space.usedPercent } }

    private func limit(_ property: Property) async throws -> Int {
        Int(try await Properties("disk", on: host).effective(property, of: nil)) ?? 100
    }

    /// Cleans up once there is little room, and says so when that was not enough.
    ///
    /// - Returns: What was removed; nil when there was room.
    func watch() async throws -> Freed? {
        guard let first = await fullest() else { return nil }
        var freed: Result<Freed?, any Error> = .success(nil)
        if first.space.usedPercent >= (try await limit(Disk.collectAt)) {
            // Where nothing can be cleaned up there is the more reason to warn.
            do { freed = .success(try await Cleaning(on: host).run()) } catch { freed = .failure(error) }
        }
        guard let now = await fullest(), now.space.usedPercent >= (try await limit(Disk.warnAt)) else {
            try await forget()
            return try freed.get()
        }
        try await warn(now)
        return try freed.get()
    }

    private func warn(_ place: Place) async throws {
        let moment = host.time.now()
        let last = try await host.store.read { try HostTable.moment("disk-warned", $0) }
        // A clock that was set back must not silence it.
        if let last, last <= moment, moment - last < Self.pause { return }
        let words = try await words(place)
        let event = Event(at: moment, app: nil, caller: host.caller.name, name: "disk:warning", detail: words)
        try await host.store.write { database in
            try HostTable.setMoment("disk-warned", to: moment, database)
            try HostTable.record(event, database)
        }
        host.output.warn(words)
        await Hooks(on: host).tell(.diskLow, ["\(place.space.usedPercent)", place.path])
    }

    private func forget() async throws {
        guard try await host.store.read({ try HostTable.moment("disk-warned", $0) })?.milliseconds ?? 0 > 0 else {
            return
        }
        try await host.store.write { try HostTable.setMoment("disk-warned", to: Timestamp(milliseconds: 0), $0) }
    }

    private func words(_ place: Place) async throws -> String {
        let refuse = try await limit(Disk.refuseAt)
        return "\(place.path) is \(place.space.usedPercent) % full, \(byteWords(place.space.free)) are free; "
            + "from \(refuse) % on nothing is built"
    }

    private static func excerpt(_ report: DiskReport) -> Failure.Excerpt {
        guard !report.freeable.isEmpty else { return .init(title: "what uses the space:", lines: report.largest) }
        return .init(
            title: "what disk:clean would remove:",
            lines: report.freeableLines + ["and what uses the space:"] + report.largest
        )
    }

    /// Refuses a build that would fill the disk for everybody.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/diskFull`` that says what uses the space and what may go.
    func refuseBuild() async throws {
        let refuse = try await limit(Disk.refuseAt)
        guard let place = await fullest(), place.space.usedPercent >= refuse else { return }
        // Counting may take minutes on a large engine; nobody waits for it here.
        let host = host
        let report = try? await withTimeout(.seconds(10)) { try await Disk(on: host).report() }
        let freeable = report.map { "frees up to \(byteWords($0.freeableBytes))" } ?? "frees what nothing needs"
        throw Failure(
            .diskFull,
            "there is no room for a build: \(place.path) is \(place.space.usedPercent) % full",
            why: "\(byteWords(place.space.free)) are free; from \(refuse) % on nothing is built",
            fix:
                "\(host.settings.command("disk:clean")) \(freeable); \(host.settings.command("disk")) shows who uses what",
            excerpt: report.map(Self.excerpt)
        )
    }
}
