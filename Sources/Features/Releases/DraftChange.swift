import Core
import FoundationEssentials
import GRDB
import Scheduling
import Store

/// What an operation makes of the draft: from how it found it to what it is to be.
///
/// People may change the draft while a release is on its way to live. What they changed meanwhile stays, unless the
/// operation changed the very same thing; then the operation's value holds, because that is what serves.
struct DraftChange: Sendable, Equatable {
    var found: Settings
    var wanted: Settings

    /// Takes the draft as ``text(of:)`` wrote it down; nil is of an operation that changes the whole of it.
    init(from text: String?, to wanted: Settings) throws {
        found = try text.map { try JSONDecoder().decode(Settings.self, from: Data($0.utf8)) } ?? Settings()
        self.wanted = wanted
    }

    /// A draft as the journal keeps it for whoever brings the operation to its end.
    static func text(of draft: Settings) throws -> String {
        String(decoding: try JSONEncoder().encode(draft), as: UTF8.self)
    }

    /// The draft as it is to be, out of the draft as it is by now.
    func applied(to now: Settings) -> Settings {
        var result = now
        result.config = Self.merge(now.config, found.config, wanted.config)
        result.inherited = Self.merge(now.inherited, found.inherited, wanted.inherited)
        result.limits = Self.merge(now.limits, found.limits, wanted.limits)
        result.options = Self.merge(now.options, found.options, wanted.options)
        result.ports = Self.merge(now.ports, found.ports, wanted.ports) { "\($0.scheme):\($0.host)" }
        result.mounts = Self.merge(now.mounts, found.mounts, wanted.mounts) {
            "\($0.target) \($0.phases) \($0.processes)"
        }
        // What plugins add belongs to one release, and to no draft.
        result.pluginOptions = now.pluginOptions
        result.dockerOptions = Self.merge(now.dockerOptions, found.dockerOptions, wanted.dockerOptions) {
            "\($0.phase) \($0.process?.text ?? "") \($0.text)"
        }
        return result
    }

    private static func merge<Key: Hashable, Value: Equatable>(
        _ now: [Key: Value],
        _ found: [Key: Value],
        _ wanted: [Key: Value]
    ) -> [Key: Value] {
        var result = now
        for key in Set(found.keys).union(wanted.keys) where found[key] != wanted[key] { result[key] = wanted[key] }
        return result
    }

    /// Lists in which two may not have the same place; those that were there keep their order.
    private static func merge<Element: Equatable>(
        _ now: [Element],
        _ found: [Element],
        _ wanted: [Element],
        by place: (Element) -> String
    ) -> [Element] {
        if now == found { return wanted }
        func byPlace(_ list: [Element]) -> [String: Element] { Dictionary(list.map { (place($0), $0) }) { $1 } }
        let merged = merge(byPlace(now), byPlace(found), byPlace(wanted))
        let order = now.map(place)
        return (order + wanted.map(place).filter { !order.contains($0) }).compactMap { merged[$0] }
    }
}

extension DraftChange? {
    /// The draft as it is to be, by what it is now; nil when the operation does not touch it.
    func draft(of app: App, _ host: Host) async throws -> DraftReading? {
        guard let self else { return nil }
        let version = try await host.store.dataVersion()
        return DraftReading(settings: self.applied(to: try await Releases(on: host).draft(of: app)), version: version)
    }
}

/// A draft, and the state of the database it was read from.
struct DraftReading: Sendable {
    /// Somebody has written since.
    struct Stale: Error {}

    let settings: Settings
    fileprivate let version: Int

    /// - Throws: ``Stale`` when another process has written since it was read; read it again then.
    func demandFresh(_ database: Database) throws {
        guard try Store.dataVersion(database) == version else { throw Stale() }
    }
}
