import Core
import Store

/// The two lists of process types whose checks or whose zero downtime are off.
struct CheckLists: Sendable {
    static let every = "_all_"

    let host: Host

    init(on host: Host) { self.host = host }

    /// Adds types to one list and takes them off the other; nil takes them off both.
    ///
    /// - Returns: False when that is so already.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``; with ``FailureCode/unchangeable`` when one type is to
    ///   come off a list that holds every one.
    func move(_ text: String?, of app: App, to target: Property?) async throws -> Bool {
        let types = try Self.types(text)
        let lists = [Checks.disabled, Checks.skipped]
        let event = Event(
            at: host.time.now(),
            app: app,
            caller: host.caller.name,
            name: "checks:\(target.map { $0.name == Checks.disabled.name ? "disable" : "skip" } ?? "enable")",
            detail: types.sorted().joined(separator: ",")
        )
        return try await host.store.write { database in
            var changed = false
            for list in lists {
                let before = try PropertiesTable.value("checks", list.name, app.id, database) ?? ""
                let after = try Self.after(Checks.types(before), types, isTarget: list.name == target?.name, app)
                let text = after.sorted().joined(separator: ",")
                guard text != before else { continue }
                changed = true
                try PropertiesTable.set("checks", list.name, app.id, to: text.isEmpty ? nil : text, database)
            }
            if changed { try HostTable.record(event, database) }
            return changed
        }
    }

    private static func after(_ present: Set<String>, _ types: Set<String>, isTarget: Bool, _ app: App) throws
        -> Set<String>
    {
        if isTarget { return types.contains(every) || present.contains(every) ? [every] : present.union(types) }
        if types.contains(every) { return [] }
        guard !present.contains(every) else {
            throw Failure(
                .unchangeable,
                "checks of \(types.sorted().joined(separator: ", ")) cannot be changed alone",
                why: "what is set for \(app.name) is set for every process type",
                fix: "slipway checks:enable \(app.name), then name the types that differ"
            )
        }
        return present.subtracting(types)
    }

    private static func types(_ text: String?) throws -> Set<String> {
        let words = (text ?? every).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return Set(try words.map { $0 == every ? every : try ProcessType($0).text })
    }
}
