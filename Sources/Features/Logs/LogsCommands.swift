import ArgumentParser
import Core
import Scheduling

enum LogsCommands: Noun {
    static var feature: Feature { .logs }
    static let all: [any HostCommand.Type] = [
        LogsShow.self, LogsFailed.self, SetProperty<LogsCommands>.self, LogsVectorStart.self, LogsVectorStop.self,
        LogsVectorLogs.self,
        ReportCommand<LogsCommands>.self,
    ]

    /// What the shipper reads follows what is set.
    static func didSet(_ property: Property, of app: App?, on host: Host) async throws {
        try await Shipper(on: host).refresh()
    }
}

struct LogsShow: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "logs",
        "What an app says",
        examples: ["logs shop -t", "logs shop --release v43"]
    )
    static let permission = Permission.view
    @Flag(name: [.customShort("t"), .customLong("tail")], help: "Go on as it comes") var follow = false
    @Option(name: [.customShort("n"), .customLong("num")], help: "How many lines") var number = 100
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Without times and names") var quiet = false
    @Option(name: [.customShort("p"), .customLong("ps")], help: "Only this type, or this one: web, web.2") var process:
        String?
    @Option(help: "What a failed release said") var release: String?
    @Argument(help: "App to listen to") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let logs = Logs(on: host)
        if let release, try ReleaseNumber(release).number != found.current {
            return host.output.answer(
                lines: Array(try await logs.ofFailed(found, try ReleaseNumber(release).number).suffix(number))
            )
        }
        guard number >= 0 else { throw Failure(.usage, "--num takes a number from 0") }
        let output = host.output
        let isQuiet = quiet
        try await logs.read(found, LogWish(follow: follow, tail: number, timestamps: true), only: process) {
            name,
            line in
            output.answer(isQuiet ? line.text : "\(line.time) app[\(name)]: \(line.text)")
        }
    }
}

struct LogsFailed: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "logs:failed",
        "What the last failed deploy said",
        examples: ["logs:failed shop", "logs:failed --all"]
    )
    static let permission = Permission.view
    @Flag(help: "Every app") var all = false
    @Argument(help: "App") var app: AppName?

    func run(on host: Host) async throws {
        for found in try await DomainsTargets.apps(app, all, host) {
            let failed = try await Releases(on: host).all(of: found).first { $0.status == .failed }
            guard let failed else {
                host.output.warn("\(found.name) has no failed deploy")
                continue
            }
            host.output.title("\(found.name) \(failed.name)")
            host.output.answer(lines: try await Logs(on: host).ofFailed(found, failed.number))
        }
    }
}
