import Core
import Scheduling

/// What stands behind `--publish`: `[address:][host:]container[/transport]`, ports or ranges of the same length.
struct DockerPorts: Sendable, Equatable {
    private static let most = 100

    let all: [WorkloadPort]

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        let malformed = Failure.malformed(
            "\(quoted(text)) publishes nothing",
            fix: "write HOST:CONTAINER, ADDRESS:HOST:CONTAINER or CONTAINER, and /udp behind it for UDP"
        )
        let halves = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let transport = halves.count == 2 ? halves[1] : "tcp"
        guard (1...2).contains(halves.count), ["tcp", "udp", "sctp"].contains(transport) else { throw malformed }
        var rest = halves[0]
        var address: String?
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            address = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = String(rest[rest.index(after: end)...].drop { $0 == ":" })
        }
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3, address == nil { address = parts.removeFirst() }
        guard (1...2).contains(parts.count), let inside = Self.range(parts[parts.count - 1]) else { throw malformed }
        if let address { _ = try DockerValue.address(address) }
        let outside = parts.count == 2 && !parts[0].isEmpty ? Self.range(parts[0]) : nil
        guard parts.count == 1 || parts[0].isEmpty || outside != nil, outside.map({ $0.count == inside.count }) ?? true
        else { throw malformed }
        all = inside.enumerated().map { index, port in
            WorkloadPort(
                container: port,
                transport: transport,
                hostAddress: address,
                host: outside.map { $0[index] }
            )
        }
    }

    private static func range(_ text: String) -> [UInt16]? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first > 0,
            first <= last, Int(last) - Int(first) < most
        else { return nil }
        return Array(first...last)
    }
}
