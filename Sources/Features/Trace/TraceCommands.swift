import ArgumentParser
import Core

enum TraceCommands {
    static let all: [any HostCommand.Type] = [TraceOn.self, TraceOff.self]
}

struct TraceOn: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "trace:on",
        "Say of every command what it asks of other programs and of the engine",
        examples: ["trace:on", "trace:on --quiet"],
        details: "The same as --trace with each command. Values of secrets are masked."
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        guard try await Trace(on: host).turn(on: true) else { return host.output.heading("trace is unchanged: on") }
        host.output.step("Enabling trace mode")
    }
}

struct TraceOff: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "trace:off",
        "Say of commands only what they answer",
        examples: ["trace:off", "trace:off --quiet"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        guard try await Trace(on: host).turn(on: false) else { return host.output.heading("trace is unchanged: off") }
        host.output.step("Disabling trace mode")
    }
}
