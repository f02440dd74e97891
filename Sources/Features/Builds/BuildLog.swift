import Core
import Files
import Synchronization
import SystemPackage

/// The whole log of a build, line by line, capped.
final class BuildLog: Sendable {
    static let limit = 10 << 20
    private let path: FilePath
    /// Whoever follows a build reads the file; nobody waits longer than this for a line.
    private static let pause = Duration.seconds(1)
    private let state = Mutex<(bytes: [UInt8], written: Int, flushed: ContinuousClock.Instant)>(([], 0, .now))

    init(path: FilePath) {
        self.path = path
        try? makeFolder(path.removingLastComponent())
    }

    func add(_ line: String) {
        state.withLock { state in
            guard state.written < Self.limit else { return }
            state.bytes += Array((cleaned(line) + "\n").utf8)
            let isDue = ContinuousClock.now - state.flushed > Self.pause
            if isDue || state.bytes.count > 16 << 10 { flush(&state) }
        }
    }

    func close() { state.withLock { flush(&$0) } }

    deinit { close() }

    /// A log that cannot be written must not fail a build.
    private func flush(_ state: inout (bytes: [UInt8], written: Int, flushed: ContinuousClock.Instant)) {
        try? appendToFile(path, state.bytes)
        state.written += state.bytes.count
        (state.bytes, state.flushed) = ([], .now)
    }
}
