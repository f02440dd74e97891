import Core
import FoundationEssentials
package import Programs
package import SystemPackage

/// The sandbox that `scripts/sandbox up` made and whose exports stand in the environment.
package struct Sandbox: Sendable {
    package let folder: FilePath
    package let state: FilePath
    package let binary: FilePath
    package let httpPort: Int
    package let httpsPort: Int
    package let remote: String
    package let sshWords: [String]
    private let ownGitSSH: String
    package var gitSSH: String { ((namespace?.words ?? []) + [ownGitSSH]).joined(separator: " ") }
    package let engineSocket: String
    package let ownsEngine: Bool
    /// The label value of everything of this instance at the engine.
    package let instance: String
    /// Where all of it runs; nil is the network of this process.
    package var namespace: NetworkNamespace?

    /// Whether stories are to run: the environment says so.
    package static var isWanted: Bool { environment["SLIPWAY_JOURNEYS"] == "1" }

    /// A full count in a soak, else the smallest that can fail.
    package static func count(small: Int, full: Int) -> Int {
        environment["SLIPWAY_SOAK", default: ""].isEmpty ? small : full
    }

    package static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// The sandbox of this run.
    ///
    /// - Throws: ``NoSandbox`` naming what the environment lacks.
    package static func current() throws -> Sandbox { try Sandbox(environment) }

    /// A sandbox by the lines that `scripts/sandbox up` prints.
    package init(exports lines: String) throws {
        var exports: [String: String] = [:]
        for line in lines.split(separator: "\n") where line.hasPrefix("export ") {
            let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            exports[String(parts[0])] = String(parts[1].drop { $0 == "'" }.prefix { $0 != "'" })
        }
        try self.init(exports)
    }

    /// A sandbox by its exports, as `scripts/sandbox env` prints them.
    package init(_ exports: [String: String]) throws {
        func value(_ name: String) throws -> String {
            guard let value = exports[name], !value.isEmpty else { throw NoSandbox(missing: name) }
            return value
        }
        func port(_ name: String) throws -> Int {
            guard let port = try Int(value(name)) else { throw NoSandbox(missing: name) }
            return port
        }
        folder = FilePath(try value("SLIPWAY_SANDBOX"))
        state = FilePath(try value("SLIPWAY_ROOT"))
        binary = FilePath(try value("SLIPWAY_BIN"))
        httpPort = try port("SLIPWAY_HTTP_PORT")
        httpsPort = try port("SLIPWAY_HTTPS_PORT")
        remote = try value("SLIPWAY_REMOTE")
        sshWords = try value("SLIPWAY_SSH").split(separator: " ").map(String.init)
        ownGitSSH = try value("GIT_SSH_COMMAND")
        let host = try value("DOCKER_HOST")
        guard host.hasPrefix("unix://") else { throw NoSandbox(missing: "DOCKER_HOST") }
        engineSocket = String(host.dropFirst("unix://".count))
        ownsEngine = exports["SLIPWAY_ENGINE_OWN"] == "1"
        let id = try String(contentsOfFile: state.appending("instance").string, encoding: .utf8)
        instance = id.split(whereSeparator: \.isWhitespace).joined()
    }
}

/// The environment lacks a sandbox.
package struct NoSandbox: Error, CustomStringConvertible {
    package let missing: String

    package var description: String { "no \(missing) in the environment: run this by scripts/journeys" }
}

extension Sandbox {
    /// Runs the binary on this machine, as an administrator there would.
    package func slipway(_ words: [String], input: [UInt8] = []) async throws -> Finished {
        let environment = ProgramEnvironment.inherited(adding: ["SLIPWAY_ROOT": state.string])
        return try await run(Program(binary, words, environment: environment, input: input, limit: 16 << 20))
    }

    package func slipway(_ words: String...) async throws -> Finished { try await slipway(words) }

    /// Runs a command over ssh; the words are joined by blanks, as ssh does, and not quoted.
    ///
    /// With `terminal` ssh asks for one although it has none itself.
    package func ssh(_ words: [String], input: [UInt8] = [], terminal: Bool = false) async throws -> Finished {
        try await run(sshProgram(words, input: input, terminal: terminal))
    }

    package func ssh(_ words: String...) async throws -> Finished { try await ssh(words) }

    package func sshProgram(_ words: [String], input: [UInt8] = [], terminal: Bool = false) -> Program {
        // ssh reads options behind the host too, so a command is kept apart from them.
        let options = Array(sshWords.dropFirst().dropLast()) + [terminal ? "-tt" : "-T", sshWords.last ?? "", "--"]
        return Program("/usr/bin/ssh", options + words, input: input, limit: 16 << 20)
    }

    /// One of the commands of `scripts/sandbox`, for this sandbox or one in another folder.
    package func script(_ words: [String], folder other: FilePath? = nil) async throws -> Finished {
        let arguments = words.prefix(1) + ["--root", (other ?? folder).string] + words.dropFirst()
        let sources = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        return try await run(Program(sources.appending("scripts/sandbox"), Array(arguments)))
    }

    /// A program as it is to be run in the sandbox's own network.
    package func entered(_ path: FilePath, _ words: [String]) -> Program {
        let program = Program(path, words)
        return namespace?.entered(program) ?? program
    }

    func run(_ program: Program) async throws -> Finished { try await .run(namespace?.entered(program) ?? program) }
}
