import ArgumentParser
import Core

enum RepoCommands {
    static let all: [any HostCommand.Type] = [RepoGc.self, RepoPurgeCache.self]
}

struct RepoGc: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "repo:gc",
        "Pack an app's repository as tightly as git can",
        examples: ["repo:gc shop", "repo:gc api"]
    )
    static let permission = Permission.change
    @Argument(help: "App") var app: AppName

    func run(on host: Host) async throws {
        try await Repo(on: host).pack(try await Apps(on: host).find(app))
        host.output.step("Packed the repository of \(app)")
    }
}

struct RepoPurgeCache: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "repo:purge-cache",
        "Let the next build of an app take nothing from the cache",
        examples: ["repo:purge-cache shop", "repo:purge-cache api"],
        details: "The engine's cache is shared by all apps, so it is passed over and not emptied."
    )
    static let permission = Permission.change
    @Argument(help: "App") var app: AppName

    func run(on host: Host) async throws {
        let changed = try await Repo(on: host).purgeCache(try await Apps(on: host).find(app))
        host.output.step(
            changed
                ? "The next build of \(app) takes nothing from the cache"
                : "the cache of \(app) is unchanged: its next build passes over it already"
        )
    }
}
