import ArgumentParser
import Terminals

enum ServeCommands {
    static let all: [any HostCommand.Type] = [ServeCommand.self]
}

/// Started by systemd; not typed by people.
struct ServeCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "serve",
        "Look after instances that die, and do what needs a clock, until asked to end",
        examples: ["serve", "serve 2>>serve.log"],
        details: "The engine starts again what dies. What dies three times within a minute is held, started\n"
            + "after 10 seconds and then every 30; ps:report shows it as backing-off.",
        isShown: false
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        // It has no terminal: a log that nobody reads any more must not end it.
        let nobody = try Terminal(input: -1, output: -1, error: -1, signals: Terminal.endingSignals)
        try await nobody.watched(raw: false) { try await Serve(on: host).run(until: $0) }
    }
}
