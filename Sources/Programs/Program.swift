package import SystemPackage

/// What a program is given as its environment.
package enum ProgramEnvironment: Sendable {
    /// Ours, with these added or replaced.
    case inherited(adding: [String: String])
    /// These and nothing of ours.
    case exactly([String: String])

    package func adding(_ more: [String: String]) -> ProgramEnvironment {
        switch self {
        case .inherited(let added): .inherited(adding: added.merging(more) { $1 })
        case .exactly(let all): .exactly(all.merging(more) { $1 })
        }
    }
}

/// A program to run: no shell is between us and it.
package struct Program: Sendable {
    package var path: FilePath
    package var arguments: [String]
    package var environment: ProgramEnvironment
    package var directory: FilePath?
    package var input: [UInt8]
    /// How many bytes of each stream are taken before the run fails.
    package var limit: Int
    /// It leads a session and a process group of its own, and whatever it has started is ended with it.
    package var leadsSession = false
    /// What is left of its process group when it has ended is ended too; only with ``leadsSession``.
    package var endsGroup = false
    /// With ``Programs/stream``, standard error goes where standard output goes, in order.
    package var joinsErrors = false

    package init(
        _ path: FilePath,
        _ arguments: [String],
        environment: ProgramEnvironment = .inherited(adding: [:]),
        directory: FilePath? = nil,
        input: [UInt8] = [],
        limit: Int = 1 << 20
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
        self.limit = limit
    }

    /// The name people know it by.
    package var name: String { path.lastComponent?.string ?? path.string }
}

/// How a program ended.
package enum Ending: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)

    package var isSuccess: Bool { self == .exited(0) }

    /// As a shell reports it: a signal is 128 and its number.
    package var status: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal): 128 + signal
        }
    }
}

/// What a program said and how it ended.
package struct Outcome: Sendable {
    package var ending: Ending
    package var output: [UInt8]
    package var error: [UInt8]

    package init(ending: Ending, output: [UInt8] = [], error: [UInt8] = []) {
        self.ending = ending
        self.output = output
        self.error = error
    }

    package var text: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: error, as: UTF8.self) }
}
