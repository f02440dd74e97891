import ArgumentParser
import Core

enum NetworkCommands: Noun {
    static var feature: Feature { .network }
    static let all: [any HostCommand.Type] = [
        NetworkCreate.self, NetworkDestroy.self, NetworkExists.self, NetworkInfo.self, NetworkList.self,
        NetworkRebuild.self, NetworkRebuildAll.self, SetProperty<NetworkCommands>.self,
        ReportCommand<NetworkCommands>.self,
    ]

    static func willSet(_ property: Property, to value: String?, of app: App?, on host: Host) async throws {
        if let value { try await Networks(on: host).check(property, value, of: app) }
    }

    static func didSet(_ property: Property, of app: App?, on host: Host) async throws {
        if property.name == Networks.staticListener.name, let app {
            return try await Networks(on: host).publish(app, "network:set \(property.name)")
        }
        if property.name == Networks.initial.name {
            host.output.detail("it is joined besides the app's own network, on which nginx reaches it")
        }
        if let app { host.output.saysWhen(app) }
    }
}

struct NetworkCreate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "network:create",
        "Make a network that apps and services can share",
        examples: ["network:create backend", "network:create shop-internal"]
    )
    static let permission = Permission.administer
    @Argument(help: "Its name") var network: String

    func run(on host: Host) async throws {
        let name = try NetworkName(new: network)
        try await Networks(on: host).create(name)
        host.output.step("Created network \(name)")
    }
}

struct NetworkDestroy: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "network:destroy",
        "Remove a network that nothing uses",
        examples: ["network:destroy backend", "network:destroy backend --force"],
        details: "Only what network:create made is ever removed, and nothing while a container or a setting needs it."
    )
    static let permission = Permission.administer
    @Flag(help: "Do not ask") var force = false
    @Option(help: "The name once more, in place of an answer") var confirm: String?
    @Argument(help: "Its name") var network: String

    func run(on host: Host) async throws {
        let name = try NetworkName(network)
        try await Networks(on: host).refuseDestroying(name)
        try Confirmation.demand(name.text, isForced: force, given: confirm, of: "network", host.output)
        try await Networks(on: host).destroy(name)
        host.output.step("Destroyed network \(name)")
    }
}

struct NetworkExists: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "network:exists",
        "Whether there is a network of this name",
        examples: ["network:exists backend", "network:exists backend && echo yes"]
    )
    static let permission = Permission.view
    @Argument(help: "Its name") var network: String

    func run(on host: Host) async throws {
        let found = try await Networks(on: host).info(try NetworkName(network))
        host.output.step("Network \(found.Name) exists")
    }
}

struct NetworkInfo: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "network:info",
        "What a network is, and who is in it",
        examples: ["network:info backend", "network:info backend --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = NetworkFormat.shape
    @OptionGroup var format: NetworkFormat
    @Argument(help: "Its name") var network: String

    func run(on host: Host) async throws {
        let found = try await Networks(on: host).info(try NetworkName(network))
        if format.wantsJSON { return try host.output.answer(json: found) }
        host.output.title("\(found.Name) network information")
        let labels = found.Labels.map { "\($0.key)=\($0.value)" }.sorted()
        let rows = [
            ("ID", found.ID), ("Driver", found.Driver), ("Scope", found.Scope), ("Created at", found.CreatedAt),
            ("Internal", "\(found.Internal)"), ("IPv6", "\(found.IPv6)"),
            ("Subnets", found.Subnets.joined(separator: " ")), ("Labels", labels.joined(separator: " ")),
            ("Containers", found.Containers.joined(separator: " ")),
        ]
        host.output.answer(lines: rows.map { "       \("\($0.0):".padded(to: 31))\($0.1)" })
    }
}

struct NetworkList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "network:list",
        "Every network of the engine",
        examples: ["network:list", "network:list --dokku-managed --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(NetworkFormat.shape)
    @OptionGroup var format: NetworkFormat
    @Flag(help: "Only those of network:create") var dokkuManaged = false

    func run(on host: Host) async throws {
        let all = try await Networks(on: host).list(managed: dokkuManaged)
        if format.wantsJSON { return try host.output.answer(json: all) }
        host.output.title("Networks")
        host.output.answer(lines: all.map(\.Name))
    }
}

/// As every format, and `text` as another word for the usual one.
struct NetworkFormat: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable, Sendable { case stdout, text, json }

    @Option(help: "stdout, text or json") var format: Format = .stdout
    @Flag(help: "The same as --format json") var json = false

    var wantsJSON: Bool { json || format == .json }

    /// A network as JSON shows it.
    static let shape = JSONShape.object([
        "ID": .text, "Name": .text, "Driver": .text, "Scope": .text, "CreatedAt": .text, "Internal": .boolean,
        "IPv6": .boolean, "Labels": .map(.text), "Subnets": .list(.text), "Containers": .list(.text),
    ])
}

struct NetworkRebuild: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "network:rebuild",
        "Bring the processes of an app into their networks again",
        examples: ["network:rebuild shop", "network:rebuild --app shop"]
    )
    static let permission = Permission.change
    @Argument(help: "App") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let count = try await Networks(on: host).rebuild(found)
        host.output.step("Networks of \(app) are as they are set, for \(count) process\(count == 1 ? "" : "es")")
    }
}

struct NetworkRebuildAll: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "network:rebuildall",
        "Bring the processes of every app into their networks again",
        examples: ["network:rebuildall", "network:rebuildall --wait 120"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        try await ManyApps(parallel: nil).each(try await Apps(on: host).visible(), host) { app in
            let count = try await Networks(on: host).rebuild(app)
            host.output.step(
                "Networks of \(app.name) are as they are set, for \(count) process\(count == 1 ? "" : "es")"
            )
        }
    }
}
