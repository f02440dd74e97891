import Core
import Files
import Synchronization
import SystemPackage

/// The whole log of a build, line by line, capped.
final class BuildLog: Sendable {
    static let limit = 10 << 20
    private let path: FilePath
    private let state = Mutex<(bytes: [UInt8], written: Int)>(([], 0))

    init(path: FilePath) {
        self.path = path
        try? makeFolder(path.removingLastComponent())
    }

    func add(_ line: String) {
        state.withLock { state in
            guard state.written < Self.limit else { return }
            state.bytes += Array((cleaned(line) + "\n").utf8)
            if state.bytes.count > 16 << 10 { flush(&state) }
        }
    }

    func close() { state.withLock { flush(&$0) } }

    deinit { close() }

    /// A log that cannot be written must not fail a build.
    private func flush(_ state: inout (bytes: [UInt8], written: Int)) {
        try? appendToFile(path, state.bytes)
        state.written += state.bytes.count
        state.bytes = []
    }
}
