package import Core
import Subprocess
package import SystemPackage

/// The way to run other programs; a value, so that a test can put its own in place.
package struct Programs: Sendable {
    /// Runs to the end and keeps what it said, up to the program's limit.
    ///
    /// A non-zero ending is no error. Cancelling ends the program.
    /// - Throws: ``ProgramError`` when it cannot be started or says more than the limit.
    package var run: @Sendable (Program) async throws -> Outcome
    /// Runs to the end and hands out standard output piece by piece; the program waits while a piece is handled.
    package var stream: @Sendable (Program, @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Outcome
    /// Runs with our own descriptors 0, 1 and 2 and tells its process id once it runs.
    package var passThrough: @Sendable (Program, @escaping @Sendable (Int32) throws -> Void) async throws -> Ending
    /// Starts in a session of its own, with no descriptor of ours, appending what it says to a file; returns its id.
    package var detach: @Sendable (Program, FilePath?) throws -> Int32

    package init(
        run: @escaping @Sendable (Program) async throws -> Outcome,
        stream:
            @escaping @Sendable (Program, @escaping @Sendable ([UInt8]) async throws -> Void) async throws ->
            Outcome,
        passThrough: @escaping @Sendable (Program, @escaping @Sendable (Int32) throws -> Void) async throws -> Ending,
        detach: @escaping @Sendable (Program, FilePath?) throws -> Int32
    ) {
        self.run = run
        self.stream = stream
        self.passThrough = passThrough
        self.detach = detach
    }

    /// The same, with a variable more for every program that ends with us; what is detached goes its own way.
    package func adding(_ variable: String, _ value: String) -> Programs {
        @Sendable func marked(_ program: Program) -> Program {
            var copy = program
            copy.environment = program.environment.adding([variable: value])
            return copy
        }
        let all = self
        return Programs(
            run: { try await all.run(marked($0)) },
            stream: { try await all.stream(marked($0), $1) },
            passThrough: { try await all.passThrough(marked($0), $1) },
            detach: all.detach
        )
    }

    /// Real programs of this machine.
    package static let live = Programs(
        run: { try await captured($0) },
        stream: { try await streamed($0, $1) },
        passThrough: { try await passedThrough($0, $1) },
        detach: { try detached($0, log: $1) }
    )
}

/// A program that could not do its work for us.
package enum ProgramError: Error, Equatable, Explained {
    case notStarted(program: String, reason: String)
    case saidTooMuch(program: String, limit: Int)
    case endedBadly(program: String, ending: Ending, words: String)

    package var failure: Failure {
        switch self {
        case .notStarted(let program, let reason):
            Failure(
                .programFailed,
                "\(program) could not be run",
                why: reason,
                fix: "slipway doctor says what is missing"
            )
        case .saidTooMuch(let program, let limit):
            Failure(.programFailed, "\(program) was ended", why: "it said more than \(byteWords(Int64(limit)))")
        case .endedBadly(let program, let ending, let words):
            Failure(
                .programFailed,
                "\(program) failed",
                why: "it ended with \(ending.status)",
                excerpt: .init(title: "it said:", lines: words.split(separator: "\n").suffix(20).map(String.init))
            )
        }
    }
}

extension Programs {
    /// Runs and demands success.
    ///
    /// - Throws: ``ProgramError/endedBadly(program:ending:words:)`` with what it said.
    @discardableResult
    package func succeed(_ program: Program) async throws -> Outcome {
        let outcome = try await run(program)
        guard outcome.ending.isSuccess else {
            let words = outcome.error.isEmpty ? outcome.text : outcome.errorText
            throw ProgramError.endedBadly(program: program.name, ending: outcome.ending, words: words)
        }
        return outcome
    }
}
