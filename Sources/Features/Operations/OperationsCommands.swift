import ArgumentParser

enum OperationsCommands {
    static let all: [any HostCommand.Type] = [TickCommand.self]
}

/// Called every minute by a timer or by cron; not typed by people.
struct TickCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "tick",
        "What needs a clock where no daemon runs",
        examples: ["tick", "tick --tidy"],
        isShown: false
    )
    static let permission = Permission.administer
    @Flag(help: "Also what is done once a day") var tidy = false

    func run(on host: Host) async throws { try await Tick(on: host).run(isTidying: tidy) }
}
