/// What a container may use at most; what is nil has no limit, or keeps the one it has in an update.
package struct Limits: Hashable, Sendable {
    /// Bytes.
    package var memory: Int64?
    /// Bytes of memory and swap together; -1 is unlimited swap.
    package var memorySwap: Int64?
    /// Bytes that stay when memory gets short.
    package var memoryReservation: Int64?
    /// Billionths of a processor: 500_000_000 is half of one.
    package var nanoCPUs: Int64?
    /// Processes and threads.
    package var pids: Int64?

    package init(
        memory: Int64? = nil,
        memorySwap: Int64? = nil,
        memoryReservation: Int64? = nil,
        nanoCPUs: Int64? = nil,
        pids: Int64? = nil
    ) {
        self.memory = memory
        self.memorySwap = memorySwap
        self.memoryReservation = memoryReservation
        self.nanoCPUs = nanoCPUs
        self.pids = pids
    }

    /// In the engine's spelling, as members of a HostConfig or of an update.
    var members: [String: JSON] {
        let all: [(String, Int64?)] = [
            ("Memory", memory), ("MemorySwap", memorySwap), ("MemoryReservation", memoryReservation),
            ("NanoCpus", nanoCPUs), ("PidsLimit", pids),
        ]
        return all.reduce(into: [:]) { members, pair in members[pair.0] = pair.1.map(JSON.number) }
    }
}
