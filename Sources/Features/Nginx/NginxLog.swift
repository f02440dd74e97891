import Core
import Files
import SystemPackage

/// A log that nginx writes for one app.
struct NginxLog: Sendable {
    static let lines = 20

    /// Nil where it is turned off.
    let path: FilePath?
    let kind: String
    let app: AppName

    /// Says its last lines; with `follow` what comes after them too, until the caller goes away.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when it is off or nothing was ever logged.
    func show(follow: Bool, _ host: Host) async throws {
        guard let path else {
            throw Failure(
                .notFound,
                "the \(kind) log of \(app) is turned off",
                fix: "slipway nginx:set \(app) \(kind)-log-path"
            )
        }
        var tail = FileTail(path)
        let (isThere, bytes) = try explained { (tail.exists, try tail.lastLines(Self.lines)) }
        guard isThere || follow else {
            throw Failure(.notFound, "there is no \(kind) log of \(app) yet", why: "\(path) is not there")
        }
        say(bytes, host)
        while follow {
            try await host.time.clock.sleep(for: .milliseconds(200))
            say(try explained { try tail.next() }, host)
        }
    }

    private func say(_ bytes: [UInt8], _ host: Host) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        host.output.answer(lines: lines.map { String(decoding: $0, as: UTF8.self) })
    }

    private func explained<Value>(_ work: () throws -> Value) throws -> Value {
        do { return try work() } catch let error as FileError {
            var failure = error.failure
            failure.fix = "as root: usermod -a -G adm slipway, where the group adm may read nginx's logs"
            throw failure
        }
    }
}
