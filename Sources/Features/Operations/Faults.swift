import Core
import Files
import Glibc

/// Named places at which a test build can be made to die, stop or wait; a release build has none.
///
/// The file `faults` in the root holds lines `POINT ACTION`; sshd passes no environment, so a file it is. A line is used
/// once. Actions: `kill`, `stop` (SIGSTOP), `fail`, `delay SECONDS`.
enum Faults {
    static func pass(_ point: String, _ host: Host) async throws {
        #if FAULTS
        guard let bytes = try readFile(host.paths.faults), !bytes.isEmpty else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        guard let index = lines.firstIndex(where: { $0.hasPrefix(point + " ") }) else { return }
        var rest = lines
        let words = rest.remove(at: index).split(separator: " ").dropFirst().map(String.init)
        try writeFile(host.paths.faults, Array((rest.joined(separator: "\n") + "\n").utf8))
        switch words.first {
        // To this very thread: by `kill` another one may take the signal, and this one would run on for a while.
        case "kill": raise(SIGKILL)
        case "stop": raise(SIGSTOP)
        case "fail": throw Failure(.bug, "planted fault at \(point)")
        case "delay": try await host.time.clock.sleep(for: .milliseconds(Int((Double(words.last ?? "") ?? 1) * 1000)))
        default: return
        }
        #endif
    }
}
