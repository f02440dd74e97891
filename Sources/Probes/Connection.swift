import Core
import Glibc
import SystemPackage

/// A non-blocking stream socket that waits by sleeping a little, so that waiting holds no thread and can be cancelled.
final class Connection: Sendable {
    enum Target: Sendable {
        case internet(String, Port)
        case unix(FilePath)
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Throws: ``ProbeError``: refused, timedOut, unreachable, badQuestion.
    static func open(_ target: Target, until deadline: ContinuousClock.Instant) async throws -> Connection {
        var address = sockaddr_storage()
        let length = try target.fill(&address)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(Int32(address.ss_family), kind, 0)
        guard descriptor >= 0 else { throw problem(errno) }
        let connection = Connection(descriptor)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) }
        }
        if result == 0 { return connection }
        let reason = errno
        guard reason == EINPROGRESS else { throw problem(reason) }
        try await connection.wait(for: POLLOUT, until: deadline)
        var outcome: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &outcome, &size)
        guard outcome == 0 else { throw problem(outcome) }
        return connection
    }

    func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                rest = rest.dropFirst(sent)
            } else if errno == EAGAIN || errno == EINTR {
                try await wait(for: POLLOUT, until: deadline)
            } else {
                // The other side may have answered before it closed: reading tells.
                return
            }
        }
    }

    /// What came, at least one byte; none at the end of the stream, which a reset is too.
    func receive(until deadline: ContinuousClock.Instant) async throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count >= 0 { return Array(buffer.prefix(count)) }
            guard errno == EAGAIN || errno == EINTR else { return [] }
            try await wait(for: POLLIN, until: deadline)
        }
    }

    /// Polls with pauses from 0.1 ms to 10 ms.
    private func wait(for event: Int32, until deadline: ContinuousClock.Instant) async throws {
        var pause = Duration.microseconds(100)
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            if poll(&entry, 1, 0) > 0 { return }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw ProbeError.timedOut }
            try await Task.sleep(for: min(pause, left))
            pause = min(pause * 2, .milliseconds(10))
        }
    }
}

private func problem(_ code: Int32) -> ProbeError {
    switch code {
    // A unix socket that is not there or whose backlog is full answers with these.
    case ECONNREFUSED, ENOENT, EAGAIN: .refused
    case ECONNRESET: .closedEarly
    case ETIMEDOUT: .timedOut
    default: .unreachable(String(cString: strerror(code)))
    }
}

extension Connection.Target {
    /// Writes the socket address and tells its length.
    fileprivate func fill(_ storage: inout sockaddr_storage) throws -> socklen_t {
        switch self {
        case .internet(let address, let port): try fillInternet(&storage, address, port)
        case .unix(let path): try fillUnix(&storage, path)
        }
    }

    private func fillInternet(_ storage: inout sockaddr_storage, _ address: String, _ port: Port) throws -> socklen_t {
        try withUnsafeMutableBytes(of: &storage) { raw in
            if let four = raw.baseAddress?.assumingMemoryBound(to: sockaddr_in.self),
                inet_pton(AF_INET, address, &four.pointee.sin_addr) == 1
            {
                four.pointee.sin_family = sa_family_t(AF_INET)
                four.pointee.sin_port = port.number.bigEndian
                return socklen_t(MemoryLayout<sockaddr_in>.size)
            }
            if let six = raw.baseAddress?.assumingMemoryBound(to: sockaddr_in6.self),
                inet_pton(AF_INET6, address, &six.pointee.sin6_addr) == 1
            {
                six.pointee.sin6_family = sa_family_t(AF_INET6)
                six.pointee.sin6_port = port.number.bigEndian
                return socklen_t(MemoryLayout<sockaddr_in6>.size)
            }
            throw ProbeError.badQuestion("\(quoted(address)) is not an IP address")
        }
    }

    private func fillUnix(_ storage: inout sockaddr_storage, _ path: FilePath) throws -> socklen_t {
        let bytes = Array(path.string.utf8)
        let start = MemoryLayout<sa_family_t>.size
        return try withUnsafeMutableBytes(of: &storage) { raw in
            guard bytes.count < MemoryLayout<sockaddr_un>.size - start else {
                throw ProbeError.badQuestion("\(quoted(path.string)) is too long for a socket's path")
            }
            raw.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
            for (index, byte) in bytes.enumerated() { raw[start + index] = byte }
            return socklen_t(start + bytes.count + 1)
        }
    }
}
