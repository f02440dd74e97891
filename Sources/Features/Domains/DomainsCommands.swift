import ArgumentParser
import Core

enum DomainsCommands: Noun {
    static var feature: Feature { .domains }
    static let all: [any HostCommand.Type] = [
        DomainsAdd.self, DomainsRemove.self, DomainsSet.self, DomainsClear.self, DomainsReset.self, DomainsEnable.self,
        DomainsDisable.self, DomainsAddGlobal.self, DomainsRemoveGlobal.self, DomainsSetGlobal.self,
        DomainsClearGlobal.self, ReportCommand<DomainsCommands>.self,
    ]
}

struct DomainsAdd: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:add",
        "Answer under more names",
        examples: ["domains:add shop shop.example.com", "domains:add shop a.example.com b.example.com"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Names to add") var names: [DomainName]

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let new = names
        let changed = try await Domains(on: host).change(found, "domains:add") { old in
            old + new.filter { !old.contains($0) }.uniqued
        }
        guard changed else { return host.output.heading("domains of \(app) are unchanged") }
        for name in new { host.output.step("Added \(name) to \(app)") }
    }
}

struct DomainsRemove: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:remove",
        "Answer under fewer names",
        examples: ["domains:remove shop shop.example.com", "domains:remove shop a.example.com b.example.com"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Names to take away") var names: [DomainName]

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let gone = Set(names)
        let changed = try await Domains(on: host).change(found, "domains:remove") { $0.filter { !gone.contains($0) } }
        guard changed else { return host.output.heading("domains of \(app) are unchanged") }
        for name in names { host.output.step("Removed \(name) from \(app)") }
    }
}

struct DomainsSet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:set",
        "Answer under exactly these names",
        examples: ["domains:set shop shop.example.com", "domains:set shop a.example.com b.example.com"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Names it has then") var names: [DomainName]

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let wanted = names.uniqued
        let changed = try await Domains(on: host).change(found, "domains:set") { _ in wanted }
        guard changed else { return host.output.heading("domains of \(app) are unchanged") }
        host.output.step("Set \(wanted.map(\.text).joined(separator: " ")) for \(app)")
    }
}

struct DomainsClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:clear",
        "Answer under no name",
        examples: ["domains:clear shop", "domains:clear --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Argument(help: "App to change") var app: AppName?

    func run(on host: Host) async throws {
        for found in try await DomainsTargets.apps(app, all, host) {
            let changed = try await Domains(on: host).change(found, "domains:clear") { _ in [] }
            host.output.step(changed ? "Cleared domains for \(found.name)" : "domains of \(found.name) are unchanged")
        }
    }
}

struct DomainsReset: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:reset",
        "Answer under the names that the global domains give",
        examples: ["domains:reset shop", "domains:reset api"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws {
        try await Domains(on: host).reset(try await Apps(on: host).find(app))
        host.output.step("Reset domains for \(app)")
    }
}

struct DomainsEnable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:enable",
        "Use names for an app",
        examples: ["domains:enable shop", "domains:enable --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Argument(help: "App to change") var app: AppName?

    func run(on host: Host) async throws {
        for found in try await DomainsTargets.apps(app, all, host) {
            try await Domains(on: host).setEnabled(true, found)
            host.output.step("Enabling domains for \(found.name)")
        }
    }
}

struct DomainsDisable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:disable",
        "Use no names for an app",
        examples: ["domains:disable shop", "domains:disable --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Argument(help: "App to change") var app: AppName?

    func run(on host: Host) async throws {
        for found in try await DomainsTargets.apps(app, all, host) {
            try await Domains(on: host).setEnabled(false, found)
            host.output.step("Disabling domains for \(found.name)")
        }
    }
}

enum DomainsTargets {
    /// One app, or every one.
    static func apps(_ name: AppName?, _ all: Bool, _ host: Host) async throws -> [App] {
        if all { return try await Apps(on: host).list() }
        guard let name else { throw Failure(.usage, "Please specify an app to run the command on") }
        return [try await Apps(on: host).find(name)]
    }
}

extension Array where Element: Hashable {
    /// Without repetitions, in the order of the first of each.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
