import Core
import GRDB
import Proxying
import Store

/// Gives out the addresses of the instance's network: one instance, one address, from its first moment to its last.
struct Addresses: Sendable {
    let subnet: String
    /// Knows how long an address is still held in a worker's memory; nil knows nothing.
    var proxy: (any Proxy)?

    /// How long nobody else gets an address where it cannot be known whether an nginx worker still holds it.
    static let rest: Duration = .seconds(3600)

    /// `count` addresses that no instance has: never used ones first, then those that have rested longest.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/noAddress``.
    func choose(_ count: Int, at now: Timestamp, _ database: Database) throws -> [String] {
        guard count > 0 else { return [] }
        guard let network = Subnet(subnet) else { throw Failure(.noSubnet, "\(quoted(subnet)) is no network") }
        let used = try PsTable.addressesInUse(database)
        let freed = try PsTable.freedAddresses(database)
        let free = network.reservable.filter { !used.contains($0) }
        let fresh = free.filter { freed[$0] == nil }
        if fresh.count >= count { return Array(fresh.prefix(count)) }
        let all = fresh + rested(free.compactMap { address in freed[address].map { (address, $0) } }, at: now)
        guard all.count >= count else {
            throw Failure(
                .noAddress,
                "no address is free for another instance",
                why:
                    "\(used.count) are in use and \(free.count - all.count) still rest, of \(network.reservable.count)",
                fix: "scale something down, or wait until drained instances have left"
            )
        }
        return Array(all.prefix(count))
    }

    /// Those that no worker holds any more, longest freed first.
    private func rested(_ freed: [(address: String, freed: FreedAddress)], at now: Timestamp) -> [String] {
        var heldFrom = Int.max
        return freed.sorted { $0.freed.at < $1.freed.at }.filter { _, freed in
            // Whatever was given up later than what is held is held too.
            if let generation = freed.generation, generation >= heldFrom { return false }
            guard isHeld(freed, at: now) else { return true }
            heldFrom = min(heldFrom, freed.generation ?? .max)
            return false
        }.map(\.address)
    }

    private func isHeld(_ freed: FreedAddress, at now: Timestamp) -> Bool {
        if let generation = freed.generation, let held = try? proxy?.hasWorkers(olderThan: generation) { return held }
        return now - freed.at <= Self.rest
    }
}

/// When an address was given up.
struct FreedAddress: Sendable {
    var at: Timestamp
    /// What the proxy was told last by then; nil where it has no numbers for that.
    var generation: Int?
}
