import Core
import Glibc

/// The conversation with `receive-pack` on standard input and output.
struct ProcReceive {
    /// Answers the greeting and reads what is to be done.
    ///
    /// - Throws: ``Failure`` when the other side does not speak the protocol.
    static func open() throws -> ProcReceiveRequest {
        guard let greeting = try read(), greeting.hasPrefix("version=1") else {
            throw Failure.malformed("git does not speak version 1 of proc-receive", fix: "git 2.29 or later is needed")
        }
        let wantsOptions = greeting.contains("push-options")
        while try read() != nil {}
        write(PktLine.encode(wantsOptions ? "version=1\0push-options\n" : "version=1\n") + PktLine.flush)
        var request = ProcReceiveRequest()
        request.commands = try ProcReceiveRequest.commands(read)
        if wantsOptions { while let option = try read() { request.options.append(option) } }
        return request
    }

    /// Tells what became of each command: nil is done, else the reason that git prints in its own line.
    static func close(_ results: [(ref: String, refusal: String?)]) {
        var bytes: [UInt8] = []
        for result in results {
            let reason = result.refusal.map { String(cleaned($0, keepTabs: false).prefix(200)) }
            bytes += PktLine.encode(reason.map { "ng \(result.ref) \($0)\n" } ?? "ok \(result.ref)\n")
        }
        write(bytes + PktLine.flush)
    }

    /// A line without its end; nil is a flush.
    private static func read() throws -> String? {
        let digits = try exactly(4)
        guard let length = Int(String(decoding: digits, as: UTF8.self), radix: 16), length == 0 || length >= 4 else {
            throw Failure.malformed("git sent a packet without a length")
        }
        if length == 0 { return nil }
        let text = String(decoding: try exactly(length - 4), as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private static func exactly(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(0, $0.baseAddress?.advanced(by: filled), count - filled)
            }
            guard got > 0 else { throw Failure(.cancelled, "git hung up") }
            filled += got
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress?.advanced(by: sent), bytes.count - sent) }
            guard count > 0 else { return }
            sent += count
        }
    }
}
