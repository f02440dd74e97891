package import Core
import Glibc

/// A TCP socket that waits for connections.
package struct ListeningSocket: Hashable, Sendable {
    /// Without brackets; IPv4 mapped into IPv6 is given as IPv4.
    package let address: String
    package let port: Port
    /// 127.0.0.0/8 or ::1: nobody outside the namespace reaches it.
    package let isLoopback: Bool
    /// 0.0.0.0 or ::, every address.
    package let isAny: Bool

    package init(address: String, port: Port, isLoopback: Bool, isAny: Bool) {
        self.address = address
        self.port = port
        self.isLoopback = isLoopback
        self.isAny = isAny
    }
}

/// The sockets that listen where process `pid` lives, without those of the engine's resolver.
func listeningSockets(of pid: Int32) throws -> Set<ListeningSocket> {
    guard let four = try slurp("/proc/\(pid)/net/tcp") else { throw ProbeError.noProcess(pid) }
    // A kernel without IPv6 has no such file.
    let six = try slurp("/proc/\(pid)/net/tcp6") ?? ""
    return parseListening(four).union(parseListening(six))
}

/// How many connections from outside process `pid`'s namespace are open to ports it listens on.
func openConnections(of pid: Int32) throws -> Int {
    guard let four = try slurp("/proc/\(pid)/net/tcp") else { throw ProbeError.noProcess(pid) }
    let six = try slurp("/proc/\(pid)/net/tcp6") ?? ""
    let ports = Set((parseListening(four).union(parseListening(six))).map(\.port.number))
    return countConnections(four, to: ports) + countConnections(six, to: ports)
}

/// Lines of connections to one of `ports` that somebody still waits on; same table as ``parseListening(_:)``.
///
/// Established ones (`01`) and those being made (`03`); of those our side has closed (`04`, `09`), the ones with bytes
/// that the other has not got yet: an answer that is lost when the instance ends.
func countConnections(_ table: String, to ports: Set<UInt16>) -> Int {
    table.split(separator: "\n").dropFirst().count { line in
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 4, let port = fields[1].split(separator: ":").last else { return false }
        let unsent = fields[4].prefix { $0 != ":" }
        let isOpen: Bool =
            switch fields[3] {
            case "01", "03": true
            case "04", "09": !unsent.allSatisfy { $0 == "0" }
            default: false
            }
        return isOpen && (UInt16(port, radix: 16).map(ports.contains) ?? false)
    }
}

/// Reads a table of `/proc/<pid>/net/tcp` or `tcp6` (proc_net_tcp.rst of the kernel).
///
/// Addresses are 32-bit words in the machine's byte order, ports are plain hexadecimal, state `0A` is LISTEN.
/// 127.0.0.11 is left out: there the engine answers names inside every container of a user network.
func parseListening(_ table: String) -> Set<ListeningSocket> {
    var result: Set<ListeningSocket> = []
    for line in table.split(separator: "\n").dropFirst() {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 3, fields[3] == "0A" else { continue }
        let halves = fields[1].split(separator: ":")
        guard halves.count == 2, let number = Int(halves[1], radix: 16), let port = try? Port(number),
            let bytes = addressBytes(halves[0])
        else { continue }
        let socket = ListeningSocket(bytes, port)
        if socket.address != "127.0.0.11" { result.insert(socket) }
    }
    return result
}

/// The address in network order: 4 or 16 bytes.
private func addressBytes(_ hexadecimal: Substring) -> [UInt8]? {
    guard hexadecimal.utf8.count == 8 || hexadecimal.utf8.count == 32 else { return nil }
    var bytes: [UInt8] = []
    var rest = hexadecimal
    while !rest.isEmpty {
        guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
        withUnsafeBytes(of: word) { bytes += Array($0) }
        rest = rest.dropFirst(8)
    }
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
    return bytes.count == 16 && bytes.starts(with: mapped) ? Array(bytes.suffix(4)) : bytes
}

extension ListeningSocket {
    fileprivate init(_ bytes: [UInt8], _ port: Port) {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &buffer, socklen_t(buffer.count))
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        self.init(
            address: String(decoding: text, as: UTF8.self),
            port: port,
            isLoopback: bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1],
            isAny: bytes.allSatisfy { $0 == 0 }
        )
    }
}

/// A file of `/proc`, which has no length; nil when it cannot be opened or its process ends while reading.
private func slurp(_ path: String) throws -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 { return nil }
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += buffer.prefix(count)
    }
}
