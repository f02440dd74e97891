import ArgumentParser
import Core

enum UrlsCommands {
    static let all: [any HostCommand.Type] = [UrlCommand.self, UrlsCommand.self]
}

struct UrlCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "url",
        "The first address of an app",
        examples: ["url shop", "url shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .text
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let first = try await Urls(on: host).demanded(of: try await Apps(on: host).find(app))[0]
        if format.wantsJSON { return try host.output.answer(json: first) }
        host.output.answer(first)
    }
}

struct UrlsCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "urls",
        "All addresses of an app",
        examples: ["urls shop", "urls shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.text)
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let all = try await Urls(on: host).demanded(of: try await Apps(on: host).find(app))
        if format.wantsJSON { return try host.output.answer(json: all) }
        host.output.answer(lines: all)
    }
}
