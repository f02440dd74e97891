import Core
import FoundationEssentials
import Glibc
import Support
import SystemPackage

// load PORT NAME RATE CONNECTIONS: presses http://NAME on a port of this machine with RATE requests a second over
// CONNECTIONS kept-alive connections until standard input ends, then prints what became of them as JSON.

let words = Array(CommandLine.arguments.dropFirst())
if ["firing", "program"].contains(words.first) { exit(try await Firing.run(words) ? 0 : 2) }
guard words.count == 4, let port = Int(words[0]), let rate = Double(words[2]), let connections = Int(words[3]) else {
    _ = try FileDescriptor.standardError.writeAll("usage: load PORT NAME RATE CONNECTIONS\n".utf8)
    exit(2)
}
let address = WebAddress(host: words[1], port: port)
let (_, tallies) = try await under([Load(address, connections: connections, rate: rate)]) {
    while !isAtEnd() { try await Task.sleep(for: .milliseconds(20)) }
}
let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys]
for tally in tallies { _ = try FileDescriptor.standardOutput.writeAll(Array(try encoder.encode(tally)) + [10]) }

/// Whether the other end of standard input is closed; what it sends meanwhile is thrown away.
func isAtEnd() -> Bool {
    var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, 0) > 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 4096)
    return read(0, &buffer, buffer.count) <= 0
}
