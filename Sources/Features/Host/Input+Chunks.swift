import Core
import Glibc

extension Input {
    /// Standard input piece by piece; no thread is held while nothing comes.
    struct Chunks: AsyncSequence, Sendable {
        struct AsyncIterator: AsyncIteratorProtocol {
            private var buffer = [UInt8](repeating: 0, count: 256 << 10)

            mutating func next() async throws -> [UInt8]? {
                while true {
                    var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
                    guard poll(&descriptor, 1, 0) != 0 else {
                        try await Task.sleep(for: .milliseconds(2))
                        continue
                    }
                    let count = Glibc.read(0, &buffer, buffer.count)
                    if count > 0 { return Array(buffer[..<count]) }
                    if count == 0 { return nil }
                    // `Failure` alone is the sequence's own here.
                    guard errno == EINTR || errno == EAGAIN else {
                        throw Core.Failure(
                            .disk,
                            "standard input cannot be read",
                            why: String(cString: strerror(errno))
                        )
                    }
                }
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` when a person sits there instead of a file.
    static func refuseTerminal(_ what: String) throws {
        guard isTerminal else { return }
        throw Failure(.usage, "\(what) is expected on standard input", fix: "put it there: ... < FILE")
    }
}
