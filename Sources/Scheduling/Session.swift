package import Core
package import Engine

/// A program that somebody attends: its streams, its terminal, its end.
package struct Session: Sendable {
    /// Ends when the program's output does; to be read once, and only as fast as it is read does it come.
    package var output: AsyncThrowingStream<LogFrame, any Error>
    /// Writes to the program's input; returns when it is taken.
    package var send: @Sendable ([UInt8]) async throws -> Void
    /// Ends the program's input; nothing is lost of its output by that.
    package var endInput: @Sendable () async throws -> Void
    package var resize: @Sendable (TerminalSize) async throws -> Void
    /// Sends a signal by its number.
    package var signal: @Sendable (Int32) async throws -> Void
    /// Waits for the end, takes away what is left, and tells the exit code; to be called once.
    package var status: @Sendable () async throws -> Int
    /// Ends it because nobody attends it any more: asked first, forced after a few seconds.
    package var abandon: @Sendable () async -> Void

    package init(
        output: AsyncThrowingStream<LogFrame, any Error>,
        send: @escaping @Sendable ([UInt8]) async throws -> Void,
        endInput: @escaping @Sendable () async throws -> Void,
        resize: @escaping @Sendable (TerminalSize) async throws -> Void,
        signal: @escaping @Sendable (Int32) async throws -> Void,
        status: @escaping @Sendable () async throws -> Int,
        abandon: @escaping @Sendable () async -> Void
    ) {
        self.output = output
        self.send = send
        self.endInput = endInput
        self.resize = resize
        self.signal = signal
        self.status = status
        self.abandon = abandon
    }
}

/// A program to start inside a running instance.
package struct EnteringProgram: Sendable, Equatable {
    package var command: [String]
    package var terminal: Bool
    /// Of the terminal at its first moment, where the scheduler can do that.
    package var terminalSize: TerminalSize?
    /// Besides the instance's own.
    package var environment: [String: String]

    package init(_ command: [String], terminal: Bool, environment: [String: String] = [:]) {
        self.command = command
        self.terminal = terminal
        self.environment = environment
    }
}

extension Scheduler {
    package func attend(_ workload: Workload) async throws -> Session {
        throw Failure(.engineRefused, "this scheduler runs nothing that somebody attends", fix: "use run:detached")
    }

    package func enter(_ handle: String, _ program: EnteringProgram) async throws -> Session {
        throw Failure(.engineRefused, "this scheduler lets nobody into its instances")
    }
}
