import ArgumentParser
import Core

enum ReportCommands {
    static let all: [any HostCommand.Type] = [ReportAll.self]
}

struct ReportAll: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "report",
        "The report of every noun, of one app or of all; without an app the machine comes first",
        examples: ["report", "report shop"],
        details: "NOUN:report APP --format json gives a part of it to a program."
    )
    static let permission = Permission.view
    @Argument(parsing: .captureForPassthrough, help: "App to look at; every one without it") var words: [String] = []

    func run(on host: Host) async throws {
        if let flag = words.first(where: { $0.hasPrefix("-") }) {
            throw Failure(
                .usage,
                "\(quoted(flag)) is not an option of report",
                fix: "NOUN:report APP --format json gives one noun's to a program"
            )
        }
        guard words.count < 2 else { throw Failure(.usage, "\(quoted(words[1])) is one word too many") }
        let apps: [App]
        if let word = words.first {
            apps = [try await Apps(on: host).find(try AppName(word))]
        } else {
            apps = try await Apps(on: host).visible()
            host.output.answer(
                lines: ["-----> uname, memory, disk and programs"] + (try await Report(on: host).diagnostics())
            )
            if apps.isEmpty { host.output.warn("You haven't deployed any applications yet") }
        }
        let added = try await Hooks(on: host).blocks(apps)
        for (app, blocks) in zip(apps, try await Report(on: host).blocks(apps)) {
            host.output.answer(lines: blocks.flatMap { ["=====> \($0.heading)"] + $0.text } + (added[app.id] ?? []))
        }
    }
}
