package import Core
import NIOHTTP1

/// A program inside a running container.
package struct ExecFacts: Equatable, Sendable {
    package var running: Bool
    /// Nil until it has ended.
    package var exitCode: Int?
    /// On the host; 0 before it runs.
    package var pid: Int32

    package init(running: Bool, exitCode: Int?, pid: Int32) {
        self.running = running
        self.exitCode = exitCode
        self.pid = pid
    }
}

extension Engine {
    /// The engine's detach keys are Ctrl-P Ctrl-Q by default, which holds back every Ctrl-P that a person types; four
    /// times Ctrl-^ is typed by nobody.
    private static let detachKeys = "ctrl-^,ctrl-^,ctrl-^,ctrl-^"

    /// Prepares a program in a running container.
    ///
    /// - Parameters:
    ///   - container: Its name or id.
    ///   - command: The program and its arguments; no shell is involved.
    ///   - terminal: Whether it gets a terminal.
    ///   - size: The terminal's at its first moment; engines before API 1.42 pass over it.
    ///   - input: Whether it gets a standard input.
    ///   - environment: Variables besides the container's own.
    ///   - user: `name`, `uid` or `uid:gid`; nil is the container's.
    ///   - workingDirectory: Nil is the container's.
    /// - Returns: The id for ``startExec(_:terminal:)`` and ``execFacts(_:)``.
    /// - Throws: ``EngineError/refused(status:message:request:)`` with 409 when the container does not run.
    package func createExec(
        _ container: String,
        command: [String],
        terminal: Bool,
        size: TerminalSize? = nil,
        input: Bool = true,
        environment: [String: String] = [:],
        user: String? = nil,
        workingDirectory: String? = nil
    ) async throws -> String {
        let body = JSON.members([
            "Cmd": .strings(command),
            "Tty": .bool(terminal),
            "ConsoleSize": size?.json,
            "AttachStdin": .bool(input),
            "AttachStdout": .bool(true),
            "AttachStderr": .bool(true),
            "DetachKeys": terminal ? .string(Self.detachKeys) : nil,
            "Env": JSON?.some(.strings(environment.map { "\($0.key)=\($0.value)" }.sorted())).unlessEmpty,
            "User": user.map(JSON.string),
            "WorkingDir": workingDirectory.map(JSON.string),
        ])
        let path = "/containers/\(Request.segment(container))/exec"
        return try await transport.call(Request(.POST, path, body: .json(body))).decoded(Created.self).id
    }

    /// Starts a prepared program and stays connected to it; `terminal` must be what it was made with.
    package func startExec(_ exec: String, terminal: Bool) async throws -> Hijacked {
        let body = JSON.members(["Detach": .bool(false), "Tty": .bool(terminal)])
        return try await hijack(
            Request(.POST, "/exec/\(Request.segment(exec))/start", body: .json(body)),
            terminal: terminal
        )
    }

    package func execFacts(_ exec: String) async throws -> ExecFacts {
        let answer = try await transport.call(Request(.GET, "/exec/\(Request.segment(exec))/json"))
            .decoded(ExecAnswer.self)
        let running = answer.running ?? false
        return ExecFacts(running: running, exitCode: running ? nil : answer.exitCode, pid: answer.pid ?? 0)
    }

    /// Tells the terminal of a program its size in characters.
    package func resizeExec(_ exec: String, columns: Int, rows: Int) async throws {
        let path = "/exec/\(Request.segment(exec))/resize"
        _ = try await transport.call(Request(.POST, path, query: ["h": "\(rows)", "w": "\(columns)"]))
    }

    /// Connects to a container's own standard streams, from now on; do it before the start to miss nothing.
    ///
    /// - Parameters:
    ///   - container: Its name or id.
    ///   - stdin: Whether its input is connected too; it must have been made with `openStdin`.
    ///   - terminal: Whether it was made with a terminal.
    /// - Returns: The open connection.
    /// - Throws: ``EngineError``, as ordinary requests do.
    package func attach(_ container: String, stdin: Bool, terminal: Bool) async throws -> Hijacked {
        let request = Request(
            .POST,
            "/containers/\(Request.segment(container))/attach",
            query: [
                "stream": "true",
                "stdin": stdin ? "true" : nil,
                "stdout": "true",
                "stderr": "true",
                "detachKeys": terminal ? Self.detachKeys : nil,
            ]
        )
        return try await hijack(request, terminal: terminal)
    }
}

extension TerminalSize {
    /// The engine writes rows first.
    var json: JSON { .array([.int(rows), .int(columns)]) }
}

private struct ExecAnswer: Decodable {
    let running: Bool?
    let exitCode: Int?
    let pid: Int32?

    private enum CodingKeys: String, CodingKey {
        case running = "Running"
        case exitCode = "ExitCode"
        case pid = "Pid"
    }
}
