import Core
import Subprocess
import SystemPackage

func captured(_ program: Program) async throws -> Outcome {
    let result = try await explained(program) {
        try await Subprocess.run(
            program.configuration,
            input: .array(program.input),
            output: .bytes(limit: program.limit),
            error: .bytes(limit: program.limit)
        )
    }
    return Outcome(
        ending: Ending(result.terminationStatus),
        output: result.standardOutput,
        error: result.standardError
    )
}

func streamed(_ program: Program, _ handle: @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Outcome
{
    if program.joinsErrors {
        let result = try await pumped(program, errors: .combinedWithOutput, handle)
        return Outcome(ending: Ending(result.terminationStatus))
    }
    let result = try await pumped(program, errors: .bytes(limit: program.limit), handle)
    return Outcome(ending: Ending(result.terminationStatus), error: result.standardError)
}

private func pumped<Errors: ErrorOutputProtocol>(
    _ program: Program,
    errors: Errors,
    _ handle: @escaping @Sendable ([UInt8]) async throws -> Void
) async throws -> ExecutionResult<Void, SequenceOutput, Errors> {
    try await explained(program) {
        try await Subprocess.run(
            program.configuration,
            input: .array(program.input),
            output: .sequence,
            error: errors
        ) { execution in
            for try await chunk in execution.standardOutput {
                try await handle(chunk.withUnsafeBytes { Array($0) })
            }
        }
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
    do {
        return try await work()
    } catch let error as SubprocessError where error.code == .outputLimitExceeded {
        throw ProgramError.saidTooMuch(program: program.name, limit: program.limit)
    } catch let error as SubprocessError {
        throw ProgramError.notStarted(program: program.name, reason: "\(error)")
    }
}

extension Program {
    fileprivate var configuration: Configuration {
        var options = PlatformOptions()
        options.createSession = leadsSession
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: leadsSession, allowedDurationToNextStep: .seconds(2))
        ]
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
