import FoundationEssentials
import Glibc
import Programs
package import SystemPackage

/// A push whose words can be read while it goes on.
package struct WatchedPush: Sendable {
    package let log: FilePath
    private let program: Program

    init(_ push: Program) {
        log = FilePath(FileManager.default.temporaryDirectory.path)
            .appending("slipway-push-\(UInt64.random(in: .min ... .max))")
        // The shell becomes git, with its standard error in the log.
        program = Program(
            "/bin/sh",
            ["-c", "exec \"$@\" 2>\"$0\"", log.string, push.path.string] + push.arguments,
            environment: push.environment
        )
    }

    /// What was said so far.
    package var text: String { (try? String(contentsOfFile: log.string, encoding: .utf8)) ?? "" }

    /// Waits until these words were said.
    package func says(_ words: String, within limit: Duration = .seconds(30)) async throws {
        do {
            try await eventually("\(words) in the transcript", within: limit) { text.contains(words) }
        } catch is NotSoon {
            throw NotSoon(description: "nobody said \(words):\n\(text)")
        }
    }

    /// Runs it to its end; the status and everything that was said.
    package func run() async throws -> Finished {
        let ended = try await Finished.run(program)
        defer { try? FileManager.default.removeItem(atPath: log.string) }
        return ended.saying(text)
    }

    /// Starts it in a session of its own, for ``cutOff(_:)``.
    package func start() throws -> Int32 { try Programs.live.detach(program, nil) }

    /// Kills git and its ssh at once, as a laptop that loses its battery does.
    package static func cutOff(_ session: Int32) { kill(-session, SIGKILL) }
}

extension TestRepo {
    package func watchedPush(to sandbox: Sandbox, _ app: String) -> WatchedPush {
        WatchedPush(pushProgram(to: sandbox, app))
    }
}
