import Core
import Store

/// The two lists of process types whose checks or whose zero downtime are off.
struct CheckLists: Sendable {
    static let every = "_all_"

    let host: Host

    init(on host: Host) { self.host = host }

    /// Adds types to one list and takes them off the other; nil takes them off both.
    ///
    /// Off a list that holds every one, a type is taken by naming the others: those of the current release,
    /// and of the numbers that were asked for where there is none yet.
    /// - Returns: False when that is so already.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    func move(_ text: String?, of app: App, to target: Property?) async throws -> Bool {
        let types = try Self.types(text)
        let known = try await known(of: app)
        let lists = [Checks.disabled, Checks.skipped]
        let event = Event(
            "checks:\(target.map { $0.name == Checks.disabled.name ? "disable" : "skip" } ?? "enable")",
            types.sorted().joined(separator: ","),
            of: app,
            by: host
        )
        return try await host.store.write { database in
            var changed = false
            for list in lists {
                let before = try PropertiesTable.value("checks", list.name, app.id, database) ?? ""
                let after = Self.after(Checks.types(before), types, isTarget: list.name == target?.name, known)
                let text = after.sorted().joined(separator: ",")
                guard text != before else { continue }
                changed = true
                try PropertiesTable.set("checks", list.name, app.id, to: text.isEmpty ? nil : text, database)
            }
            if changed { try HostTable.record(event, database) }
            return changed
        }
    }

    private static func after(_ present: Set<String>, _ types: Set<String>, isTarget: Bool, _ known: Set<String>)
        -> Set<String>
    {
        if isTarget { return types.contains(every) || present.contains(every) ? [every] : present.union(types) }
        if types.contains(every) { return [] }
        return (present.contains(every) ? known : present).subtracting(types)
    }

    private func known(of app: App) async throws -> Set<String> {
        if let release = try await Releases(on: host).current(of: app) {
            return Set(Formation(asked: [:], facts: release.facts).types.map(\.text))
        }
        return Set(try await Ps(on: host).asked(of: app).keys.map(\.text) + [ProcessType.web.text])
    }

    private static func types(_ text: String?) throws -> Set<String> {
        let words = (text ?? every).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return Set(try words.map { $0 == every ? every : try ProcessType($0).text })
    }
}
