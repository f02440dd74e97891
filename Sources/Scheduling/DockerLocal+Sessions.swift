import Core
import Engine
import FoundationEssentials

extension DockerLocal {
    /// Between the request to end and the end by force, when the person has left.
    private static let patience: Duration = .seconds(3)

    package func attend(_ workload: Workload) async throws -> Session {
        let container = try await create(workload)
        do {
            // Both before the start: the first words and the end of a short program are not missed.
            let streams = try await engine.attach(container, stdin: true, terminal: workload.terminal)
            let exit = try await engine.beginWait(container, until: .nextExit)
            try await engine.startContainer(container)
            return session(of: container, streams, exit, terminal: workload.terminal)
        } catch {
            try? await engine.removeContainer(container, force: true)
            throw error
        }
    }

    private func session(
        of container: String,
        _ streams: Hijacked,
        _ exit: PendingExit,
        terminal: Bool
    ) -> Session {
        let engine = engine
        return Session(
            output: streams.output,
            send: { try await streams.send($0) },
            endInput: { try await streams.end(terminal: terminal) },
            resize: { try await engine.resizeContainer(container, columns: $0.columns, rows: $0.rows) },
            signal: { try await engine.killContainer(container, signal: "\($0)") },
            status: {
                let status = try await exit.status()
                await streams.close()
                try await engine.removeContainer(container, force: true)
                return status
            },
            abandon: {
                try? await engine.stopContainer(container, grace: Self.patience)
                try? await engine.removeContainer(container, force: true)
            }
        )
    }

    package func enter(_ handle: String, _ program: EnteringProgram) async throws -> Session {
        let exec = try await engine.createExec(
            handle,
            command: program.command,
            terminal: program.terminal,
            size: program.terminalSize,
            environment: program.environment
        )
        let streams = try await engine.startExec(exec, terminal: program.terminal)
        let (engine, inside) = (engine, Inside(scheduler: self, container: handle, exec: exec))
        return Session(
            output: streams.output,
            send: { try await streams.send($0) },
            endInput: { try await streams.end(terminal: program.terminal) },
            resize: { try await engine.resizeExec(exec, columns: $0.columns, rows: $0.rows) },
            signal: { try await inside.signal($0) },
            status: {
                defer { withExtendedLifetime(streams) {} }
                return try await inside.status()
            },
            abandon: { await inside.end(within: Self.patience) }
        )
    }
}

extension Hijacked {
    /// The engine ends the output too when the input of a terminal is closed, so Ctrl-D is typed instead.
    fileprivate func end(terminal: Bool) async throws {
        if terminal { try await send([0x04]) } else { try await closeInput() }
    }
}

/// A program inside a container, for which the engine knows no signals.
private struct Inside: Sendable {
    static let hangUp: Int32 = 1
    static let kill: Int32 = 9

    let scheduler: DockerLocal
    let container: String
    let exec: String

    /// The engine may say that it runs for a moment after its output has ended.
    func status() async throws -> Int {
        while true {
            let facts = try await scheduler.engine.execFacts(exec)
            if !facts.running { return facts.exitCode ?? 0 }
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
    }

    func signal(_ number: Int32) async throws {
        let facts = try await scheduler.engine.execFacts(exec)
        guard facts.running, let process = innerProcess(facts.pid) else { return }
        let words = ["kill", "-\(number)", "\(process)"]
        if try await scheduler.execute(words, in: container, within: .seconds(5)) == 0 { return }
        _ = try await scheduler.execute(
            ["/bin/sh", "-c", words.joined(separator: " ")],
            in: container,
            within: .seconds(5)
        )
    }

    func end(within patience: Duration) async {
        try? await signal(Self.hangUp)
        let left = try? await withTimeout(patience) { try await status() }
        if left == nil { try? await signal(Self.kill) }
    }

    /// Its number inside the container: the last of `NSpid`, proc(5).
    ///
    /// Nil when the process of that number on this host is not the container's, because the engine sees other numbers.
    private func innerProcess(_ outer: Int32) -> String? {
        guard outer > 0, text("/proc/\(outer)/cgroup").contains(container),
            let line = text("/proc/\(outer)/status").split(separator: "\n").first(where: { $0.hasPrefix("NSpid:") })
        else { return nil }
        let numbers = line.split(whereSeparator: \.isWhitespace).dropFirst()
        return numbers.count > 1 ? numbers.last.map(String.init) : nil
    }

    private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
