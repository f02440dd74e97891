import ArgumentParser
import Core
import Terminals

enum EnterCommands {
    static let all: [any HostCommand.Type] = [EnterInstance.self]
}

struct EnterInstance: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "enter",
        "Run a shell or a command inside an instance",
        examples: ["enter shop", "enter shop worker.2 -- ps aux"],
        details: """
            Without a type the app must have one only; without a command it is the scheduler's property shell, else
            /bin/bash, else /bin/sh. --container-id ID names an instance by its container.
            """
    )
    static let permission = Permission.change
    @Argument(parsing: .captureForPassthrough, help: "APP [TYPE|TYPE.NUMBER] [--] COMMAND...") var words: [String] = []

    func run(on host: Host) async throws {
        let status = try await Enter(on: host).attended(try EnterWish(words), near: try Terminal())
        if status != 0 { throw ExitCode(status) }
    }
}
