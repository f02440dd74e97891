import Programs
import SystemPackage
import Testing

@testable import Features

@Suite struct `A script of app.json` {
    private func run(_ script: String, shell: String = "", path: String) async throws -> (text: String, isFine: Bool) {
        let words = try Deploy.words(script, shell: shell)
        var program = Program(FilePath(words[0]), Array(words.dropFirst()))
        program.environment = .exactly(["PATH": path])
        let outcome = try await Programs.live.run(program)
        return (outcome.text, outcome.ending.isSuccess)
    }

    @Test func `is run by bash where there is one, else by sh`() async throws {
        let script = "echo ${BASH_VERSION:+bash}; false; echo no"
        let (text, isFine) = try await run(script, path: "/usr/bin:/bin")
        #expect(text == "bash\n" && !isFine)
        let plain = try await run(script, path: "/nowhere")
        #expect(plain.text == "\n" && !plain.isFine)
        #expect(try await run("echo \"a  b\" $0", path: "/usr/bin:/bin").isFine)
    }

    @Test func `is run by the shell that was set`() throws {
        #expect(
            try Deploy.words("rake db:migrate", shell: "/bin/ash -l") == [
                "/bin/ash", "-l", "-c", "set -e; rake db:migrate",
            ]
        )
    }
}
