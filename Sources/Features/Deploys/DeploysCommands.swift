import ArgumentParser
import Core

enum DeploysCommands {
    static let all: [any HostCommand.Type] = [Drain.self]
}

/// The process that old instances are left to; started by deploys, not typed by people.
struct Drain: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "drain",
        "End old instances once their connections are done",
        examples: ["drain 0123456789", "drain abcdefghij"],
        isShown: false
    )
    static let permission = Permission.administer
    @Argument var app: String

    func run(on host: Host) async throws { try await Drains(on: host).run(try AppID(app)) }
}
