import FoundationEssentials
import NIOHTTP1

/// What a container has used since it started, and uses now; two samples make a rate.
package struct ContainerStats: Equatable, Sendable {
    /// Processor time in nanoseconds, of all processors together.
    package var cpu: UInt64 = 0
    /// Processor time of the whole machine in nanoseconds.
    package var systemCPU: UInt64 = 0
    package var onlineCPUs = 0
    /// Time in nanoseconds for which the CPU limit held it back.
    package var throttled: UInt64 = 0
    /// Bytes, without the file cache that would be given up at once.
    package var memory: UInt64 = 0
    package var memoryLimit: UInt64 = 0
    package var pids = 0
    /// Bytes over all networks.
    package var received: UInt64 = 0
    package var sent: UInt64 = 0
    /// Bytes from and to block devices.
    package var read: UInt64 = 0
    package var written: UInt64 = 0

    package init() {}
}

extension Engine {
    /// One sample; all zero for a container that does not run.
    package func stats(_ container: String) async throws -> ContainerStats {
        let request = Request(
            .GET,
            "/containers/\(Request.segment(container))/stats",
            query: ["stream": "false", "one-shot": "true"]
        )
        return try await transport.call(request).decoded(StatsAnswer.self).stats
    }
}

private struct StatsAnswer: Decodable {
    let cpu: CPU?
    let memory: Memory?
    let pids: Pids?
    let networks: [String: Traffic]?
    let blocks: Blocks?

    struct CPU: Decodable {
        let usage: Usage?
        let system: UInt64?
        let online: Int?
        let throttling: Throttling?

        struct Usage: Decodable {
            let total: UInt64?
            let perCPU: [UInt64]?

            private enum CodingKeys: String, CodingKey {
                case total = "total_usage"
                case perCPU = "percpu_usage"
            }
        }

        struct Throttling: Decodable {
            let time: UInt64?

            private enum CodingKeys: String, CodingKey { case time = "throttled_time" }
        }

        private enum CodingKeys: String, CodingKey {
            case usage = "cpu_usage"
            case system = "system_cpu_usage"
            case online = "online_cpus"
            case throttling = "throttling_data"
        }
    }

    struct Memory: Decodable {
        let usage: UInt64?
        let limit: UInt64?
        let details: Details?

        struct Details: Decodable {
            let inactiveFile: UInt64?
            let totalInactiveFile: UInt64?

            private enum CodingKeys: String, CodingKey {
                case inactiveFile = "inactive_file"
                case totalInactiveFile = "total_inactive_file"
            }
        }

        private enum CodingKeys: String, CodingKey {
            case usage, limit
            case details = "stats"
        }
    }

    struct Pids: Decodable { let current: Int? }

    struct Traffic: Decodable {
        let received: UInt64?
        let sent: UInt64?

        private enum CodingKeys: String, CodingKey {
            case received = "rx_bytes"
            case sent = "tx_bytes"
        }
    }

    struct Blocks: Decodable {
        let entries: [Entry]?

        struct Entry: Decodable {
            let op: String
            let value: UInt64
        }

        private enum CodingKeys: String, CodingKey { case entries = "io_service_bytes_recursive" }

        /// The engine writes `Read` under cgroup v1 and `read` under v2.
        func sum(_ operation: String) -> UInt64 {
            (entries ?? []).filter { $0.op.lowercased() == operation }.reduce(0) { $0 &+ $1.value }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case cpu = "cpu_stats"
        case memory = "memory_stats"
        case pids = "pids_stats"
        case networks
        case blocks = "blkio_stats"
    }

    var stats: ContainerStats {
        var stats = ContainerStats()
        stats.cpu = cpu?.usage?.total ?? 0
        stats.systemCPU = cpu?.system ?? 0
        stats.onlineCPUs = cpu?.online ?? cpu?.usage?.perCPU?.count ?? 0
        stats.throttled = cpu?.throttling?.time ?? 0
        let usage = memory?.usage ?? 0
        let cache = memory?.details?.totalInactiveFile ?? memory?.details?.inactiveFile ?? 0
        stats.memory = usage > cache ? usage - cache : 0
        stats.memoryLimit = memory?.limit ?? 0
        stats.pids = pids?.current ?? 0
        stats.received = (networks ?? [:]).values.reduce(0) { $0 &+ ($1.received ?? 0) }
        stats.sent = (networks ?? [:]).values.reduce(0) { $0 &+ ($1.sent ?? 0) }
        stats.read = blocks?.sum("read") ?? 0
        stats.written = blocks?.sum("write") ?? 0
        return stats
    }
}
