import Core
import Repositories
import SystemPackage

/// The parts of a commit in a tar file on disk, read as they are asked for, and some files on top.
struct ArchiveParts: AsyncSequence, Sendable {
    typealias Element = TreePart

    let path: FilePath
    var extra: [(path: String, bytes: [UInt8])] = []

    private let limits: ArchiveLimits

    init(path: FilePath, within limits: ArchiveLimits) {
        self.path = path
        self.limits = limits
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(path: path, extra: extra, within: limits) }

    struct AsyncIterator: AsyncIteratorProtocol {
        private static let piece = 256 << 10

        private let path: FilePath
        private var extra: [(path: String, bytes: [UInt8])]
        private var offset: Int64 = 0
        private var isRead = false
        private var reader = TarReader()
        private var entries: ArchiveEntries
        /// In reverse, because the last of an array is the cheap one to take.
        private var ready: [TreePart] = []

        init(path: FilePath, extra: [(path: String, bytes: [UInt8])], within limits: ArchiveLimits) {
            entries = ArchiveEntries(within: limits)
            self.path = path
            self.extra = extra
        }

        mutating func next() async throws -> TreePart? {
            while ready.isEmpty {
                if !isRead {
                    try refill()
                } else if let file = extra.popLast() {
                    let size = Int64(file.bytes.count)
                    ready = [.bytes(file.bytes), .file(path: file.path, size: size, isExecutable: false)]
                } else {
                    return nil
                }
            }
            return ready.popLast()
        }

        private mutating func refill() throws {
            var buffer = [UInt8](repeating: 0, count: Self.piece)
            let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
            let count = try file.closeAfter {
                try buffer.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: offset, into: $0) }
            }
            offset += Int64(count)
            guard count > 0 else {
                try reader.finish()
                try entries.finish()
                return isRead = true
            }
            var parts: [TreePart] = []
            for event in try reader.push(Array(buffer[..<count])) {
                if let part = try entries.part(of: event) { parts.append(part) }
            }
            ready = parts.reversed()
        }
    }
}
