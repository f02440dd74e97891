import Core
import Store

extension Feature {
    /// What happened on this host, and who did it.
    static let events = Feature("events", "What happened on this host, and who did it", commands: EventsCommands.all)
}

/// What can be asked of the events; every noun writes them, in the transaction of what they tell.
struct Events: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func isOn() async throws -> Bool { try await host.store.read { try HostTable.isOn(.events, $0) } }

    /// - Returns: False when it is so already.
    func turn(on isOn: Bool) async throws -> Bool {
        let event = Event(
            isOn ? "events:on" : "events:off",
            isOn ? "written down again" : "not written down from now on",
            by: host
        )
        return try await host.store.write { database in
            guard try HostTable.isOn(.events, database) != isOn else { return false }
            try HostTable.turn(.events, on: isOn, database)
            try HostTable.record(event, database)
            return true
        }
    }

    /// The newest, the last one at the end.
    func last(_ count: Int, of app: App?, after: Int64 = 0) async throws -> [WrittenEvent] {
        try await host.store.read { try HostTable.events(of: app?.id, after: after, limit: count, $0) }
    }

    /// The kinds that were ever written.
    func names() async throws -> [String] { try await host.store.read { try HostTable.eventNames($0) } }

    /// Hands out what comes, until the task is cancelled or `take` throws.
    func follow(of app: App?, after last: Int64, _ take: (WrittenEvent) throws -> Void) async throws {
        var seen = last
        while true {
            for event in try await self.last(1000, of: app, after: seen) {
                try take(event)
                seen = event.id
            }
            try await host.time.clock.sleep(for: .milliseconds(500))
        }
    }
}
