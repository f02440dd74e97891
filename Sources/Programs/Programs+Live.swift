import Core
import Glibc
import Subprocess
import Synchronization
import SystemPackage

func captured(_ program: Program) async throws -> Outcome {
    let output = Gathered(program)
    var outcome = try await streamed(program) { try output.take($0) }
    outcome.output = output.bytes
    return outcome
}

func streamed(
    _ program: Program,
    _ handle: @escaping @Sendable ([UInt8]) async throws -> Void
) async throws -> Outcome {
    let errors = Gathered(program)
    let group = ProcessGroup(of: program)
    defer { group.end() }
    let ending = try await explained(program) {
        if program.joinsErrors {
            let result = try await Subprocess.run(
                program.configuration,
                input: .inputWriter,
                output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                group.isLed(by: execution.processIdentifier.value)
                try await execution.converse(program, [{ try await execution.standardOutput.pass(to: handle) }])
            }
            return Ending(result.terminationStatus)
        }
        let result = try await Subprocess.run(
            program.configuration,
            input: .inputWriter,
            output: .sequence,
            error: .sequence
        ) { execution in
            group.isLed(by: execution.processIdentifier.value)
            let listeners: [@Sendable () async throws -> Void] = [
                { try await execution.standardOutput.pass(to: handle) },
                { try await execution.standardError.pass { try errors.take($0) } },
            ]
            try await execution.converse(program, listeners)
        }
        return Ending(result.terminationStatus)
    }
    return Outcome(ending: ending, error: errors.bytes)
}

/// The processes that a program leaves behind; its number belongs to the group for as long as one of them lives.
private final class ProcessGroup: Sendable {
    private let leader = Mutex<pid_t?>(nil)
    private let isEnded: Bool

    init(of program: Program) { isEnded = program.leadsSession && program.endsGroup }

    func isLed(by process: pid_t) { leader.withLock { $0 = process } }

    func end() {
        if isEnded, let leader = leader.withLock({ $0 }) { kill(-leader, SIGKILL) }
    }
}

extension Execution where Input == CustomWriteInput {
    /// Speaks and listens at once; when a listener throws, the program is ended before the error goes on.
    ///
    /// The library's own ways of giving input trap when the program leaves it unread, and wait for the program's own
    /// end when a listener has thrown.
    fileprivate func converse(_ program: Program, _ listeners: [@Sendable () async throws -> Void]) async throws {
        let writer = standardInputWriter
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Whoever does not read what he is given need not.
                _ = try? await writer.write(program.input)
                try? await writer.finish()
            }
            for listener in listeners { group.addTask { try await listener() } }
            do {
                while try await group.next() != nil {}
            } catch {
                await teardown(using: program.teardown)
                throw error
            }
        }
    }
}

extension SubprocessOutputSequence {
    fileprivate func pass(to handle: ([UInt8]) async throws -> Void) async throws {
        for try await chunk in self { try await handle(chunk.withUnsafeBytes { Array($0) }) }
    }
}

func passedThrough(_ program: Program, _ started: @escaping @Sendable (Int32) throws -> Void) async throws -> Ending {
    let result = try await explained(program) {
        try await Subprocess.run(
            program.configuration,
            input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
            output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
            error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
        ) { execution in
            try started(execution.processIdentifier.value)
        }
    }
    return Ending(result.terminationStatus)
}

/// Turns the library's own errors into ours; errors of a caller's closure pass unchanged.
private func explained<Value>(_ program: Program, _ work: () async throws -> Value) async throws -> Value {
    var patience = Patience()
    while true {
        do {
            return try await work()
        } catch let error as SubprocessError {
            guard let pause = patience.pause(after: error.underlyingError) else {
                throw ProgramError.notStarted(program: program.name, reason: "\(error)")
            }
            try await Task.sleep(for: pause)
        }
    }
}

extension Program {
    fileprivate var teardown: [TeardownStep] {
        [.gracefulShutDown(toProcessGroup: leadsSession, allowedDurationToNextStep: .seconds(2))]
    }

    fileprivate var configuration: Configuration {
        var options = PlatformOptions()
        options.createSession = leadsSession
        options.teardownSequence = teardown
        return Configuration(
            executable: .path(path),
            arguments: Arguments(arguments),
            environment: environment.forSubprocess,
            workingDirectory: directory,
            platformOptions: options
        )
    }
}

extension ProgramEnvironment {
    fileprivate var forSubprocess: Environment {
        switch self {
        case .inherited(let added):
            .inherit.updating(
                Dictionary(uniqueKeysWithValues: added.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
            )
        case .exactly(let all):
            .custom(Dictionary(uniqueKeysWithValues: all.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
        }
    }
}

extension Ending {
    fileprivate init(_ status: TerminationStatus) {
        self =
            switch status {
            case .exited(let code): .exited(code)
            case .signaled(let signal): .signalled(signal)
            }
    }
}
