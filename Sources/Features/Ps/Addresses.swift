import Core
import GRDB
import Store

/// Gives out the addresses of the instance's network: one instance, one address, from its first moment to its last.
struct Addresses: Sendable {
    let subnet: String

    /// As long as any nginx worker may hold an address in memory, nobody else gets it.
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
        let rested = free.filter { freed[$0].map { now - $0 > Self.rest } ?? false }
            .sorted { (freed[$0] ?? now) < (freed[$1] ?? now) }
        let all = fresh + rested
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
}
