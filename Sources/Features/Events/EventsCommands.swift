import ArgumentParser
import Core

enum EventsCommands {
    static let all: [any HostCommand.Type] = [EventsShow.self, EventsList.self, EventsOn.self, EventsOff.self]
}

struct EventsShow: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "events",
        "What happened, and who did it",
        examples: ["events", "events -t shop"],
        details: "The last 100 without -n. With -t the command goes on as events come, until it is interrupted."
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(
        .object(["at": .text, "app": .optional(.text), "by": .text, "event": .text, "detail": .text])
    )
    @OptionGroup var format: FormatOptions
    @Flag(name: [.customShort("t"), .customLong("tail")], help: "Go on as they come") var follow = false
    @Option(name: [.customShort("n"), .customLong("num")], help: "How many") var number = 100
    @Argument(help: "Only of this app") var app: AppName?

    private struct Shown: Encodable {
        var at: String
        var app: String?
        var by: String
        var event: String
        var detail: String

        init(_ event: WrittenEvent) {
            (at, app, by) = (event.at.text, event.app, event.caller)
            (self.event, detail) = (event.name, event.detail)
        }
    }

    func run(on host: Host) async throws {
        guard (0...100_000).contains(number) else { throw Failure(.usage, "--num takes a number from 0 to 100000") }
        let events = Events(on: host)
        var found: App?
        if let app { found = try await Apps(on: host).find(app) }
        if try await !events.isOn() {
            host.output.warn("events are off: nothing is written down (slipway events:on)")
        }
        let last = try await events.last(number, of: found)
        if format.wantsJSON, !follow { return try host.output.answer(json: last.map(Shown.init)) }
        for event in last { try say(event, host.output) }
        guard follow else { return }
        let newest = try await events.last(1, of: nil).last?.id ?? 0
        try await events.follow(of: found, after: newest) { try say($0, host.output) }
    }

    private func say(_ event: WrittenEvent, _ output: Output) throws {
        if format.wantsJSON { return try output.answer(json: Shown(event)) }
        let place = event.app.map { "\($0) " } ?? ""
        output.answer(
            cleaned("\(event.at.text) \(place)\(event.name) by \(event.caller): \(event.detail)", keepTabs: false)
        )
    }
}

struct EventsList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "events:list",
        "The kinds of events that were written down so far",
        examples: ["events:list", "events:list --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.text)
    @OptionGroup var format: FormatOptions

    func run(on host: Host) async throws {
        let names = try await Events(on: host).names()
        if format.wantsJSON { return try host.output.answer(json: names) }
        host.output.title("Logged events")
        host.output.answer(lines: names)
    }
}

struct EventsOn: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "events:on",
        "Write events down; so it is from the start",
        examples: ["events:on", "events:on --quiet"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        guard try await Events(on: host).turn(on: true) else { return host.output.heading("events are unchanged: on") }
        host.output.step("Enabling events logger")
    }
}

struct EventsOff: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "events:off",
        "Write no events down; those that are written stay",
        examples: ["events:off", "events:off --quiet"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        guard try await Events(on: host).turn(on: false) else {
            return host.output.heading("events are unchanged: off")
        }
        host.output.step("Disabling events logger")
    }
}
