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
        if let word = words.first {
            let app = try await Apps(on: host).find(try AppName(word))
            return host.output.answer(lines: try await lines(of: [app], on: host))
        }
        // The engine and git take their time; meanwhile the apps are read.
        async let machine = Report(on: host).diagnostics()
        let apps = try await Apps(on: host).visible()
        let lines = try await lines(of: apps, on: host)
        host.output.answer(lines: ["-----> uname, memory, disk and programs"] + (try await machine))
        if apps.isEmpty { host.output.warn("You haven't deployed any applications yet") }
        host.output.answer(lines: lines)
    }

    private func lines(of apps: [App], on host: Host) async throws -> [String] {
        let added = try await Hooks(on: host).blocks(apps)
        return zip(apps, try await Report(on: host).blocks(apps)).flatMap { app, blocks in
            blocks.flatMap { ["=====> \($0.heading)"] + $0.text } + (added[app.id] ?? [])
        }
    }
}
