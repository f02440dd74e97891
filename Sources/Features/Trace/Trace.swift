import Core
import Store

extension Feature {
    /// What the program asks of others, for who looks for a fault.
    static let trace = Feature(
        "trace",
        "What the program asks of others, for who looks for a fault",
        commands: TraceCommands.all
    )
}

/// `--trace` for every command of everybody, until it is turned off.
struct Trace: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// - Returns: False when it is so already.
    func turn(on isOn: Bool) async throws -> Bool {
        let name = isOn ? "trace:on" : "trace:off"
        let event = Event(name, "for all commands", by: host)
        return try await host.store.write { database in
            guard try HostTable.isOn(.trace, database) != isOn else { return false }
            try HostTable.turn(.trace, on: isOn, database)
            try HostTable.record(event, database)
            return true
        }
    }
}
