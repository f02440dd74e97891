import ArgumentParser
import Core

enum ShellCommands {
    static let all: [any HostCommand.Type] = [ShellCommand.self]
}

struct ShellCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "shell",
        "A prompt that takes one command after the other",
        examples: ["shell", "shell < commands.txt"],
        details: "exit, quit or the end of the input leaves it. The exit status is that of the last command."
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        // Over ssh the same person goes on asking; on the host whoever runs this process.
        let dispatch = Dispatch(caller: host.caller.key == nil ? nil : host.caller)
        let shell = Shell(output: host.output) { words in
            await dispatch.run(words) { try await dispatch.liveHost($0, $1) }
        }
        let status = await shell.converse { readLine() }
        if status != 0 { throw ExitCode(status) }
    }
}
