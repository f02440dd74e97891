import Glibc

/// A pipe within this process that neither end blocks on.
final class Pipe: Sendable {
    let outlet: Int32
    let inlet: Int32

    init() throws(TerminalError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .noPipe(errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (outlet, inlet) = (ends[0], ends[1])
    }

    deinit {
        close(outlet)
        close(inlet)
    }

    /// Makes the outlet readable for good.
    func signal() {
        var byte: UInt8 = 0
        _ = write(inlet, &byte, 1)
    }

    func drain() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(outlet, &buffer, buffer.count)
        return count > 0 ? Array(buffer[..<count]) : []
    }
}
