import Core
import Files
import Glibc
import Probes
import Programs
import SystemPackage

extension Nginx {
    /// Makes the master load its configuration and waits until the new generation answers and every worker in
    /// `before` has stopped taking requests, so that the next request anywhere is answered by the new one.
    ///
    /// nginx answers a reload with success even when it goes on with its old configuration; only this tells.
    ///
    /// - Throws: ``ProxyError/keepsOld(log:)``.
    func reload(
        _ master: Int32,
        to generation: Int,
        replacing before: [Worker],
        within limit: Duration = .seconds(10)
    ) async throws {
        let logStart = size(of: layout.errorLog)
        try await signal(master)
        let deadline = ContinuousClock.now + limit
        var pause = Duration.milliseconds(5)
        var isLoaded = false
        while true {
            if !isLoaded { isLoaded = await loadedGeneration() == generation }
            if isLoaded, before.allSatisfy({ !isAlive($0) || isShuttingDown($0) }) { return }
            let log = tail(of: layout.errorLog, from: logStart)
            // A port that is taken is tried five times; any other emergency of the master is the end of this reload.
            let isLost = log.contains { $0.contains("[emerg] \(master)#") && !$0.contains(" bind() to ") }
            if !isLoaded, isLost || ContinuousClock.now >= deadline { throw ProxyError.keepsOld(log: log) }
            // The new workers answer; an old one that does not stop is nginx's to end.
            if ContinuousClock.now >= deadline { return }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(15))
        }
    }

    /// The generation the running nginx answers with; nil when it does not.
    func loadedGeneration() async -> Int? {
        guard let port = try? Port(layout.httpPort) else { return nil }
        let question = HTTPQuestion(
            address: layout.generationAddress,
            port: port,
            path: "/generation",
            host: layout.generationName,
            limit: .seconds(2)
        )
        guard let answer = try? await probes.get(question), answer.status == 200 else { return nil }
        return Int(answer.text)
    }

    /// SIGHUP where we may; nginx's own command where the master belongs to somebody else.
    private func signal(_ master: Int32) async throws {
        if kill(master, SIGHUP) == 0 { return }
        guard errno == EPERM else { throw ProxyError.notRunning }
        let outcome = try await programs.run(program(layout.words("-s", "reload")))
        guard outcome.ending.isSuccess else {
            throw ProxyError.keepsOld(log: outcome.errorText.split(separator: "\n").map { cleaned(String($0)) })
        }
    }

    private func size(of path: FilePath) -> Int64 {
        var status = stat()
        return stat(path.string, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// The last lines written to a log since it was `start` bytes long; none when we may not read it.
    private func tail(of path: FilePath, from start: Int64) -> [String] {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) else { return [] }
        let from = max(start, size(of: path) - 8192)
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = try? file.closeAfter {
            try buffer.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: from, into: $0) }
        }
        let text = String(decoding: buffer.prefix(count ?? 0), as: UTF8.self)
        return text.split(separator: "\n").suffix(5).map { cleaned(String($0), keepTabs: false) }
    }
}
