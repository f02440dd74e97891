import Core
import Glibc
import Probes
import Synchronization

/// A server on a free loopback port that answers its first connection with fixed bytes and remembers the question.
final class Answerer: Sendable {
    let port: Port
    private let listener: Mutex<Int32?>
    private let seen = Mutex<[UInt8]>([])

    /// - Parameters:
    ///   - pieces: What is written after the question came; nothing at all leaves the connection unanswered.
    ///   - keepOpen: Whether the connection stays open afterwards, until the client closes it.
    ///   - backlog: How many connections may wait to be accepted.
    /// - Throws: Never in practice: the kernel gives no port 0.
    init(_ pieces: [String], keepOpen: Bool = false, backlog: Int32 = 16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size)
                listen(descriptor, backlog)
                getsockname(descriptor, $0, &size)
            }
        }
        port = try Port(Int(UInt16(bigEndian: address.sin_port)))
        listener = Mutex(descriptor)
        guard !pieces.isEmpty || keepOpen else { return }
        startThread { [self] in serve(descriptor, pieces, keepOpen) }
    }

    deinit { stop() }

    func stop() {
        listener.withLock {
            if let open = $0 { close(open) }
            $0 = nil
        }
    }

    func received() -> String { seen.withLock { String(decoding: $0, as: UTF8.self) } }

    func question(
        path: String = "/",
        host: String? = nil,
        headers: [String: String] = [:],
        limit: Duration = .seconds(20),
        wantsBody: Bool = true
    ) -> HTTPQuestion {
        HTTPQuestion(
            address: "127.0.0.1",
            port: port,
            path: path,
            host: host,
            headers: headers,
            limit: limit,
            wantsBody: wantsBody
        )
    }

    private func serve(_ listener: Int32, _ pieces: [String], _ keepOpen: Bool) {
        let client = accept(listener, nil, nil)
        defer { close(client) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while seen.withLock({ !$0.ends(with: "\r\n\r\n") }) {
            let count = read(client, &buffer, buffer.count)
            guard count > 0 else { return }
            seen.withLock { $0 += buffer.prefix(count) }
        }
        for piece in pieces {
            let bytes = Array(piece.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }
        while keepOpen, read(client, &buffer, buffer.count) > 0 {}
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}

/// A thread of its own: the server blocks, and a task may not.
private func startThread(_ work: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Box(work)).toOpaque()
    pthread_create(
        &thread,
        nil,
        { context in
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work() }
            return nil
        },
        context
    )
    pthread_detach(thread)
}
