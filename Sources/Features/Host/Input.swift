import Core
import Glibc

/// Standard input.
package enum Input {
    /// A person types there.
    package static var isTerminal: Bool { isatty(0) == 1 }

    /// All of it.
    ///
    /// - Throws: ``Failure`` when it is longer than `limit` bytes.
    package static func read(limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            if bytes.count > limit {
                throw Failure.malformed("standard input is longer than \(byteWords(Int64(limit)))")
            }
        }
    }
}
