import Core
import FoundationEssentials
import Plugins
import Programs
import Support
import SystemPackage

/// What firing a trigger costs in this process: milliseconds a call, one line each.
///
///     load firing FOLDER TRIGGER TIMES     hooks of the plugins in FOLDER
///     load program PATH TIMES              the same program, run as a hook is, without a trigger
enum Firing {
    static func run(_ words: [String]) async throws -> Bool {
        guard let times = words.last.flatMap({ Int($0) }) else { return false }
        let clock = ContinuousClock()
        switch (words.first, words.count) {
        case ("firing", 4):
            guard let trigger = Trigger.named(words[2]) else { return false }
            let environment = HookEnvironment(root: "/tmp", binary: "/usr/bin/true", caller: "bench")
            let root = FilePath(ProcessInfo.processInfo.environment["SLIPWAY_ROOT"] ?? "/tmp")
            let swift = SwiftHooks(
                library: root.appending("SlipwayHooks"),
                cache: root.appending("cache/hooks"),
                programs: .live
            )
            let triggers = Triggers(
                in: [FilePath(words[1])],
                programs: .live,
                environment: environment,
                compiler: .live(swift)
            )
            // The first looks into the folders; a command that fires often finds them known.
            _ = try await triggers.fire(trigger, ["shop"]) { _, _ in }
            try await tell(times, clock) { _ = try await triggers.fire(trigger, ["shop"]) { _, _ in } }
        case ("program", 3):
            var program = Program(FilePath(words[1]), ["shop"], environment: .exactly(["PATH": "/usr/bin:/bin"]))
            program.leadsSession = true
            program.joinsErrors = true
            let made = program
            try await tell(times, clock) { _ = try await Programs.live.stream(made) { _ in } }
        default: return false
        }
        return true
    }

    private static func tell(_ times: Int, _ clock: ContinuousClock, _ work: () async throws -> Void) async throws {
        for _ in 0..<times {
            let took = try await clock.measure { try await work() }
            let nanoseconds = took.components.attoseconds / 1_000_000_000 + took.components.seconds * 1_000_000_000
            let (whole, rest) = (nanoseconds / 1_000_000, nanoseconds % 1_000_000)
            let digits = String(1_000_000 + rest).dropFirst()
            _ = try FileDescriptor.standardOutput.writeAll("\(whole).\(digits)\n".utf8)
        }
    }
}
