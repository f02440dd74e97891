import ArgumentParser
import Core

struct ServicesLink: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:link",
        "Give an app a user of a service, and a variable that says where it is",
        examples: ["services:link postgres db shop", "services:link redis cache shop --alias SESSIONS"],
        details: """
            The variable is the kind's own, as DATABASE_URL, or DOKKU_POSTGRES_AQUA_URL and so on where that is taken. A
            running app moves to a release with it.
            """
    )
    static let permission = Permission.change
    @Option(name: .shortAndLong, help: "Name of the variable, without _URL") var alias: String?
    @Option(name: .shortAndLong, help: "What stands behind ? in the URL") var querystring: String?
    @Flag(name: .shortAndLong, help: "Only change the draft") var noRestart = false
    @OptionGroup var service: ServiceArgument
    @Argument(help: "App to link") var app: AppName

    func run(on host: Host) async throws {
        let services = Services(on: host)
        let found = try await service.find(host)
        let app = try await Apps(on: host).find(app)
        let wish = try ServiceLinkWish(alias: alias, querystring: querystring)
        let link = try await services.link(found, app, wish)
        host.output.step("Linked \(found.title) to \(app.name): \(link.variable)")
        await services.tell(app, "set", link.variable)
        if !noRestart { _ = try await services.release(app, because: "link to \(found.title)") }
    }
}

struct ServicesUnlink: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:unlink",
        "Take the access of an app away, at the server too",
        examples: ["services:unlink postgres db shop", "services:unlink redis cache shop --no-restart"],
        details: "Its user is dropped at once and its connections are ended; then a running app moves to a release."
    )
    static let permission = Permission.change
    @Flag(name: .shortAndLong, help: "Make no release; the access is gone all the same") var noRestart = false
    @OptionGroup var service: ServiceArgument
    @Argument(help: "App to unlink") var app: AppName

    func run(on host: Host) async throws {
        let services = Services(on: host)
        let found = try await service.find(host)
        let app = try await Apps(on: host).find(app)
        let link = try await services.unlink(found, app)
        host.output.step("Unlinked \(found.title) from \(app.name): \(link.variable) is gone")
        await services.tell(app, "unset", link.variable)
        if !noRestart { _ = try await services.release(app, because: "unlink from \(found.title)") }
    }
}

struct ServicesPromote: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:promote",
        "Make a linked service the one in the app's main variable",
        examples: ["services:promote postgres db-two shop", "services:promote redis cache shop"]
    )
    static let permission = Permission.change
    @Flag(name: .shortAndLong, help: "Only change the draft") var noRestart = false
    @OptionGroup var service: ServiceArgument
    @Argument(help: "App that is linked to it") var app: AppName

    func run(on host: Host) async throws {
        let services = Services(on: host)
        let found = try await service.find(host)
        let app = try await Apps(on: host).find(app)
        let variable = try services.kinds.find(found.kind).variable
        guard try await services.promote(found, app) else {
            return host.output.step("\(found.title) is promoted already as \(variable): unchanged")
        }
        host.output.step("\(found.title) is \(variable) of \(app.name) now")
        await services.tell(app, "set", variable)
        if !noRestart { _ = try await services.release(app, because: "promote \(found.title)") }
    }
}

struct ServicesLinks: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:links",
        "The apps that are linked to a service",
        examples: ["services:links postgres db", "services:links redis cache --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.object(["app": .text, "variable": .text, "user": .text]))
    @OptionGroup var format: FormatOptions
    @OptionGroup var service: ServiceArgument

    private struct Shown: Encodable { var app, variable, user: String }

    func run(on host: Host) async throws {
        let links = try await Services(on: host).links(of: try await service.find(host))
        if format.wantsJSON {
            return try host.output.answer(
                json: links.map { Shown(app: $0.appName, variable: $0.variable.text, user: $0.user) }
            )
        }
        host.output.answer(lines: links.map(\.appName))
    }
}

struct ServicesLinked: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:linked",
        "Whether an app is linked to a service: exit 0 or 1",
        examples: ["services:linked postgres db shop", "services:linked redis cache shop"]
    )
    static let permission = Permission.view
    @OptionGroup var service: ServiceArgument
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let app = try await Apps(on: host).find(app)
        guard try await Services(on: host).links(of: found).contains(where: { $0.app == app.id }) else {
            throw Failure(.notFound, "Service \(found.name) is not linked to \(app.name)")
        }
        host.output.step("Service \(found.name) is linked to \(app.name)")
    }
}

struct ServicesAppLinks: KindCommand {
    static let configuration = CommandConfiguration.verb(
        "services:app-links",
        "The services of a kind that an app is linked to",
        examples: ["services:app-links postgres shop", "services:app-links redis shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.object(["service": .text, "variable": .text, "user": .text]))
    @OptionGroup var format: FormatOptions
    @Argument(help: "Kind of service, as postgres") var kind: ServiceKindName
    @Argument(help: "App to look at") var app: AppName

    var kindInWords: ServiceKindName? { kind }

    private struct Shown: Encodable { var service, variable, user: String }

    func run(on host: Host) async throws {
        let services = Services(on: host)
        _ = try services.kinds.find(kind)
        let app = try await Apps(on: host).find(app)
        let all = try await services.all().filter { $0.kind == kind }
        let shown = try await services.links(of: app).compactMap { link in
            all.first { $0.id == link.service }.map {
                Shown(service: $0.name.text, variable: link.variable.text, user: link.user)
            }
        }
        if format.wantsJSON { return try host.output.answer(json: shown) }
        host.output.answer(lines: shown.map(\.service))
    }
}
