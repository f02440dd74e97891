import Building
import Core
import Scheduling
import Store

extension Feature {
    /// What instances may use.
    static let resource = Feature(
        "resource",
        "How much memory and processor an app may use",
        commands: ResourceCommands.all,
        migrations: ResourceTable.migrations,
        collect: { settings, app, host in settings.limits = try await Resource(on: host).all(of: app) },
        restore: { settings, app, database in try ResourceTable.replace(app.id, with: settings.limits, database) },
        report: { app, source in
            guard let app else { return [] }
            return Resource.report(try ResourceTable.all(of: app.id, source.database))
        }
    )
}

/// What can be done with limits and reservations; they are part of the draft and reach instances with the next release.
struct Resource: Sendable {
    /// The key for process types without an amount of their own.
    static let fallback = "_default_"

    let host: Host

    init(on host: Host) { self.host = host }

    /// By process type; ``fallback`` for the rest.
    func all(of app: App) async throws -> [String: WorkloadLimits] {
        try await host.store.read { try ResourceTable.all(of: app.id, $0) }
    }

    /// Changes the amounts of one process type.
    ///
    /// - Returns: Whether anything is different now.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` when the amounts do not go together.
    func change(
        _ app: App,
        _ type: String,
        _ verb: String,
        _ edit: @escaping @Sendable (inout WorkloadLimits) throws -> Void
    ) async throws -> Bool {
        let (now, caller) = (host.time.now(), host.caller.name)
        return try await host.store.write { database in
            let old = try ResourceTable.all(of: app.id, database)
            var new = old
            var limits = old[type] ?? WorkloadLimits()
            try edit(&limits)
            new[type] = limits == WorkloadLimits() ? nil : limits
            if new == old { return false }
            for (name, own) in new { try Self.check(own.filled(from: new[Self.fallback]), of: name) }
            try ResourceTable.replace(app.id, with: new, database)
            let words = ResourceKey.all.compactMap { key in key.text(limits).map { "\(key.name) \($0)" } }
            let detail = "\(type): \(words.isEmpty ? "none" : words.joined(separator: ", "))"
            try HostTable.record(Event(at: now, app: app, caller: caller, name: verb, detail: detail), database)
            return true
        }
    }

    /// What the engine would refuse at the next deploy is refused here.
    private static func check(_ limits: WorkloadLimits, of type: String) throws {
        if let swap = limits.memorySwap, swap != -1 {
            guard let memory = limits.memory else {
                throw Failure.malformed(
                    "memory-swap of \(type) has no memory to go with",
                    fix: "set --memory too: memory-swap is both together"
                )
            }
            guard swap >= memory else {
                throw Failure.malformed(
                    "memory-swap of \(type) is less than its memory",
                    fix: "memory-swap is memory and swap together: at least \(ResourceAmount.text(memory: memory))"
                )
            }
        }
        if let reserved = limits.memoryReservation, let memory = limits.memory, reserved > memory {
            throw Failure.malformed(
                "\(type) reserves more memory than it may use",
                fix: "reserve at most \(ResourceAmount.text(memory: memory)), or raise the limit"
            )
        }
    }

    /// Dokku's keys: `web.limit.memory`.
    static func report(_ all: [String: WorkloadLimits]) -> [ReportLine] {
        all.merging([fallback: WorkloadLimits()]) { own, _ in own }.flatMap { type, limits in
            ResourceKey.all.map { ReportLine("\(type).\($0.kind.rawValue).\($0.name)", $0.text(limits) ?? "") }
        }
    }
}

extension Resource {
    /// Amounts of this name are for builds, which no process type has.
    static let build = "build"

    /// Tells a build what it may use; BuildKit passes over both.
    static func limit(_ request: inout BuildRequest, to limits: [String: WorkloadLimits]) {
        guard let own = limits[build] else { return }
        request.memory = own.memory
        if let swap = own.memorySwap { request.extra["memswap"] = ["\(swap)"] }
    }
}

extension WorkloadLimits {
    /// These amounts, and those of `other` where there are none.
    func filled(from other: WorkloadLimits?) -> WorkloadLimits {
        var copy = self
        copy.memory = memory ?? other?.memory
        copy.memorySwap = memorySwap ?? other?.memorySwap
        copy.memoryReservation = memoryReservation ?? other?.memoryReservation
        copy.nanoCPUs = nanoCPUs ?? other?.nanoCPUs
        copy.gpus = gpus ?? other?.gpus
        copy.noted = (noted ?? [:]).merging(other?.noted ?? [:]) { own, _ in own }.nilWhenEmpty
        return copy
    }
}

extension [String: String] {
    /// Nothing instead of an empty table.
    var nilWhenEmpty: [String: String]? { isEmpty ? nil : self }
}
