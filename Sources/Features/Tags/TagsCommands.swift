import ArgumentParser
import Core

enum TagsCommands {
    static let all: [any HostCommand.Type] = [TagsList.self, TagsCreate.self, TagsDeploy.self, TagsDestroy.self]
}

struct TagsList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "tags",
        "Images of an app that can be deployed again, and what they are called",
        examples: ["tags shop", "tags shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(
        .object(["tag": .text, "release": .number, "image": .text, "created_at": .text, "live": .boolean])
    )
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    private struct Shown: Encodable {
        var tag: String
        var release: Int
        var image: String
        var created_at: String
        var live: Bool
    }

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let tags = try await Tags(on: host).all(of: found)
        let releases = try await Releases(on: host).all(of: found).filter { $0.wasLive && $0.image != nil }
        let shown = releases.flatMap { release in
            let names = [release.name] + tags.filter { $0.release == release.number }.map(\.name)
            return names.map { name in
                Shown(
                    tag: name,
                    release: release.number,
                    image: release.image ?? "",
                    created_at: release.createdAt.text,
                    live: release.number == found.current
                )
            }
        }
        if format.wantsJSON { return try host.output.answer(json: shown) }
        host.output.title("Image tags for \(app)")
        host.output.answer(
            lines: table(shown.map { [$0.tag, "v\($0.release)", $0.image, $0.created_at, $0.live ? "live" : ""] })
        )
    }
}

struct TagsCreate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "tags:create",
        "Give a release a name and keep its image, however old it gets",
        examples: ["tags:create shop before-sale", "tags:create shop stable v12"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Name of the tag") var tag: String
    @Argument(help: "Release; the current one without it") var number: String?

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let name = try TagName(tag)
        let wanted = try number.map { try ReleaseNumber($0).number }
        let (release, isNew) = try await Tags(on: host).create(name, wanted, of: found)
        guard isNew else { return host.output.heading("tag \(name.text) of \(app) is unchanged") }
        host.output.step("Added tag \(name.text) to v\(release) of \(app)")
    }
}

struct TagsDeploy: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "tags:deploy",
        "Go back to the release that a tag names, its settings included",
        examples: ["tags:deploy shop before-sale", "tags:deploy shop v12"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "A tag, or a release") var tag: String

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        var number = try? ReleaseNumber(tag)
        if number == nil { number = try ReleaseNumber("v\(try await Tags(on: host).find(tag, of: found).release)") }
        let done = try await Releases(on: host).rollback(found, to: number, .all)
        host.output.step("\(app) is back at \(done.target.name), as \(done.made.name)")
    }
}

struct TagsDestroy: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "tags:destroy",
        "Take a tag away; its image may go once it is old",
        examples: ["tags:destroy shop before-sale", "tags:destroy shop stable"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Name of the tag") var tag: String

    func run(on host: Host) async throws {
        let gone = try await Tags(on: host).destroy(tag, of: try await Apps(on: host).find(app))
        host.output.step("Removed tag \(quoted(gone.name)) of v\(gone.release)")
    }
}
