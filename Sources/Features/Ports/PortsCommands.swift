import ArgumentParser
import Core

enum PortsCommands: Noun {
    static var feature: Feature { .ports }
    static let all: [any HostCommand.Type] = [
        PortsList.self, PortsAdd.self, PortsSet.self, PortsRemove.self, PortsClear.self,
        ReportCommand<PortsCommands>.self,
    ]
}

struct PortsList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ports:list",
        "The mappings of an app",
        examples: ["ports:list shop", "ports:list shop --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(
        .object(["scheme": .text, "host": .number, "container": .number])
    )
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let mappings = try await Ports(on: host).reached(found)
        if format.wantsJSON { return try host.output.answer(json: mappings) }
        guard !mappings.isEmpty else { throw Failure(.notFound, "No port mappings configured for app") }
        host.output.title("Port mappings for \(app)")
        let rows =
            [["-----> scheme", "host port", "container port"]]
            + mappings.map { [$0.scheme, "\($0.host)", "\($0.container)"] }
        host.output.answer(lines: table(host.output.isQuiet ? Array(rows.dropFirst()) : rows))
    }
}

struct PortsAdd: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ports:add",
        "Map more ports",
        examples: ["ports:add shop http:8080:5000", "ports:add shop http:80:3000 https:443:3000"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "scheme:host-port:container-port") var mappings: [String]

    func run(on host: Host) async throws {
        let new = try mappings.map { try PortMapping($0) }
        try await PortsEdit.run(app, "add", host) { old in
            old.filter { mapping in !new.contains { $0.scheme == mapping.scheme && $0.host == mapping.host } } + new
        }
    }
}

struct PortsSet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ports:set",
        "Map exactly these ports",
        examples: ["ports:set shop http:80:3000", "ports:set shop http:80:3000 https:443:3000"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "scheme:host-port:container-port") var mappings: [String]

    func run(on host: Host) async throws {
        let wanted = try mappings.map { try PortMapping($0) }
        try await PortsEdit.run(app, "set", host) { _ in wanted }
    }
}

struct PortsRemove: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ports:remove",
        "Map fewer ports",
        examples: ["ports:remove shop 8080", "ports:remove shop http:80:3000"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Host ports or mappings") var mappings: [String]

    func run(on host: Host) async throws {
        let gone = try mappings.map { word -> @Sendable (PortMapping) -> Bool in
            if word.contains(":") {
                let mapping = try PortMapping(word)
                return { $0 == mapping }
            }
            let port = try Port(word)
            return { $0.host == port }
        }
        try await PortsEdit.run(app, "remove", host) { old in old.filter { mapping in !gone.contains { $0(mapping) } } }
    }
}

struct PortsClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ports:clear",
        "Go back to the port the app answers on",
        examples: ["ports:clear shop", "ports:clear api"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws { try await PortsEdit.run(app, "clear", host) { _ in [] } }
}

enum PortsEdit {
    static func run(
        _ app: AppName,
        _ action: String,
        _ host: Host,
        _ edit: @escaping @Sendable ([PortMapping]) throws -> [PortMapping]
    ) async throws {
        let found = try await Apps(on: host).find(app)
        let changed = try await Ports(on: host).change(found, action, edit)
        host.output.step(changed ? "Set the ports of \(app)" : "ports of \(app) are unchanged")
        if changed, found.isStopped { host.output.detail("\(app) is stopped: takes effect at the next start") }
    }
}
