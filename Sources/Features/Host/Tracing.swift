import Core
import Engine
import Programs
import SystemPackage

/// `--trace`: what is asked of other programs and of the engine, as it is asked.
enum Tracing {
    /// Variables, options and addresses whose values are nobody's business.
    private static let secretWords = ["PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "AUTH"]

    /// A word of a command line without the secret in it.
    static func masked(_ word: String) -> String {
        if let scheme = word.firstRange(of: "://"), let at = word[scheme.upperBound...].firstIndex(of: "@"),
            !word[scheme.upperBound..<at].contains("/")
        {
            return "\(word[..<scheme.upperBound])******\(word[at...])"
        }
        // The name may stand behind an option: `--build-arg=API_TOKEN=...`.
        for mark in word.indices where word[mark] == "=" {
            let name = word[..<mark].uppercased()
            if secretWords.contains(where: { name.contains($0) }) { return "\(word[...mark])******" }
        }
        return word
    }

    static func line(_ program: Program) -> String {
        ([program.path.string] + program.arguments.map { ShellWords.quote(masked($0)) }).joined(separator: " ")
    }
}

extension Programs {
    /// The same, saying each program and how it ended.
    func traced(by output: Output, _ time: Time) -> Programs {
        let (base, uptime) = (self, time.uptime)
        @Sendable func say(_ program: Program, _ start: Duration, _ ending: Ending) {
            output.trace("\(Tracing.line(program))  exit \(ending.status), \((uptime() - start).words)")
        }
        return Programs(
            run: { program in
                let start = uptime()
                let outcome = try await base.run(program)
                say(program, start, outcome.ending)
                return outcome
            },
            stream: { program, take in
                let start = uptime()
                let outcome = try await base.stream(program, take)
                say(program, start, outcome.ending)
                return outcome
            },
            passThrough: { program, started in
                let start = uptime()
                output.trace(Tracing.line(program))
                let ending = try await base.passThrough(program, started)
                say(program, start, ending)
                return ending
            },
            detach: { program, log in
                output.trace("\(Tracing.line(program)) &")
                return try base.detach(program, log)
            }
        )
    }
}

extension Engine {
    /// Says each question, what it was answered with, and after how long.
    func trace(by output: Output) {
        watch { words, status, took in
            output.trace("\(words)  \(status.map { "\($0)" } ?? "no answer"), \(took.words)")
        }
    }
}
